"""Policies and requests made up by hypothesis, in the form of @cloud-copilot/iam-simulate's simulations."""

from typing import Any

from hypothesis import strategies as st

HOME, AWAY = "111111111111", "222222222222"
USER = f"arn:aws:iam::{HOME}:user/ada"
ROLE = f"arn:aws:iam::{HOME}:role/task"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/task/run"
SERVICE = "sns.amazonaws.com"
KEY = f"arn:aws:kms:eu-central-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

# Action, resource, patterns that mean the action, patterns that mean the resource, patterns that do not.
TARGETS = (
    (
        "s3:GetObject",
        "arn:aws:s3:::data/ada/file?1.txt",
        ("s3:GetObject", "s3:getobject", "s3:Get*", "S3:?etObject", "*", "s3:*"),
        ("*", "arn:aws:s3:::data/*", "arn:aws:s3:::*/ada/*", "arn:aws:s3:::data/${aws:username}/*",
         "arn:aws:s3:::data/${aws:username, 'ada'}/*", "arn:aws:s3:::data/ada/file${?}1.txt", "arn:*:s3:::d?ta/*"),
        ("arn:aws:s3:::other/*", "arn:aws:s3:::data", "arn:aws:s3:::DATA/*",
         "arn:aws:s3:::data/${aws:PrincipalTag/team}/*"),
    ),
    (
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:eu-central-1:{HOME}:secret:app/token-AbCdEf",
        ("secretsmanager:GetSecretValue", "secretsmanager:Get*", "secretsmanager:*", "*"),
        ("*", f"arn:aws:secretsmanager:*:{HOME}:secret:app/*", "arn:aws:secretsmanager:*:*:*",
         f"arn:aws:secretsmanager:eu-central-1:{HOME}:secret:app/token-??????"),
        (f"arn:aws:secretsmanager:eu-central-1:{HOME}:secret:web/*", f"arn:aws:secretsmanager:us-*:{HOME}:secret:*"),
    ),
    (
        "kms:Decrypt",
        KEY,
        ("kms:Decrypt", "kms:De*", "kms:*", "*"),
        ("*", KEY, f"arn:aws:kms:*:{HOME}:key/*"),
        (f"arn:aws:kms:*:{AWAY}:key/*", f"arn:aws:kms:*:{HOME}:alias/*"),
    ),
    (
        "sqs:SendMessage",
        f"arn:aws:sqs:eu-central-1:{HOME}:jobs",
        ("sqs:SendMessage", "sqs:sendmessage", "sqs:Send*", "*"),
        ("*", f"arn:aws:sqs:eu-central-1:{HOME}:jobs", f"arn:aws:sqs:*:{HOME}:*"),
        (f"arn:aws:sqs:eu-central-1:{HOME}:jobs2", f"arn:aws:sqs:eu-central-1:{AWAY}:*"),
    ),
    (
        "sts:AssumeRole",
        f"arn:aws:iam::{HOME}:role/deploy",
        ("sts:AssumeRole", "sts:*", "*"),
        ("*", f"arn:aws:iam::{HOME}:role/deploy", f"arn:aws:iam::{HOME}:role/*"),
        (f"arn:aws:iam::{HOME}:role/other", f"arn:aws:iam::{AWAY}:role/*"),
    ),
)  # fmt: skip
OTHER_ACTIONS = ("s3:PutObject", "ec2:*", "kms:Encrypt", "sqs:Receive*", "s3:GetObjectAcl")

# Key: values that a request may carry, values that a policy may hold, operators.
STRINGS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
           "StringNotLike")  # fmt: skip
NUMBERS = ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
           "NumericGreaterThanEquals")  # fmt: skip
