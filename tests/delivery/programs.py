"""Inputs that every component of the room accepts, for tests that change one thing."""

from typing import Any

from tests.support.recording import ACCOUNT_ID, REGION

BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/dev-boundary"
PROVIDER = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com"


def roles(**changes: Any) -> Any:
    return {
        "environment": "dev",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "owner": "example",
        "owner_id": "1234",
        "repository": "mcp-ops",
        "repository_id": "567890",
        "permissions_boundary_arn": BOUNDARY,
        "name_prefixes": ["mcp-dev"],
        "cluster_name": "mcp-dev-cluster",
        **changes,
    }


def environments(**changes: Any) -> Any:
    return {
        "dev": {"any_branch": True},
        "staging": {},
        "prod": {"tags": ["v*"], "branches": ["main"], "reviewer_team_ids": [11]},
        "prod-rollback": {},
        **changes,
    }


def repository(**changes: Any) -> Any:
    return {
        "owner": "example",
        "repository": "mcp-ops",
        "plan": "team",
        "visibility": "public",
        "environments": environments(),
        "code_owners": {"*": ["@example/platform"], "/.github/": ["@example/platform"]},
        **changes,
    }
