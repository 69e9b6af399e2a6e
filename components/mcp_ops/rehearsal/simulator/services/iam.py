"""AWS IAM: roles, policies and providers of identity."""

from collections.abc import Callable
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step


@step("inlinePolicies", "managedPolicyArns")
def _policies_of_role(context: Context) -> None:
    role = context.inputs.get("name")
    for policy in context.take("inlinePolicies") or ():
        if policy.get("name"):
            document = {"RoleName": role, "PolicyName": policy["name"], "PolicyDocument": policy.get("policy")}
            context.call("iam.PutRolePolicy", document)
    for arn in context.take("managedPolicyArns") or ():
        context.call("iam.AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})


@step("role")
def _role_of_profile(context: Context) -> None:
    role = context.take("role")
    if role:
        context.call(
            "iam.AddRoleToInstanceProfile", {"InstanceProfileName": context.inputs.get("name"), "RoleName": role}
        )


def _attach_to_all(context: Context) -> None:
    """Attaches a policy to several roles, users and groups."""
    policy = context.take("policyArn")
    for name, operation, member in (
        ("roles", "iam.AttachRolePolicy", "RoleName"),
        ("users", "iam.AttachUserPolicy", "UserName"),
        ("groups", "iam.AttachGroupPolicy", "GroupName"),
    ):
        for item in context.take(name) or ():
            context.call(operation, {member: item, "PolicyArn": policy})
    context.take("name")


def exactly(
    inputs_name: str, listing: str, member: str, removal: str, key: str, owner: str
) -> Callable[[Context], None]:
    """Returns a step that removes what is attached beyond the list in an input, as the `...Exclusive` types do."""

    def keep_only(context: Context) -> None:
        wanted, holder = context.take(inputs_name) or [], context.take(f"{owner}Name")
        if context.previewing:
            return
        owned = {f"{owner.capitalize()}Name": holder}
        for item in context.call(listing, owned)[member]:
            name = item[key] if isinstance(item, dict) else item
            if name not in wanted:
                context.call(removal, {**owned, key: name})

    return keep_only


def _exclusive(owner: str, *, inline: bool) -> Spec:
    noun = owner.capitalize()
    if inline:
        keep = exactly(
            "policyNames", f"iam.List{noun}Policies", "PolicyNames", f"iam.Delete{noun}Policy", "PolicyName", owner
        )
    else:
        keep = exactly(
            "policyArns",
            f"iam.ListAttached{noun}Policies",
            "AttachedPolicies",
            f"iam.Detach{noun}Policy",
            "PolicyArn",
            owner,
        )
    return Spec(create=keep, id=f"{{input.{owner}Name}}")


def _without_scheme(inputs: dict[str, Any]) -> dict[str, Any]:
    url = inputs.get("url")
    return {**inputs, "url": url if not isinstance(url, str) or url.startswith("https://") else f"https://{url}"}


def _policy_at(owner: str) -> Spec:
    noun = owner.capitalize()
    return Spec(
        create=Call(
            f"iam.Put{noun}Policy", rename={owner: f"{noun}Name", "name": "PolicyName", "policy": "PolicyDocument"}
        ),
        id=f"{{input.{owner}}}:{{input.name}}",
    )


def _attached_to(owner: str) -> Spec:
    noun = owner.capitalize()
    return Spec(
        create=Call(f"iam.Attach{noun}Policy", rename={owner: f"{noun}Name"}),
        id=f"{{input.{owner}}}/{{input.policyArn}}",
    )


SPECS: Specs = {
    "aws:iam/role:Role": Spec(
        create=Call("iam.CreateRole", rename={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}),
        id="{input.name}",
        then=(_policies_of_role,),
        outputs={"arn": "Role.Arn", "uniqueId": "Role.RoleId"},
        ignored={"forceDetachPolicies": "steers deletion"},
    ),
    "aws:iam/rolePolicy:RolePolicy": _policy_at("role"),
    "aws:iam/userPolicy:UserPolicy": _policy_at("user"),
    "aws:iam/groupPolicy:GroupPolicy": _policy_at("group"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attached_to("role"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": _attached_to("user"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": _attached_to("group"),
    "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": _exclusive("role", inline=True),
    "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": _exclusive("user", inline=True),
    "aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive": _exclusive("group", inline=True),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": _exclusive("role", inline=False),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": _exclusive("user", inline=False),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": _exclusive("group", inline=False),
    "aws:iam/policy:Policy": Spec(
        create=Call("iam.CreatePolicy", rename={"name": "PolicyName", "policy": "PolicyDocument"}),
        id="Policy.Arn",
        outputs={"arn": "Policy.Arn", "policyId": "Policy.PolicyId"},
        ignored={"delayAfterPolicyCreationInMs": "how long the provider waits"},
    ),
    "aws:iam/policyAttachment:PolicyAttachment": Spec(create=_attach_to_all, id="{input.name}"),
    "aws:iam/instanceProfile:InstanceProfile": Spec(
        create=Call("iam.CreateInstanceProfile", rename={"name": "InstanceProfileName"}),
        id="{input.name}",
        then=(_role_of_profile,),
        outputs={"arn": "InstanceProfile.Arn", "uniqueId": "InstanceProfile.InstanceProfileId"},
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Spec(
        create=Call("iam.CreateOpenIDConnectProvider"),
        id="OpenIDConnectProviderArn",
        outputs={"arn": "OpenIDConnectProviderArn"},
        reshape=_without_scheme,
    ),
    "aws:iam/samlProvider:SamlProvider": Spec(
        create=Call("iam.CreateSAMLProvider"), id="SAMLProviderArn", outputs={"arn": "SAMLProviderArn"}
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Spec(
        create=Call("iam.CreateServiceLinkedRole"),
        id="Role.Arn",
        then=(Call("iam.TagRole", inputs=("tags",), constant={"RoleName": "{Role.RoleName}"}, when=("tags",)),),
        outputs={"arn": "Role.Arn", "name": "Role.RoleName", "path": "Role.Path", "uniqueId": "Role.RoleId"},
        autoname="",
    ),
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": Spec(
        create=Call("iam.UpdateAccountPasswordPolicy"), id="'iam-account-password-policy'"
    ),
    "aws:iam/accountAlias:AccountAlias": Spec(create=Call("iam.CreateAccountAlias"), id="{input.accountAlias}"),
    "aws:iam/securityTokenServicePreferences:SecurityTokenServicePreferences": Spec(
        create=Call("iam.SetSecurityTokenServicePreferences"), id="'iam-security-token-service-preferences'"
    ),
}
