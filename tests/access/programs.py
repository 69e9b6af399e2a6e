"""Inputs that every component of the room accepts, for tests that change one thing."""

from typing import Any

from tests.support.recording import ACCOUNT_ID, REGION

BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/dev-boundary"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:alerts"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT_ID}:trail/prod-trail"
TRAIL_BUCKET = "arn:aws:s3:::trail"
TRAIL_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/trail"
SAML = {"trust": "saml", "provider_arn": f"arn:aws:iam::{ACCOUNT_ID}:saml-provider/okta"}
OIDC = {
    "trust": "oidc",
    "provider_arn": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/login.example.com/tenant",
    "audience": "client",
    "subjects": ["alice"],
}
PRINCIPALS = {"trust": "principals", "principal_arns": [f"arn:aws:iam::{ACCOUNT_ID}:user/alice"]}


def boundary(**changes: Any) -> Any:
    return {"account_id": ACCOUNT_ID, "region": REGION, **changes}


def trail(**changes: Any) -> Any:
    return {"account_id": ACCOUNT_ID, "region": REGION, "alarm_topic_arn": TOPIC, **changes}


def roles(**changes: Any) -> Any:
    return {
        "environment": "dev",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "cluster_name": "mcp-dev-cluster",
        "permissions_boundary_arn": BOUNDARY,
        "administrator": PRINCIPALS,
        "operator": SAML,
        "auditor": OIDC,
        "emergency": PRINCIPALS,
        "trail_bucket_arn": TRAIL_BUCKET,
        "trail_key_arn": TRAIL_KEY,
        "restore_role_arns": [f"arn:aws:iam::{ACCOUNT_ID}:role/restore"],
        **changes,
    }
