"""The settings of monitoring: what is promised, from which values on somebody is told, who that is, and of what."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from mcp_ops.monitoring.external_services_plan import PROVIDERS
from settings_server import KeyArn, SecretArn, ServerName
from settings_types import Email, Group, HttpsAddress, Pattern, ToolName

Percent = Annotated[int, Field(ge=1, le=100)]
Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]
Severity = Literal["critical", "warning"]
Missing = Literal["notBreaching", "breaching", "ignore", "missing"]
AlarmKey = Annotated[str, Pattern(r"[a-z][a-z0-9-]{0,39}", "is no key: a-z, 0-9 and -, at most 40")]
MetricName = Annotated[str, Pattern(r"[A-Za-z][A-Za-z0-9_.-]{0,254}", "is no name of a metric")]
Statistic = Annotated[
    str, Pattern(r"Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?", "is no statistic such as Sum or p95")
]
Runbook = Annotated[
    str,
    Pattern(
        r"[a-z0-9][a-z0-9-]{0,80}|https://\S{1,300}", "is no runbook: a file of docs/runbooks without .md, or a URL"
    ),
]
ServiceName = Annotated[str, Pattern(r"[a-z][a-z0-9-]{0,29}", "is no name: a-z, 0-9 and -, at most 30")]
ProviderName = Annotated[str, Pattern(r"[a-z][a-z0-9-]{0,31}", "is no provider such as anthropic")]
Header = Annotated[str, Pattern(r"[A-Za-z0-9-]{1,60}", "is no name of a header")]


class Objectives(Group):
    """What servers promise over 30 days. The alarms on it cost about 7.20 USD a month and server."""

    availability_percent: Annotated[float, Field(ge=95, le=99.999)] = 99.9
    """Percent of HTTP requests that do not fail with 5xx or without an answer."""
    error_percent: Annotated[float, Field(ge=0.001, le=5)] = 0.1
    """Percent of tool calls that may fail."""
    latency_average_ms: Milliseconds = 100
    """Milliseconds that a tool call takes on average."""
    latency_p95_ms: Milliseconds = 250
    """Milliseconds within which 95 % of tool calls end."""
    minimum_requests: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    """Fewest requests in a window that count; with less traffic the probe watches."""


class Thresholds(Group):
    """From which values on somebody is told, whatever is left of a budget."""

    error_warning_percent: Annotated[float, Field(ge=0.001, le=100)] = 1
    """Percent of failed requests or tool calls in ten minutes: warning."""
    error_critical_percent: Annotated[float, Field(ge=0.001, le=100)] = 5
    """Percent of failed requests or tool calls in five minutes: critical."""
    latency_warning_ms: Milliseconds = 2000
    """95th percentile of tool calls in ten minutes: warning."""
    latency_critical_ms: Milliseconds = 5000
    """95th percentile of tool calls in five minutes: critical."""
    cpu_percent: Percent = 50
    """Percent of the tasks' CPU: warning."""
    memory_percent: Percent = 80
    """Percent of the tasks' memory: warning."""
    log_errors: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """Error lines in five minutes: warning."""
    calls_per_hour: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """Fewest tool calls in an hour, below which is a warning; 0: traffic may pause."""
    provider_headroom_percent: Percent = 10
    """Percent of its limits that an AI provider still leaves: warning below."""


class MetricAlarm(Group):
    """One further alarm on a metric of the server's own events."""

    metric: MetricName
    """Metric in the namespace McpOps, such as CostPrevented."""
    summary: Annotated[str, Field(min_length=10, max_length=300)]
    """What is wrong, in one sentence."""
    severity: Severity
    """critical: somebody is woken up. warning: somebody looks during the day."""
    runbook: Runbook
    """Where it says what to do: a file of docs/runbooks without .md, or a URL."""
    statistic: Statistic = "Sum"
    """Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p95."""
    above: Annotated[float, Field(ge=0)] | None = None
    """Alarm above this value; give one of above and below."""
    below: Annotated[float, Field(ge=0)] | None = None
    """Alarm below this value."""
    period_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """Minutes over which the statistic is taken."""
    periods: Annotated[int, Field(ge=1, le=10_080)] = 1
    """Periods in a row that must breach."""
    missing: Missing = "notBreaching"
    """What no data counts as."""


class ProbeCall(Group):
    """The harmless call that the probe makes, and whose token it brings."""

    tool: ToolName | None = None
    """Tool that changes nothing. Default: the tools are listed, none is called."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Arguments of the call."""
    expect: dict[str, JsonValue] = Field(default_factory=dict)
    """Members that the structured result must have."""
    secret: SecretArn | None = None
    """Secret with token_endpoint, client_id and client_secret of the probe's own client."""
    secret_key: KeyArn | None = None
    """KMS key that encrypts it, unless it is the account's own key for Secrets Manager."""


