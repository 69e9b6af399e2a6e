"""Third parties that the servers depend on: where they answer, and what they tell of quotas and of themselves. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.alarms import SEVERITIES, Alarm, AlarmSet, Metric, Response, Threshold, check_alarms
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE, read_texts, read_topics

NAMESPACE = "McpOps/External"
"""What the function emits."""

MAX_SERVICES = 50
CERTIFICATE_DAYS = 14
"""Days before the end of a third party's certificate at which somebody asks it."""
QUOTA_PERCENT = 10
"""Percent of a quota that is left when somebody is told."""


class Provider(NamedTuple):
    """What is known about a provider's API."""

    url: str
    """Address with `{project}`."""
    auth: str = "bearer"
    """`bearer`, or the name of the header that takes the secret's `token`."""
    remaining: str = ""
    """Header with what is left of the rate limit."""
    limit: str = ""
    """Header with the rate limit."""
    metrics_url: str = ""
    """Its own metrics, in Prometheus' text format; with the secret's `user` and `password`."""


PROVIDERS = {
    "vercel": Provider(
        "https://api.vercel.com/v9/projects/{project}", remaining="x-ratelimit-remaining", limit="x-ratelimit-limit"
    ),
    "supabase": Provider(
        "https://{project}.supabase.co/auth/v1/health",
        "apikey",
        metrics_url="https://{project}.supabase.co/customer/v1/privileged/metrics",
    ),
    "sentry": Provider(
        "https://sentry.io/api/0/projects/{project}/",
        remaining="x-sentry-rate-limit-remaining",
        limit="x-sentry-rate-limit-limit",
    ),
}
"""By name, from the providers' API references; any other service is given by `url`."""

_SERVICE = re.compile(r"[a-z][a-z0-9-]{0,29}")
_PROJECT = re.compile(r"[A-Za-z0-9_.-]{1,100}(/[A-Za-z0-9_.-]{1,100})?")
_URL = re.compile(r"https://[^\s/]{1,253}(/\S{0,1000})?")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_METRIC = re.compile(r"[a-zA-Z_:][\w:]{0,200}")


class ExternalServiceArgs(TypedDict):
    """One third party."""

    provider: NotRequired[str]
    """`vercel`, `supabase` or `sentry`: address, quota and metrics are then known. Default: `url` says where."""
    project: NotRequired[str]
    """Project at the provider; `organisation/project` at Sentry. Required with `provider`."""
    url: NotRequired[str]
    """HTTPS address that answers when the service works. Required without `provider`."""
    status: NotRequired[int]
    """HTTP status that it answers with. Default 200."""
    secret_arn: NotRequired[pulumi.Input[str]]
    """Secret in AWS Secrets Manager, JSON: `token`, and for `metrics` at Supabase `user` (`service_role`) and
    `password`. Default: none is sent."""
    secret_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the secret. Default: the account's own key for Secrets Manager."""
    auth: NotRequired[str]
    """How the secret is sent: `bearer`, `basic`, or the name of a header. Default: the provider's, else `bearer`."""
    remaining_header: NotRequired[str]
    """Response header with what is left of a quota. Default: the provider's."""
    limit_header: NotRequired[str]
    """Response header with the quota. Default: the provider's."""
    metrics: NotRequired[list[str]]
    """Metrics to take over from the provider's own endpoint, by name, such as `pg_stat_database_num_backends`. Default
    none. 0.30 USD a month each."""
    metrics_url: NotRequired[str]
    """That endpoint, Prometheus' text format. Default: the provider's."""
    latency_ms: NotRequired[int]
    """Milliseconds that an answer may take on average. Default 2000."""
    severity: NotRequired[str]
    """Severity of an outage: `critical` where servers are useless without it. Default `warning`."""


class ExternalServicesArgs(TypedDict):
    """Inputs of ExternalServices."""

    environment: str
    """Environment: dimension of the metrics."""
    account_id: str
    """Account of the function, 12 digits."""
    region: str
    """Region of the function."""
    services: Mapping[str, ExternalServiceArgs]
    """Name -> service, 1 to 50. About 1.50 USD a month each, for metrics and alarms."""
    topic_arns: Mapping[str, pulumi.Input[str]]
    """Topic by severity: `critical` and `warning`."""
    interval_minutes: NotRequired[int]
    """Minutes between calls, 1 to 60. Default 5."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts variables and dead letters. Default: AWS's own."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the logs are kept. Default 30."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the roles."""
    dashboard: NotRequired[str]
    """Name of the dashboard, for messages. Default none."""
    runbook_url: NotRequired[str]
    """Folder of the runbooks, for messages. Default `docs/runbooks`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class ExternalServicesPlan:
    """What ExternalServices registers."""

    environment: str
    account_id: str
    region: str
    rate: str
    targets: tuple[Mapping[str, Any], ...]
    """The payload: what the function reads."""
    alarms: AlarmSet


def plan_external_services(name: str, args: ExternalServicesArgs) -> ExternalServicesPlan:
    """Decides on the services. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ExternalServicesArgs)
    offences = inputs.offences
    environment = inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE)
    read_topics(inputs)
    minutes = inputs.integer("interval_minutes", 5, 1, 60)
    services = inputs.mapping("services")
    offences.check(0 < len(services) <= MAX_SERVICES, "services", len(services), f"services; give 1 to {MAX_SERVICES}")
    targets: list[Mapping[str, Any]] = []
    alarms: list[Alarm] = []
    for service, given in services.items():
        below = offences.below(f"services.{service}")
        below.check(_SERVICE.fullmatch(service), "name", service, "is no name; use a-z, 0-9 and -, at most 30")
        one = Inputs("", given if isinstance(given, Mapping) else {}, ExternalServiceArgs, below)
        target = _target(service, one, given if isinstance(given, Mapping) else {})
        targets.append(target)
        alarms += _alarms(environment, target, one, minutes)
    planned = AlarmSet("", alarms)
    check_alarms(offences, name, planned, read_texts(inputs, environment))
    account_id = inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    region = inputs.text("region", REGION, REGION_RULE)
    offences.refuse()
    rate = f"rate({minutes} minute{'' if minutes == 1 else 's'})"
    return ExternalServicesPlan(environment, account_id, region, rate, tuple(targets), planned)


