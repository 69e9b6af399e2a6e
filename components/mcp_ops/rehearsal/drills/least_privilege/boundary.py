"""What the boundary keeps from a role that is given everything."""

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.least_privilege.asks import Ask, Estate
from mcp_ops.rehearsal.simulator.authorization.decision import decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, read_policy
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide, Request, role_session

EVERYTHING = read_policy(
    # nosemgrep: task-policy-too-broad - no role has it; the boundary is tried against it
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    "everything",
)
MANAGED = "aws:iam/policy:Policy"
OUTSIDE = ("organizations:LeaveOrganization", "account:CloseAccount", "iam:CreateUser", "iam:CreateAccessKey",
           "iam:CreateLoginProfile", "iam:AttachUserPolicy", "iam:PutUserPolicy")  # fmt: skip
ROLE_CHANGES = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary")
OWN_CHANGES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy")


def boundary_problems(estate: Estate) -> tuple[int, list[str]]:
    """Returns how many actions were tried under a role that is allowed everything, and what should end otherwise.

    Of each boundary that the stack registers; none where its roles carry somebody else's.
    """
    asked, problems = 0, []
    bounds = {str(wire.reveal(role.inputs).get("permissionsBoundary") or "") for role in estate.roles}
    for item, inputs in estate.of_type(MANAGED):
        arn = str(item.outputs["arn"])
        if arn not in bounds:
            continue
        boundary = read_policy(inputs["policy"], arn)
        may, must_not = _expectations(estate, arn)
        for ask, wanted in [*((ask, True) for ask in may), *((ask, False) for ask in must_not)]:
            asked += 1
            principal = role_session(estate.arn("iam", "role/rehearsal"), "rehearsal")
            request = Request(principal, ask.action, ask.resource, ask.keys, frozenset({"*"}))
            try:
                allowed = decide(request, Policies(estate.account, (EVERYTHING,), boundary)).allowed
            except CannotDecide as error:
                problems.append(f"{item.name}: whether it lets {ask} through cannot be told: {error}")
                continue
            if allowed != wanted:
                problems.append(f"{item.name}: {'keeps back' if wanted else 'lets through'} {ask}")
    return asked, problems


def _expectations(estate: Estate, boundary: str) -> tuple[list[Ask], list[Ask]]:
    role, user = estate.arn("iam", "role/rehearsal"), estate.arn("iam", "user/rehearsal")
    within = {"iam:PermissionsBoundary": boundary}
    other = {"iam:PermissionsBoundary": estate.arn("iam", "policy/rehearsal-another")}
    may = [Ask(action, role, within) for action in ROLE_CHANGES]
    may += [Ask("logs:PutLogEvents", estate.arn("logs", "log-group:rehearsal:log-stream:x"))]
    must_not = [Ask(action, user if ":Leave" not in action and ":Close" not in action else "*") for action in OUTSIDE]
    must_not += [Ask(action, role, keys) for action in ROLE_CHANGES for keys in ({}, other)]
    must_not += [Ask("iam:DeleteRolePermissionsBoundary", role), Ask("iam:DeleteRolePermissionsBoundary", role, within)]
    must_not += [Ask(action, boundary) for action in OWN_CHANGES]
    return may, must_not