class ServerWatch(Group):
    """What is particular about one server."""

    objectives: Objectives | None = None
    """What it promises, where that differs."""
    thresholds: Thresholds | None = None
    """From which values on, where that differs."""
    probe: ProbeCall | None = None
    """What the probe calls."""
    ai_providers: tuple[ProviderName, ...] = ()
    """AI providers whose rate limits it reports, such as anthropic."""
    metric_alarms: dict[AlarmKey, MetricAlarm] = Field(default_factory=dict)
    """Further alarms on metrics of its own events, by key."""


class Probes(Group):
    """Servers are used from outside, as a client would."""

    enabled: bool = True
    """False: nobody notices from outside that a server cannot be used; prod refuses it."""
    runner: Literal["function", "canary"] = "function"
    """function: a scheduled function, cents a month. canary: one CloudWatch Synthetics canary a server with the same
    code, about 52 USD a month each at one run a minute."""
    interval_minutes: Annotated[int, Field(ge=1, le=5)] = 1
    """Minutes between probes."""


class ExternalService(Group):
    """A third party that the servers depend on."""

    provider: Annotated[str, Field(json_schema_extra={"enum": list(PROVIDERS)})] | None = None
    """vercel, supabase or sentry; any other service is given by url."""
    project: Annotated[str, Field(min_length=1, max_length=201)] | None = None
    """Project at the provider; organisation/project at Sentry."""
    url: HttpsAddress | None = None
    """Address that answers when the service works."""
    status: Annotated[int, Field(ge=100, le=599)] = 200
    """HTTP status that it answers with."""
    secret: SecretArn | None = None
    """Secret with token, and for metrics user and password."""
    secret_key: KeyArn | None = None
    """KMS key that encrypts it, unless it is the account's own key for Secrets Manager."""
    auth: Header | None = None
    """How the secret is sent: bearer, basic, or the name of a header. Default: the provider's."""
    remaining_header: Header | None = None
    """Response header with what is left of a quota. Default: the provider's."""
    limit_header: Header | None = None
    """Response header with the quota. Default: the provider's."""
    metrics: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()
    """Metrics to take over from the provider's own endpoint, by name."""
    metrics_url: HttpsAddress | None = None
    """That endpoint, in Prometheus' text format. Default: the provider's."""
    latency_ms: Annotated[int, Field(ge=1, le=60_000)] = 2000
    """Milliseconds that an answer may take."""
    severity: Severity = "warning"
    """Severity of an outage."""


class Monitoring(Group):
    """What is watched, and from which values on somebody is told."""

    objectives: Objectives = Objectives()
    """What every server promises."""
    thresholds: Thresholds = Thresholds()
    """From which values on somebody is told, for every server."""
    servers: dict[ServerName, ServerWatch] = Field(default_factory=dict)
    """What is particular about a server, by name."""
    probes: Probes = Probes()
    """Servers are used from outside, as a client would."""
    external_services: Annotated[dict[ServiceName, ExternalService], Field(max_length=50)] = Field(default_factory=dict)
    """Third parties that the servers depend on, by name; about 1.50 USD a month each."""
    blocked_requests: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1000
    """Requests that the firewall blocks in five minutes: warning."""
    dashboards: bool = True
    """One dashboard of the environment and one overview, further ones beyond 103 and 192 servers. Three are free in an
    account, then 3 USD a month each."""
    runbook_url: HttpsAddress | None = None
    """Folder of the runbooks, for messages. Default: docs/runbooks on the main branch of `repository`."""


class Channel(Group):
    """One channel with a secret."""

    secret: SecretArn
    """Secret in AWS Secrets Manager, JSON: url (slack), routing_key (pagerduty), api_key and api_url (opsgenie)."""
    secret_key: KeyArn | None = None
    """KMS key that encrypts it, unless it is the account's own key for Secrets Manager."""
    severities: Annotated[tuple[Severity, ...], Field(min_length=1, max_length=2)] | None = None
    """What it hears of. Default: both; pagerduty and opsgenie only critical."""


class Notifications(Group):
    """Who hears of alarms."""

    emails: Annotated[tuple[Email, ...], Field(max_length=10)] = ()
    """Addresses that hear of everything; each gets a message of AWS to confirm."""
    slack: Channel | None = None
    """A Slack channel, by incoming webhook."""
    pagerduty: Channel | None = None
    """A PagerDuty service, by the Events API v2."""
    opsgenie: Channel | None = None
    """An OpsGenie team, by an API integration."""


class Budget(Group):
    """What the account may cost. AWS counts every environment in it."""

    monthly_usd: Annotated[int, Field(ge=1, le=10_000_000)]
    """US dollars a month: a warning when the forecast exceeds it, and a critical when the cost exceeds it by 20 %."""
    anomaly_usd: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """US dollars a day by which a service may cost more than expected before somebody is told. One stack per account
    sets it: an account has room for one such monitor. Free."""