def _target(service: str, one: Inputs, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns one entry of the payload."""
    provider = _provider(one)
    project = one.text("project", _PROJECT, "is no project; letters, digits and ._-, with one / at most")
    url = one.text("url", _URL, "is not an address that starts with https://", provider.url.format(project=project))
    names = one.entries("metrics", _METRIC, "is not the name of a metric in Prometheus' format")
    metrics_url = one.text(
        "metrics_url", _URL, "is not an address that starts with https://", provider.metrics_url.format(project=project)
    )
    rule = "has nowhere to come from; give metrics_url, or a provider that has metrics"
    one.offences.check(metrics_url or not names, "metrics", list(names), rule)
    target = {
        "service": service,
        "url": url,
        "status": one.integer("status", 200, 100, 599),
        "secretArn": given.get("secret_arn"),
        "auth": one.text("auth", _HEADER, "is not bearer, basic or the name of a header", provider.auth),
        "remaining": one.text("remaining_header", _HEADER, "is not the name of a header", provider.remaining),
        "limit": one.text("limit_header", _HEADER, "is not the name of a header", provider.limit),
        "metrics": {"url": metrics_url, "auth": "basic", "names": list(names)} if names else None,
    }
    return {key: value for key, value in target.items() if value not in (None, "")}


def _provider(one: Inputs) -> Provider:
    if not one.has("provider"):
        one.offences.check(one.has("url"), "url", None, "is missing; give url, or a provider")
        return Provider("")
    rule = "is missing; a provider needs it"
    one.offences.check(one.has("project") or one.has("url"), "project", None, rule)
    name = one.choice("provider", next(iter(PROVIDERS)), tuple(PROVIDERS))
    return PROVIDERS[name]


def _alarms(environment: str, target: Mapping[str, Any], one: Inputs, minutes: int) -> Iterator[Alarm]:
    service, period = target["service"], 60 * minutes
    dimensions = {"Environment": environment, "Service": service}

    def metric(name: str, statistic: str) -> Metric:
        return Metric(NAMESPACE, name, dimensions, statistic)

    def response(severity: str) -> Response:
        return Response(severity, "external-service", f"external-{service}")

    yield Alarm(
        f"external-{service}-down",
        f"{service} did not answer three times in a row; servers that need it fail.",
        metric("Available", "Minimum"),
        Threshold("<", 1, period, periods=3, missing="breaching"),
        response(one.choice("severity", SEVERITIES[1], SEVERITIES)),
    )
    limit = one.integer("latency_ms", 2000, 1, 60_000)
    yield Alarm(
        f"external-{service}-slow",
        f"{service} takes longer than {limit} ms to answer.",
        metric("Latency", "Average"),
        Threshold(">", limit, period, periods=3),
        response("warning"),
    )
    yield Alarm(
        f"external-{service}-certificate",
        f"The certificate of {service} ends in less than {CERTIFICATE_DAYS} days.",
        metric("CertificateDays", "Minimum"),
        Threshold("<", CERTIFICATE_DAYS, 3600),
        response("warning"),
    )
    if target.get("remaining") and target.get("limit"):
        yield Alarm(
            f"external-{service}-quota",
            f"Less than {QUOTA_PERCENT} % of the quota at {service} is left.",
            metric("QuotaRemainingPercent", "Minimum"),
            Threshold("<", QUOTA_PERCENT, period),
            response("warning"),
        )


def secrets_of(services: Sequence[ExternalServiceArgs]) -> dict[str, list[pulumi.Input[str]]]:
    """Returns the secrets and the keys that the function reads with: `secret_arn`, `secret_key_arn`."""
    found: dict[str, list[pulumi.Input[str]]] = {"secret_arn": [], "secret_key_arn": []}
    for service in services:
        if "secret_arn" in service:
            found["secret_arn"].append(service["secret_arn"])
        if "secret_key_arn" in service:
            found["secret_key_arn"].append(service["secret_key_arn"])
    return found
