"""Amazon RDS: subnet groups, parameter groups and option groups."""

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import given


def _parameters(cluster: str) -> Spec:
    group, operation = f"DB{cluster}ParameterGroup", f"ModifyDB{cluster}ParameterGroup"
    return Spec(
        create=Call(
            f"rds.Create{group}",
            rename={"name": f"{group}Name", "family": "DBParameterGroupFamily"},
            constant={"Description": "Managed by Pulumi"},
        ),
        then=(
            Call(
                f"rds.{operation}",
                inputs=("parameters",),
                rename={"parameters.name": "ParameterName", "parameters.value": "ParameterValue"},
                constant={f"{group}Name": "{id}"},
                when=("parameters",),
            ),
        ),
        id="{input.name}",
        lowercase_name=True,
        outputs={"arn": f"{group}.{group}Arn"},
        # Without a word on it, the provider applies a parameter at once.
        reshape=lambda inputs: {
            **inputs,
            "parameters": [{"applyMethod": "immediate", **item} for item in inputs.get("parameters") or ()],
        },
        ignored={"skipDestroy": "whether the provider leaves it behind"} if not cluster else {},
    )


@step("options")
def _add_options(context: Context) -> None:
    """Adds the group's options; settings are name-value structures of their own."""
    options = context.take("options")
    if not options:
        return
    members = {"dbSecurityGroupMemberships": "DBSecurityGroupMemberships", "version": "OptionVersion"}
    included = [
        {members.get(key, f"{key[0].upper()}{key[1:]}"): value for key, value in option.items()} for option in options
    ]
    for option in included:
        if "OptionSettings" in option:
            option["OptionSettings"] = [
                given(Name=item.get("name"), Value=item.get("value")) for item in option["OptionSettings"]
            ]
    context.call(
        "rds.ModifyOptionGroup",
        given(OptionGroupName=context.inputs.get("name"), OptionsToInclude=included, ApplyImmediately=True),
    )


SPECS: Specs = {
    "aws:rds/subnetGroup:SubnetGroup": Spec(
        create=Call(
            "rds.CreateDBSubnetGroup",
            rename={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
            constant={"DBSubnetGroupDescription": "Managed by Pulumi"},
        ),
        id="{input.name}",
        lowercase_name=True,
        outputs={"arn": "DBSubnetGroup.DBSubnetGroupArn", "vpcId": "DBSubnetGroup.VpcId"},
    ),
    "aws:rds/parameterGroup:ParameterGroup": _parameters(""),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": _parameters("Cluster"),
    "aws:rds/optionGroup:OptionGroup": Spec(
        create=Call(
            "rds.CreateOptionGroup",
            rename={"name": "OptionGroupName"},
            constant={"OptionGroupDescription": "Managed by Pulumi"},
        ),
        then=(_add_options,),
        id="{input.name}",
        lowercase_name=True,
        outputs={"arn": "arn:{partition}:rds:{region}:{account}:og:{input.name}"},
        ignored={"skipDestroy": "whether the provider leaves it behind", "timeouts": "how long the provider waits"},
    ),
}
