"""Who hears of what, and what the account may cost. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.alarms import SEVERITIES
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE

MAIL = "mail"
CHANNELS = ("slack", "pagerduty", "opsgenie")
"""Channels that need a secret; e-mail needs none."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class ChannelArgs(TypedDict):
    """One channel with a secret."""

    secret_arn: pulumi.Input[str]
    """Secret in AWS Secrets Manager, JSON. slack: `url` of an incoming webhook. pagerduty: `routing_key` of an
    integration with the Events API v2. opsgenie: `api_key` of an API integration, and `api_url`
    `https://api.eu.opsgenie.com` for an account in the EU."""
    secret_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the secret. Default: the account's own key for Secrets Manager."""
    severities: NotRequired[list[str]]
    """What it hears of: `critical`, `warning`. Default: both; pagerduty and opsgenie only `critical`."""


class NotificationsArgs(TypedDict):
    """Inputs of Notifications."""

    environment: str
    """Environment whose alarms are told."""
    account_id: str
    """Account of the environment, 12 digits."""
    region: str
    """Region of the environment."""
    key_arn: pulumi.Input[str]
    """Key that encrypts topics, variables and dead letters; its policy must admit the publishers."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Cluster of the servers, whose last deployment the messages tell. Default: they do not."""
    emails: NotRequired[list[str]]
    """Addresses that hear of everything; AWS asks each to confirm. Default none."""
    slack: NotRequired[ChannelArgs]
    """A Slack channel. Default none."""
    pagerduty: NotRequired[ChannelArgs]
    """A PagerDuty service. Default none."""
    opsgenie: NotRequired[ChannelArgs]
    """An OpsGenie team; Atlassian ends OpsGenie in April 2027. Default none."""
    silent: NotRequired[bool]
    """Whether it is wanted that nobody hears: topics without a channel. Default false."""
    monthly_budget_usd: NotRequired[int]
    """US dollars a month that the account may cost: a warning when the forecast exceeds them, a critical when the cost
    does by 20 %. Default: no budget. The first two budgets of an account are free."""
    anomaly_usd: NotRequired[int]
    """US dollars a day by which a service may cost more than expected before AWS Cost Anomaly Detection warns. An
    account has room for one monitor of its services: one stack per account sets it. Default: no detection. Free."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the functions' roles."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the functions' logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that they are kept. Default 30."""
    runbook_url: NotRequired[str]
    """Folder of the runbooks, for messages. Default `docs/runbooks`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class NotificationsPlan:
    """What Notifications registers."""

    environment: str
    account_id: str
    region: str
    emails: tuple[str, ...]
    channels: Mapping[str, Sequence[str]]
    """Channel -> severities that it hears of; `mail` only where there are addresses."""
    monthly_budget_usd: int
    """0: no budget."""
    anomaly_usd: int
    """0: no anomaly detection."""
    log_retention_days: int


def plan_notifications(name: str, args: NotificationsArgs) -> NotificationsPlan:
    """Decides who hears of what. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, NotificationsArgs)
    offences = inputs.offences
    offences.check(_NAME.fullmatch(name), "name", name, "cannot name topics; use a-z, 0-9 and -, at most 40")
    emails = inputs.entries("emails", _EMAIL, "is not an e-mail address")
    channels = {key: _severities(key, inputs) for key in CHANNELS if inputs.has(key)}
    if emails:
        channels = {MAIL: SEVERITIES, **channels}
    silent = inputs.flag("silent", default=False)
    rule = "has no effect beside a channel; leave it out"
    offences.check(not silent or not channels, "silent", silent, rule)
    for severity in SEVERITIES:
        heard = any(severity in severities for severities in channels.values())
        rule = f"is missing; nobody would hear of alarms of severity {severity}"
        offences.check(heard or silent, "emails", None, rule)
    plan = NotificationsPlan(
        inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE),
        inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        inputs.text("region", REGION, REGION_RULE),
        emails,
        channels,
        inputs.integer("monthly_budget_usd", 0, 1, 1_000_000_000),
        inputs.integer("anomaly_usd", 0, 1, 1_000_000),
        inputs.retention("log_retention_days", 30),
    )
    rule = "would be exceeded without anybody hearing of it; name a channel"
    offences.check(not (silent and plan.monthly_budget_usd), "monthly_budget_usd", plan.monthly_budget_usd, rule)
    offences.refuse()
    return plan


def _severities(channel: str, inputs: Inputs) -> tuple[str, ...]:
    given = inputs.group(channel, ChannelArgs)
    default = SEVERITIES if channel == "slack" else SEVERITIES[:1]
    if given is None:
        return default
    severities = given.texts("severities", default)
    for severity in severities:
        rule = f"is not a severity; use {' or '.join(SEVERITIES)}"
        given.offences.check(severity in SEVERITIES, "severities", severity, rule)
    given.offences.check(severities, "severities", list(severities), "is empty; the channel would hear of nothing")
    return severities
