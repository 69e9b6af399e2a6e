"""Checks whom a resource or trust policy means."""

import re
from collections.abc import Mapping

from mcp_ops.rehearsal.findings.conditions import Condition, conditions_of
from mcp_ops.rehearsal.findings.document import Scope, Statement
from mcp_ops.rehearsal.findings.finding import Notes, nearest

KINDS = ("AWS", "Service", "Federated", "CanonicalUser")

GITHUB_ISSUER = "token.actions.githubusercontent.com"

_FORMS = {
    "AWS": (
        # An account, an identity, a session, or what AWS shows in place of an identity that was deleted.
        re.compile(
            r"\d{12}|A[A-Z0-9]{12,}|arn:aws(-[a-z]+)*:(iam::(\d{12}|cloudfront):(root|user/.+|role/.+)"
            r"|sts::\d{12}:(assumed-role/.+|federated-user/.+|self))"
        ),
        "is no account id, and no ARN of a user, role or session",
    ),
    "Service": (
        re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)"),
        "is no service principal; write <service>.amazonaws.com",
    ),
    "Federated": (
        re.compile(
            r"cognito-identity\.amazonaws\.com|accounts\.google\.com|graph\.facebook\.com|www\.amazon\.com"
            r"|arn:aws(-[a-z]+)*:iam::(\d{12}|aws):(oidc-provider|saml-provider)/.+"
        ),
        "is no ARN of an OIDC or SAML provider, and no built-in provider",
    ),
}
"""What a principal looks like, by kind, and what is said of one that does not."""
_GITHUB_CLAIMS = frozenset({"sub", "repository", "repository_id", "repository_owner_id", "job_workflow_ref"})
"""Claims of a workflow's token that say whose repository it runs for (GitHub's OpenID Connect reference)."""

_ROOT = re.compile(r"arn:aws(-[a-z]+)*:iam::(\d{12}):root")

_NARROWING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "elasticfilesystem:accesspointarn",
        "elasticfilesystem:accessedviamounttarget",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "sns:endpoint",
    }
)
"""Keys that say who calls or from where: with one of them, `*` is no longer everybody.

After "The meaning of public" in the Amazon S3 User Guide, with the same keys of other services.
"""
_EVERYWHERE = {"*", "0.0.0.0/0", "::/0"}


def check_principals(statement: Statement, scope: Scope, notes: Notes) -> None:
    """Notes principals that AWS refuses, and Allow statements that everybody can use."""
    _check_form(statement.principals, f"{statement.where}.Principal", notes)
    _check_form(statement.not_principals, f"{statement.where}.NotPrincipal", notes)
    if not statement.allows:
        return
    if statement.not_principals:
        message = "Allow with NotPrincipal grants to everybody else, anonymous callers included; list who may"
        notes.warning("allow-with-not-principal", f"{statement.where}.NotPrincipal", message)
    if scope.service != "vpce" and is_everybody(statement) and not is_narrowed(statement):
        message = "lets everybody in; name the principals, or add a condition on aws:PrincipalOrgID, aws:SourceArn, ..."
        notes.warning("public-principal", f"{statement.where}.Principal", message, "*")
    if scope.kind == "trust" and _trusts_github(statement):
        _check_github(statement, notes)


def _check_form(principals: Mapping[str, tuple[str, ...]], where: str, notes: Notes) -> None:
    for kind, values in principals.items():
        if kind not in KINDS:
            message = f"is no kind of principal{nearest(kind, KINDS)}"
            notes.error("invalid-principal-key", f"{where}.{kind}", message, kind)
            continue
        for value in values:
            problem = principal_problem(kind, value)
            if problem:
                notes.error("invalid-principal-format", f"{where}.{kind}", problem, value)


def principal_problem(kind: str, value: str) -> str:
    """Returns what is wrong with one principal, or nothing."""
    if value == "*" or kind not in _FORMS:
        return ""
    if kind == "AWS" and "*" in value:
        return "contains a wildcard; AWS takes a full ARN or *, and aws:PrincipalArn in a condition for patterns"
    pattern, problem = _FORMS[kind]
    return "" if pattern.fullmatch(value) else problem


def is_everybody(statement: Statement) -> bool:
    """Tells whether any AWS caller is a principal of a statement."""
    return "*" in statement.principals.get("AWS", ())


def is_own_account(statement: Statement, account: str) -> bool:
    """Tells whether the only principal is the account itself: the statement leaves the decision to its IAM policies."""
    if list(statement.principals) != ["AWS"]:
        return False
    roots = [_ROOT.fullmatch(value) for value in statement.principals["AWS"]]
    ids = {match.group(2) if match else value for match, value in zip(roots, statement.principals["AWS"], strict=True)}
    return len(ids) == 1 and (ids == {account} or (not account and roots[0] is not None))


def is_narrowed(statement: Statement) -> bool:
    """Tells whether a condition says who calls or from where."""
    return any(_narrows(condition) for condition in conditions_of(statement))


def _narrows(condition: Condition) -> bool:
    if condition.key.lower() not in _NARROWING_KEYS or not condition.operator.demands:
        return False
    return all(value not in _EVERYWHERE for value in condition.values)


def _trusts_github(statement: Statement) -> bool:
    return any(value.endswith(f"oidc-provider/{GITHUB_ISSUER}") for value in statement.principals.get("Federated", ()))


def _check_github(statement: Statement, notes: Notes) -> None:
    where = f"{statement.where}.Condition"
    values = [value for item in conditions_of(statement) if _names_repository(item) for value in item.values]
    if not values:
        message = f"without a condition on {GITHUB_ISSUER}:sub, every repository on GitHub can take the role"
        notes.warning("github-trust-without-sub", where, message)
    for value in values:
        owner = value.removeprefix("repo:").split("/", 1)[0]
        if "*" in owner or not owner:
            message = "leaves the owner open, so that strangers' repositories match; write repo:<owner>/<name>:..."
            notes.warning("github-trust-without-sub", where, message, value)


def _names_repository(condition: Condition) -> bool:
    claim = condition.key.lower().removeprefix(f"{GITHUB_ISSUER}:")
    return condition.operator.demands and claim in _GITHUB_CLAIMS
