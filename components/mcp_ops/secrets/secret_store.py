"""A store of secrets that rotate by themselves.

Not managed here: who may read them (SecretAccess, once the readers exist), and the restart of servers
(RotationRestart).
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.errors import InputError, Offence
from mcp_ops.functions import Function
from mcp_ops.secrets.access_policy import register_policy
from mcp_ops.secrets.first_value import register_first_value, register_schedule
from mcp_ops.secrets.rotation_function import register_rotation
from mcp_ops.secrets.secret_plan import SecretPlan
from mcp_ops.secrets.store_keys import StoreKeys
from mcp_ops.secrets.store_plan import SecretStoreArgs, SecretStorePlan, plan_secret_store
from mcp_ops.secrets.watch import register_watch
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:SecretStore"  # noqa: S105 - a resource type, not a password

EMPTY_JWKS = '{"keys": []}'


class SecretStore(pulumi.ComponentResource):
    """Secrets with one key, a rotation function and a watch. No value passes through Pulumi but a given first one."""

    secret_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each secret, by name; known once the secret has a value and a schedule."""
    key_arn: pulumi.Output[str]
    """ARN of the key that encrypts every secret of the store."""
    rotation_role_arn: pulumi.Output[str | None]
    """ARN of the rotation function's role; None when RDS rotates everything."""
    jwks_parameters: pulumi.Output[Mapping[str, str]]
    """Name of the SSM parameter with the JWKS, by name of each `signing-key`."""
    hook_key_arn: pulumi.Output[str | None]
    """ARN of the KMS key that signs requests to hooks (ECDSA, P-256); None without `api-key`."""

    def __init__(self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_secret_store(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        stateful = pulumi.ResourceOptions(parent=self, protect=plan.protect, retain_on_delete=plan.protect)
        self._tags = merge_tags({"mcp-secret-store": name}, args.get("tags"))
        keys = StoreKeys(name, plan, self._tags, stateful)
        self._parameters = self._jwks(name, plan, child)
        made = self._secrets(name, plan, keys, stateful)
        function = register_rotation(name, args, plan, made, keys.arns, child) if plan.has_function else None
        if function:
            for key in plan.of_kind("database"):
                register_policy(f"{name}-{key}-candidate", made[f"{key}/candidate"].arn, [function.role_arn], child)
        self._arns = {}
        for key, secret in plan.secrets.items():
            given = args["secrets"][key]
            arn = pulumi.Output.from_input(given["managed_secret_arn"]) if secret.managed else made[key].arn
            self._arns[key] = self._ready(f"{name}-{key}", given.get("value"), secret, arn, function)
        ages = register_watch(name, args, plan, child)
        watch = ages.function if ages else None
        # Whoever shows alarms finds them here, by secret.
        self.alarms = dict(ages.alarms) if ages else {}
        # Whoever watches functions finds them here.
        self.functions = {key: each for key, each in {"rotate": function, "watch": watch}.items() if each}
        self.secret_arns = pulumi.Output.all(**self._arns)
        self.key_arn = keys.arns["store"]
        self.rotation_role_arn = pulumi.Output.from_input(function.role_arn if function else None)
        self.jwks_parameters = pulumi.Output.all(**{key: item.name for key, item in self._parameters.items()})
        self.hook_key_arn = pulumi.Output.from_input(keys.arns.get("hook"))
        self.register_outputs({key: getattr(self, key) for key in SecretStore.__annotations__})

    def secret_arn(self, name: str) -> pulumi.Output[str]:
        """Returns the ARN of a secret. Raises `InputError` when the store has none of that name."""
        if name not in self._arns:
            raise InputError(Offence("secret", name, f"is not in the store; it has {', '.join(self._arns)}"))
        return self._arns[name]

    def _jwks(self, name: str, plan: SecretStorePlan, child: pulumi.ResourceOptions) -> dict[str, aws.ssm.Parameter]:
        # The rotation function writes it.
        options = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(ignore_changes=["value"]))
        return {
            key: aws.ssm.Parameter(
                f"{name}-{key}-jwks",
                name=f"/{name}/{key}/jwks",
                description=f"Public halves of the signing key {key}",
                type="String",
                value=EMPTY_JWKS,
                tags=self._tags,
                opts=options,
            )
            for key in plan.of_kind("signing-key")
        }

    def _secrets(
        self, name: str, plan: SecretStorePlan, keys: StoreKeys, stateful: pulumi.ResourceOptions
    ) -> dict[str, aws.secretsmanager.Secret]:
        replicas = [
            aws.secretsmanager.SecretReplicaArgs(region=region, kms_key_id=key.arn)
            for region, key in keys.replicas.items()
        ]

        def secret(suffix: str, description: str, tags: Mapping[str, pulumi.Input[str]]) -> aws.secretsmanager.Secret:
            return aws.secretsmanager.Secret(
                f"{name}-{suffix}",
                description=description,
                kms_key_id=keys.arns["store"],
                recovery_window_in_days=plan.recovery_window_days,
                replicas=replicas or None,
                tags=tags,
                opts=stateful,
            )

        made = {}
        for key, item in plan.secrets.items():
            if not item.managed:
                own = {"mcp-secret": key, "mcp-secret-kind": item.kind, "mcp-secret-days": str(item.max_age_days)}
                made[key] = secret(key, item.description or f"{name}: {key}", merge_tags(own, self._tags))
        for key in plan.of_kind("database"):
            description = f"{name}: the next login of {key}, while it is tested"
            made[f"{key}/candidate"] = secret(f"{key}-candidate", description, self._tags)
        return made

    def _ready(
        self,
        name: str,
        value: pulumi.Input[str] | None,
        plan: SecretPlan,
        arn: pulumi.Output[str],
        function: Function | None,
    ) -> pulumi.Output[str]:
        """Gives a secret its first value and its schedule; returns its ARN, which is known after both."""
        own = pulumi.ResourceOptions(parent=self)
        waits: list[pulumi.Resource] = []
        if function and not plan.managed and (plan.schedule or value is not None):
            # The public half of a signing key is put into a parameter that has to exist.
            after = pulumi.ResourceOptions(parent=self, depends_on=list(self._parameters.values()))
            waits.append(register_first_value(name, function, arn, value, after))
        after_value = pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=waits))
        rotation = register_schedule(name, plan, arn, function, after_value)
        urns = [pulumi.Output.from_input(resource.urn) for resource in [*waits, *([rotation] if rotation else [])]]
        return pulumi.Output.all(arn, *urns).apply(lambda known: str(known[0]))
