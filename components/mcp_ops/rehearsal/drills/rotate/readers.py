"""Who may read a secret: roles that start its users, and nobody who runs something else or is a person."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.containers import TASK_DEFINITION
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.rotate.restarts import given_secrets
from mcp_ops.rehearsal.drills.rotate.secrets import SECRET, Rotated
from mcp_ops.rehearsal.drills.trust_policies import trust_statements
from mcp_ops.rehearsal.findings.document import Statement
from mcp_ops.rehearsal.simulator.authorization.questions import Questions

ROLE = "aws:iam/role:Role"
READ = "secretsmanager:GetSecretValue"
EMERGENCY = "-emergency"
"""What the names of roles end with that may read in an emergency."""


def reader_problems(stage: Stage, secret: Rotated) -> tuple[list[str], list[str], list[str]]:
    """Returns the roles that read the secret, those that were refused, and what is wrong with either."""
    wanted = set(_starters(stage, secret, uses=True))
    strangers = (set(_starters(stage, secret, uses=False)) | set(_people(stage))) - wanted
    readers = [role for role in sorted(wanted) if _reads(stage, secret, role)]
    refused = [role for role in sorted(strangers) if not _may_read(stage, secret, role)]
    problems = [f"{_name(role)} starts servers with it and cannot read it" for role in sorted(wanted - set(readers))]
    problems += [f"{_name(role)} can read it and has no part in it" for role in sorted(strangers - set(refused))]
    return [_name(role) for role in readers], [_name(role) for role in refused], problems


def _starters(stage: Stage, secret: Rotated, *, uses: bool) -> Iterator[str]:
    """Yields the roles of tasks that are given the secret, or of all others."""
    for definition in stage.run.of_type(TASK_DEFINITION):
        inputs = wire.reveal(definition.inputs)
        if (secret.arn in given_secrets(definition)) == uses:
            roles = ("executionRoleArn",) if uses else ("executionRoleArn", "taskRoleArn")
            yield from (str(inputs[role]) for role in roles if inputs.get(role))


def _people(stage: Stage) -> Iterator[str]:
    """Yields the roles that people take, except those of emergencies."""
    for role in stage.run.of_type(ROLE):
        if not role.name.endswith(EMERGENCY) and any(map(_is_for_people, trust_statements(role))):
            yield str(role.outputs["arn"])


def _is_for_people(statement: Statement) -> bool:
    return bool({"AWS", "Federated"} & statement.principals.keys())


def _may_read(stage: Stage, secret: Rotated, role_arn: str) -> bool:
    """Asks IAM without making the call: most roles of a stack have no part in a secret."""
    registered = (item for item in stage.run.of_type(SECRET) if item.outputs.get("arn") == secret.arn)
    tags = wire.reveal(next(registered).outputs.get("tagsAll")) or {}
    keys = {f"aws:ResourceTag/{key}": str(value) for key, value in tags.items()}
    questions = Questions(stage.cloud.client, {})
    return questions.allows(role_arn, READ, secret.arn, keys, secret.place.region).allowed


def _reads(stage: Stage, secret: Rotated, role_arn: str) -> bool:
    client = stage.cloud.as_role(role_arn).client("secretsmanager", secret.place.region)
    try:
        client.get_secret_value(SecretId=secret.arn)
    except ClientError as error:
        # Any other error comes from behind IAM, which let the role through.
        return "AccessDenied" not in error.response["Error"]["Code"]
    return True


def _name(role_arn: str) -> str:
    return role_arn.rsplit("/", 1)[-1]
