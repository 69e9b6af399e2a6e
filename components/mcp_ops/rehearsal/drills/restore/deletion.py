"""Who can delete a recovery point: nobody but the roles that the stack exempts."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.restore.setup import ROLE, Setup
from mcp_ops.rehearsal.simulator.authorization.questions import Questions
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide

ACTION = "backup:DeleteRecoveryPoint"


@dataclass
class Deletion:
    """What became of every attempt."""

    refused: list[str] = field(default_factory=list)
    """Names of roles."""
    by_vault: list[str] = field(default_factory=list)
    """Of these, the roles whose own policies would have let them."""
    allowed: list[str] = field(default_factory=list)
    exempt: list[str] = field(default_factory=list)
    """Roles that the vault's policy spares, but their own policies do not."""
    problems: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Returns what happened, for people."""
        vault = f" ({', '.join(self.by_vault)} by the vault's policy alone)" if self.by_vault else ""
        allowed = f"allowed to {', '.join(self.allowed)}" if self.allowed else "allowed to nobody"
        own = f"; exempt, but refused by own policies: {', '.join(self.exempt)}" if self.exempt else ""
        return f"deletion of a recovery point: refused to {len(self.refused)} roles{vault}; {allowed}{own}"

    def as_json(self) -> dict[str, Any]:
        """Returns it for machines."""
        return {
            "refused": self.refused,
            "refusedByVaultPolicy": self.by_vault,
            "allowed": self.allowed,
            "exemptButRefused": self.exempt,
        }


def attempted(stage: Stage, found: Setup, point_arn: str) -> Deletion:
    """Lets every role of the stack's account try to delete a recovery point, the exempt ones last."""
    deletion = Deletion()
    arns = [str(item.outputs.get("arn")) for item in stage.run.of_type(ROLE) if item.account == found.place.account]
    others = [arn for arn in arns if arn not in found.exempt]
    for arn in others:
        _attempt(stage, found, arn, point_arn, deletion)
    deletion.problems += [f"{name} could delete a recovery point" for name in deletion.allowed]
    for arn in found.exempt:
        _attempt(stage, found, arn, point_arn, deletion)
    return deletion


def _attempt(stage: Stage, found: Setup, arn: str, point_arn: str, deletion: Deletion) -> None:
    name = arn.rsplit("/", maxsplit=1)[-1]
    session = stage.cloud.as_role(arn)
    client = session.client("backup", found.place.region)
    try:
        client.delete_recovery_point(BackupVaultName=found.vault, RecoveryPointArn=point_arn)
    except CannotDecide as error:
        deletion.problems.append(f"whether {name} can delete a recovery point cannot be told: {error}")
    except ClientError as error:
        if session.log and session.log[-1].decision.allowed:
            deletion.allowed.append(f"{name} (IAM lets it, {error.response['Error']['Message']})")
            return
        if arn in found.exempt:
            deletion.exempt.append(name)
            return
        deletion.refused.append(name)
        if _own_policies_let(stage, found, arn, point_arn):
            deletion.by_vault.append(name)
    else:
        deletion.allowed.append(name)


def _own_policies_let(stage: Stage, found: Setup, arn: str, point_arn: str) -> bool:
    """Tells whether a role could delete a recovery point of a vault without a policy."""
    questions = Questions(stage.cloud.client, {point_arn: ""})
    tags = stage.cloud.client("backup", found.place).list_tags(ResourceArn=point_arn)["Tags"]
    keys = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    try:
        return questions.allows(arn, ACTION, point_arn, keys, found.place.region).allowed
    except CannotDecide:
        return False  # the attempt itself was decided, and refused