DATES = tuple(name.replace("Numeric", "Date") for name in NUMBERS)
ARNS = ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike")
KEYS: dict[str, tuple[tuple[Any, ...], tuple[str, ...], tuple[str, ...]]] = {
    "aws:PrincipalTag/team": (("blue", "Blue", "b*"), ("blue", "BLUE", "bl*", "?lue", "red", "b${*}"), STRINGS),
    "aws:SourceAccount": (
        (HOME, AWAY),
        (HOME, "1*", "${aws:PrincipalTag/team}", "${aws:PrincipalAccount, '1'}"),
        STRINGS,
    ),
    "aws:TagKeys": ((["a"], ["a", "b"], ["A", "bc"], []), ("a", "b", "a*", "c?"), STRINGS),
    "aws:CalledVia": (
        (["athena.amazonaws.com"], ["a", "athena.amazonaws.com"]),
        ("athena.amazonaws.com", "a*"),
        STRINGS,
    ),
    "aws:MultiFactorAuthAge": (("0", "299.5", "300", "3600"), ("300", "300.0", "-1", "3600"), NUMBERS),
    "aws:CurrentTime": (
        ("2026-07-01T00:00:00Z", "2026-07-28T12:30:00Z"),
        ("2026-07-01T00:00:00Z", "2026-07-01", "2026-07-28T12:30:00Z", "2027-01-01T00:00:00Z"),
        DATES,
    ),
    "aws:SecureTransport": (("true", "false"), ("true", "false", "True"), ("Bool",)),
    "aws:SourceIp": (
        ("203.0.113.7", "10.1.2.3", "2001:db8::7"),
        ("203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "2001:db8::/32"),
        ("IpAddress", "NotIpAddress"),
    ),
    "aws:SourceArn": (
        (f"arn:aws:sns:eu-central-1:{HOME}:alerts", f"arn:aws:lambda:eu-central-1:{HOME}:function:f:1"),
        (f"arn:aws:sns:*:{HOME}:*", f"arn:aws:*:eu-central-1:{HOME}:function:f:?", f"arn:aws:sns:eu-*:{HOME}:alerts"),
        ARNS,
    ),
}  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Zero to two conditions, under operators with and without qualifiers."""
    found: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2)))):
        key = draw(st.sampled_from(sorted(KEYS)))
        given, wanted, operators = KEYS[key]
        many = isinstance(given[0], list)
        qualifier = draw(st.sampled_from(("ForAllValues:", "ForAnyValue:"))) if many else ""
        suffix = draw(st.sampled_from(("", "", "IfExists")))
        operator = qualifier + draw(st.sampled_from(operators)) + suffix
        if draw(st.integers(0, 9)) == 0:
            operator, wanted = "Null", ("true", "false")
        values = draw(st.lists(st.sampled_from(wanted), min_size=1, max_size=2, unique=True))
        found.setdefault(operator, {})[key] = values if len(values) > 1 else values[0]
    return found


@st.composite
def statements(draw: st.DrawFn, target: tuple[Any, ...], *, principals: bool, resources: bool = True) -> dict[str, Any]:
    """One statement, more often than not about the target."""
    _, _, actions, mine, others = target
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(("Allow", "Allow", "Allow", "Deny")))}
    near = draw(st.booleans()) or draw(st.booleans())
    name = "NotAction" if draw(st.integers(0, 9)) == 0 else "Action"
    statement[name] = draw(
        st.lists(st.sampled_from(actions if near != (name == "NotAction") else OTHER_ACTIONS), min_size=1, max_size=2)
    )
    if resources:
        name = "NotResource" if draw(st.integers(0, 9)) == 0 else "Resource"
        pool = mine if near != (name == "NotResource") else mine + others
        statement[name] = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2, unique=True))
    if principals:
        statement["Principal"] = draw(st.sampled_from(PRINCIPALS))
    found = draw(conditions())
    return {**statement, "Condition": found} if found else statement


PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": HOME},
    {"AWS": f"arn:aws:iam::{HOME}:root"},
    {"AWS": USER},
    {"AWS": ROLE},
    {"AWS": SESSION},
    {"AWS": [ROLE, f"arn:aws:iam::{AWAY}:root"]},
    {"AWS": f"arn:aws:iam::{AWAY}:root"},
    {"Service": SERVICE},
    {"Service": SERVICE, "AWS": USER},
)


@st.composite
def policies(draw: st.DrawFn, target: tuple[Any, ...], *, principals: bool = False, resources: bool = True) -> Any:
    """One document."""
    one = statements(target, principals=principals, resources=resources)
    version = draw(st.sampled_from(("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17")))
    return {"Version": version, "Statement": draw(st.lists(one, min_size=1, max_size=3))}


@st.composite
def contexts(draw: st.DrawFn, principal: str) -> dict[str, Any]:
    """What the call carries: what follows from the principal, and any of the keys."""
    found: dict[str, Any] = {}
    if principal != SERVICE:
        found["aws:PrincipalAccount"] = HOME
    if principal == USER:
        found["aws:username"] = "ada"
    for key, (given, _, _) in KEYS.items():
        if draw(st.booleans()):
            found[key] = draw(st.sampled_from(given))
    return found


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """One simulation."""
    target = draw(st.sampled_from(TARGETS))
    principal = draw(st.sampled_from((USER, SESSION, SESSION, SERVICE)))
    is_trust = target[0] == "sts:AssumeRole"
    identity, few = principal != SERVICE, st.lists(policies(target), max_size=2)
    found: dict[str, Any] = {
        "request": {
            "principal": principal,
            "action": target[0],
            "resource": {"resource": target[1], "accountId": draw(st.sampled_from((HOME, HOME, HOME, AWAY)))},
            "contextVariables": draw(contexts(principal)),
        },
        "identityPolicies": [{"name": f"p{n}", "policy": item} for n, item in enumerate(draw(few) if identity else [])],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if draw(st.booleans()) or is_trust or target[0] == "kms:Decrypt":
        found["resourcePolicy"] = draw(policies(target, principals=True, resources=not is_trust))
    if identity and draw(st.integers(0, 3)) == 0:
        found["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": draw(policies(target))}]
    if principal == SESSION and draw(st.integers(0, 4)) == 0:
        found["sessionPolicy"] = draw(policies(target))
    if identity and draw(st.integers(0, 7)) == 0:
        levels = draw(st.lists(policies(target), min_size=1, max_size=2))
        found["serviceControlPolicies"] = [
            {"orgIdentifier": f"o{n}", "policies": [{"name": f"s{n}", "policy": item}]} for n, item in enumerate(levels)
        ]
    return found
