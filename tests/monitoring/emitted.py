"""Every metric that something emits, with its dimensions: AWS, a server, a metric filter, a function of the library."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from mcp_ops.secrets.functions.watch_secrets import handler as watch_secrets
from tests.secrets.test_watch_function import Account, measured
from tests.support.recording import Recording

PROJECT = Path(__file__).parents[2]
ROOMS = PROJECT / "components" / "mcp_ops"

Metric = tuple[str, str, frozenset[str]]
"""Namespace, name, names of the dimensions."""

AWS_METRICS: dict[str, dict[tuple[str, ...], set[str]]] = {
    "AWS/ApplicationELB": {
        ("LoadBalancer",): {"HTTPCode_ELB_5XX_Count", "RejectedConnectionCount", "RequestCount"},
        ("LoadBalancer", "TargetGroup"): {
            "HTTPCode_Target_5XX_Count",
            "HealthyHostCount",
            "RequestCount",
            "TargetConnectionErrorCount",
            "TargetResponseTime",
            "UnHealthyHostCount",
        },
    },
    "AWS/Billing": {("Currency",): {"EstimatedCharges"}},
    "AWS/CertificateManager": {("CertificateArn",): {"DaysToExpiry"}},
    "AWS/DynamoDB": {("TableName",): {"ReadThrottleEvents", "WriteThrottleEvents"}},
    "AWS/ECS": {("ClusterName", "ServiceName"): {"CPUUtilization", "MemoryUtilization"}},
    "AWS/Events": {("RuleName",): {"FailedInvocations"}},
    "AWS/Lambda": {("FunctionName",): {"Errors", "Throttles"}},
    "AWS/Logs": {("LogGroupName",): {"IncomingLogEvents"}},
    "AWS/SQS": {("QueueName",): {"ApproximateNumberOfMessagesVisible"}},
    "AWS/WAFV2": {("Region", "Rule", "WebACL"): {"BlockedRequests"}},
    "ECS/ContainerInsights": {("ClusterName", "ServiceName"): {"DesiredTaskCount", "RunningTaskCount"}},
}
"""What AWS emits with which dimensions, from the user guides of its services."""


def emitted(run: Recording) -> set[Metric]:
    """Returns what a stack's servers, functions, filters, and AWS itself emit."""
    return _contract() | _functions() | _filters(run) | _aws() | _ages_of_secrets() | _backups(run)


@functools.cache
def _contract() -> set[Metric]:
    """What a server emits, as its contract says."""
    text = (PROJECT / "docs" / "server-contract.md").read_text().split("## Telemetry")[1]
    found: set[Metric] = set()
    before: list[frozenset[str]] = []
    for row in re.findall(r"^\| (`.+)$", text, re.MULTILINE):
        names, _, dimensions, *_ = [cell.strip() for cell in row.strip("|").split("|")]
        if dimensions != "the same two":
            before = [frozenset(re.findall(r"`(\w+)`", part)) for part in dimensions.split(";")]
        found |= {("McpOps", metric, group) for metric in re.findall(r"`(\w+)`", names) for group in before}
    return found


@functools.cache
def _functions() -> set[Metric]:
    """What functions emit: the metrics that their sources name, with the dimensions that docs/monitoring.md states."""
    text = (PROJECT / "docs" / "monitoring.md").read_text().split("## Metrics")[1]
    found: set[Metric] = set()
    for namespace, dimensions in re.findall(r"^\| `(McpOps/\w+)` \| (.+?) \|", text, re.MULTILINE):
        names = frozenset(re.findall(r"`(\w+)`", dimensions))
        for source in _sources(namespace):
            found |= {(namespace, metric, names) for metric in re.findall(r'"([A-Z]\w+)"', source)}
    return found


def _sources(namespace: str) -> list[str]:
    """Sources of functions that name a namespace."""
    files = ROOMS.glob("*/functions/**/*.py")
    return [text for text in map(Path.read_text, files) if f'"{namespace}"' in text]


def _filters(run: Recording) -> set[Metric]:
    """What metric filters make of log lines."""
    made = [item.inputs["metricTransformation"] for item in run.all("LogMetricFilter")]
    return {(each["namespace"], each["name"], frozenset(each.get("dimensions", {}))) for each in made}


def _aws() -> set[Metric]:
    return {
        (namespace, metric, frozenset(dimensions))
        for namespace, sets in AWS_METRICS.items()
        for dimensions, metrics in sets.items()
        for metric in metrics
    }


@functools.cache
def _ages_of_secrets() -> set[Metric]:
    """What the real function sends of a secret."""
    account = Account({"one": 3})
    measured(account)
    return {
        (watch_secrets.NAMESPACE, figure["MetricName"], frozenset(each["Name"] for each in figure["Dimensions"]))
        for batch in account.sent
        for figure in batch
    }


def _backups(run: Recording) -> set[Metric]:
    """What functions send to the namespace that the stack gives them: the metrics and dimensions of their sources."""
    variables = [
        item.inputs.get("environment", {}).get("variables", {}) for item in run.all("lambda/function:Function")
    ]
    namespaces = {each["METRIC_NAMESPACE"] for each in variables if "METRIC_NAMESPACE" in each}
    return {
        (namespace, metric, dimensions)
        for namespace in namespaces
        for package in ("watch_backups", "validate_restore")
        for dimensions in _dimension_names(package)
        for metric in _capitalised(package)
    }


def _trees(package: str) -> Iterator[ast.AST]:
    for file in sorted((ROOMS / "backups" / "functions" / package).glob("*.py")):
        yield from ast.walk(ast.parse(file.read_text()))


def _capitalised(package: str) -> set[str]:
    texts = {node.value for node in _trees(package) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Za-z]+", text)}


def _dimension_names(package: str) -> set[frozenset[str]]:
    """Returns the names of each list of dimensions that is written out: `[{"Name": "Store", "Value": ...}, ...]`."""
    found = set()
    for node in _trees(package):
        if isinstance(node, ast.List):
            items = [_constants(item) for item in node.elts if isinstance(item, ast.Dict)]
            names = frozenset(str(item["Name"]) for item in items if item.keys() == {"Name", "Value"} and item["Name"])
            found |= {names} if names else set()
    return found


def _constants(node: ast.Dict) -> dict[str, object]:
    pairs = zip(node.keys, node.values, strict=True)
    return {
        str(key.value): value.value if isinstance(value, ast.Constant) else None
        for key, value in pairs
        if isinstance(key, ast.Constant)
    }
