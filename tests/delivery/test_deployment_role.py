"""The roles of workflows: who takes them, what they may do, and which inputs are refused."""

import json
from typing import Any

import pytest

from mcp_ops import DeploymentRole, InputError
from mcp_ops.delivery import actions
from mcp_ops.delivery.deployment_permissions import GROUPS
from mcp_ops.rehearsal.findings import check_policy, iam_data
from mcp_ops.rehearsal.simulator.authorization.decision import Decision, decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, read_policy
from mcp_ops.rehearsal.simulator.authorization.request import Request, role_session
from tests.delivery.programs import BOUNDARY, PROVIDER, roles
from tests.support.recording import ACCOUNT_ID, Recording, record

ISSUER = "token.actions.githubusercontent.com"


def registered(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: DeploymentRole("mcp-dev", roles(**changes)), preview=preview)


def trust(run: Recording, role: str) -> dict[str, Any]:
    document = json.loads(run.one("iam/role:Role", f"mcp-dev-{role}").inputs["assumeRolePolicy"])
    (statement,) = document["Statement"]
    found: dict[str, Any] = statement["Condition"]["StringEquals"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert set(statement["Condition"]) == {"StringEquals"}
    return found


def policies(run: Recording) -> dict[str, str]:
    inline = {item.name: item.inputs["policy"] for item in run.all("RolePolicy")}
    return {**inline, **{item.name: item.inputs["policy"] for item in run.all("iam/policy:Policy")}}


def statements(run: Recording, part: str) -> dict[str, dict[str, Any]]:
    return {item["Sid"]: item for item in json.loads(policies(run)[f"mcp-dev-{part}"])["Statement"]}


def decided(run: Recording, action: str, resource: str, **context: str) -> Decision:
    """Returns what AWS decides on a call of the deploy role about something of IAM."""
    attached = [
        read_policy(json.loads(policy), name) for name, policy in policies(run).items() if "mcp-dev-deploy-" in name
    ]
    caller = role_session(f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev-deploy", "run")
    keys = {f"iam:{key}": value for key, value in context.items()}
    request = Request(caller, action, f"arn:aws:iam::{ACCOUNT_ID}:{resource}", keys, frozenset({"*"}))
    return decide(request, Policies(ACCOUNT_ID, attached))


def test_jobs_of_an_environment_take_its_roles_in_both_forms_of_subject() -> None:
    run = registered()
    claims = trust(run, "deploy")
    assert claims[f"{ISSUER}:aud"] == "sts.amazonaws.com"
    assert claims[f"{ISSUER}:repository_id"] == "567890"
    assert claims[f"{ISSUER}:environment"] == "dev"
    assert claims[f"{ISSUER}:sub"] == [
        "repo:example/mcp-ops:environment:dev",
        "repo:example@1234/mcp-ops@567890:environment:dev",
    ]
    assert trust(run, "rollback")[f"{ISSUER}:environment"] == "dev-rollback"


def test_pull_requests_and_the_default_branch_may_look() -> None:
    claims = trust(registered(default_branch="trunk"), "preview")
    assert f"{ISSUER}:environment" not in claims
    assert set(claims[f"{ISSUER}:sub"]) >= {
        "repo:example/mcp-ops:pull_request",
        "repo:example@1234/mcp-ops@567890:ref:refs/heads/trunk",
    }


def test_the_provider_belongs_to_one_stack() -> None:
    own = registered().one("OpenIdConnectProvider")
    assert own.inputs["url"] == f"https://{ISSUER}"
    assert own.inputs["clientIdLists"] == ["sts.amazonaws.com"]
    shared = registered(oidc_provider_arn=PROVIDER)
    assert shared.all("OpenIdConnectProvider") == []
    document = shared.one("iam/role:Role", "mcp-dev-deploy").inputs["assumeRolePolicy"]
    assert json.loads(document)["Statement"][0]["Principal"] == {"Federated": PROVIDER}


def test_every_role_is_bounded_and_short() -> None:
    run = registered(tags={"team": "x"})
    for role in run.all("iam/role:Role"):
        assert role.inputs["permissionsBoundary"] == BOUNDARY
        assert role.inputs["maxSessionDuration"] == 3600
        assert role.inputs["tags"] == {"team": "x"}
    outputs = run.one("DeploymentRole").outputs
    assert set(outputs["role_arns"]) == {"preview", "deploy", "rollback"}


@pytest.mark.parametrize(
    "more", [{}, {"state_bucket": "state", "hosted_zone_id": "Z1", "further_regions": ["eu-west-1"]}]
)
def test_aws_accepts_every_policy_and_nothing_is_wider_than_needed(more: dict[str, Any]) -> None:
    for name, policy in policies(registered(**more)).items():
        assert check_policy(policy, "identity", name, limit=6144) == [], name


def test_changes_are_bound_to_the_environment() -> None:
    run = registered(further_actions=["bedrock:CreateAgent"])
    for group in GROUPS:
        found = statements(run, f"deploy-{group}")
        assert found[f"Owned{group.title()}"]["Condition"] == {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
        assert found[f"Created{group.title()}"]["Condition"] == {"StringEquals": {"aws:RequestTag/Environment": "dev"}}
    assert "bedrock:CreateAgent" in statements(run, "deploy-operations")["OwnedOperations"]["Action"]
    buckets = statements(run, "deploy-names")["Buckets"]
    assert buckets["Resource"] == ["arn:aws:s3:::mcp-dev-*"]
    passed = statements(run, "deploy-names")["PassRoles"]
    assert passed["Resource"] == [f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev-*"]
    assert "ecs-tasks.amazonaws.com" in passed["Condition"]["StringEquals"]["iam:PassedToService"]


def test_the_pipeline_cannot_widen_its_own_power() -> None:
    found = statements(registered(guarded_roles=["mcp-dev-administrator"]), "deploy-limits")
    guarded = found["AdministratorsChangeThese"]
    assert guarded["Effect"] == "Deny"
    assert {f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev-{role}" for role in ("deploy", "administrator")} <= set(
        guarded["Resource"]
    )
    assert "iam:PassRole" in guarded["Action"]
    assert found["AndTheBounds"]["Resource"] == [f"arn:aws:iam::{ACCOUNT_ID}:policy/mcp-dev-deploy-*", BOUNDARY]
    others = found["NothingOfOthers"]["Condition"]
    assert others == {
        "StringNotEquals": {"aws:ResourceTag/Environment": "dev"},
        "Null": {"aws:ResourceTag/Environment": "false"},
    }


def test_roles_below_a_path_may_be_passed_and_no_others() -> None:
    run = registered(role_paths=["/mcp-dev/"])
    assert statements(run, "deploy-names")["PassRoles"]["Resource"] == [
        f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev-*",
        f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev/*",
    ]
    to = {"PassedToService": "ecs-tasks.amazonaws.com"}
    for role in ("mcp-dev-watch-role-1", "mcp-dev/weather-task-1", "mcp-dev/team/weather-task-1"):
        assert decided(run, "iam:PassRole", f"role/{role}", **to).allowed, role
    for role in ("weather-task-1", "mcp-prod/weather-task-1", "mcp-prod/mcp-dev/weather-task-1", "mcp-device/x"):
        assert not decided(run, "iam:PassRole", f"role/{role}", **to).allowed, role
    assert not decided(run, "iam:PassRole", "role/mcp-dev/weather-task-1", PassedToService="ec2.amazonaws.com").allowed


@pytest.mark.parametrize("path", ["", "mcp-dev/", "aws-reserved/sso.amazonaws.com/"])
def test_no_path_leads_around_what_administrators_keep(path: str) -> None:
    run = registered(role_paths=["/mcp-dev/"], guarded_roles=["mcp-dev-administrator"])
    for name in ("mcp-dev-deploy", "mcp-dev-preview", "mcp-dev-rollback", "mcp-dev-administrator"):
        for action in ("iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"):
            assert decided(run, action, f"role/{path}{name}").explicit, (action, path, name)
    assert not decided(run, "iam:CreateRole", f"role/{path}mcp-dev-administrator-of-queues").explicit


def test_looking_reads_no_value_and_rolling_back_registers_nothing() -> None:
    run = registered(state_bucket="state", state_key_arn=f"arn:aws:kms:eu-west-1:{ACCOUNT_ID}:key/1")
    preview = statements(run, "preview-policy")
    assert preview["State"]["Action"] == ["s3:GetObject"]
    assert preview["SecretsInState"]["Action"] == ["kms:Decrypt"]
    reads = [action for item in preview["Read"]["Action"] for action in iam_data.actions_matching(item)]
    assert not any(action.writes for action in reads)
    values = {
        "secretsmanager:GetSecretValue",
        "dynamodb:GetItem",
        "logs:GetLogEvents",
        "ssm:GetParameter",
        "kms:Decrypt",
    }
    assert not values & {action.full_name for action in reads}
    rollback = statements(run, "rollback-policy")
    assert rollback["RollBack"]["Action"] == ["ecs:UpdateService"]
    assert rollback["RollBack"]["Resource"].endswith(":service/mcp-dev-cluster/*")
    assert "iam:PassRole" not in policies(run)["mcp-dev-rollback-policy"]
    assert statements(run, "deploy-names")["State"]["Action"] == ["s3:GetObject", "s3:DeleteObject", "s3:PutObject"]


def test_the_lists_of_actions_say_what_aws_says() -> None:
    for service, verbs in actions.OWNED.items():
        for verb in verbs.split():
            action = iam_data.action(f"{service}:{verb}")
            assert action, f"{service}:{verb}"
            assert "aws:resourcetag/*" in action.condition_keys, action.full_name
    created = [f"{service}:{verb}" for service, verbs in actions.CREATED.items() for verb in verbs.split()]
    for name in (*created, *actions.CREATED_ANYWHERE):
        action = iam_data.action(name)
        assert action, name
        assert "aws:requesttag/*" in action.condition_keys, name
        assert action.supports_resource_level == (name in created), name
    assert set(actions.OWNED) | set(actions.CREATED) <= {service for group in GROUPS.values() for service in group}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"owner_id": "example"}, "mcp-dev.owner_id: example is not an id of GitHub"),
        ({"repository_id": "0"}, "mcp-dev.repository_id: 0 is not an id of GitHub"),
        ({"name_prefixes": []}, "mcp-dev.name_prefixes: [] lists 0; 1 are needed"),
        ({"name_prefixes": ["x"]}, "mcp-dev.name_prefixes: x is not the start of a name, 3 to 40 characters"),
        *(
            ({"role_paths": [path]}, f"mcp-dev.role_paths: {path} is not the path of one environment's roles, such as")
            for path in ("/", "mcp-dev", "/mcp-dev", "//", "/*/", "/mcp-?/", "/${aws:username}/", f"/{'x' * 40}")
        ),
        ({"role_paths": "/mcp-dev/"}, "mcp-dev.role_paths: /mcp-dev/ is not a list of plain strings"),
        ({"role_paths": ["/mcp-dev/"] * 2}, "mcp-dev.role_paths: /mcp-dev/ is listed twice"),
        (
            {"oidc_provider_arn": PROVIDER.replace("1111", "9999")},
            "is not GitHub's provider in the account, which is " + PROVIDER,
        ),
        (
            {"rollback_environment": "dev"},
            "rollback_environment: dev is the environment of deployments; its approval would hold a rollback up",
        ),
        (
            {"further_actions": ["iam:CreateUser"]},
            (
                "further_actions: iam:CreateUser would let the pipeline change who may do what; an "
                "administrator does that"
            ),
        ),
        ({"further_actions": ["s3:*"]}, "mcp-dev.further_actions: s3:* is not one action such as bedrock:CreateAgent"),
        ({"session_minutes": 15}, "mcp-dev.session_minutes: 15 is not a plain integer from 60 to 720"),
        ({"region": "mars"}, "mcp-dev.region: mars is not an AWS region"),
        ({"state_bucket": "State"}, "mcp-dev.state_bucket: State is not the name of a bucket"),
    ],
)
def test_wrong_roles_are_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as caught:
        registered(**changes)
    assert line in str(caught.value)


def test_a_preview_works_while_nothing_is_known() -> None:
    assert len(registered(preview=True).all("iam/role:Role")) == 3
