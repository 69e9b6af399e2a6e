"""The metrics of one server: from the load balancer, the service, the server's own events, and the probe. Pure.

Who emits what: AWS its own namespaces; the server kits `McpOps` (docs/server-contract.md); the functions of this room
`McpOps/Probe` and `McpOps/Deployments`; a metric filter on the server's log `McpOps/Logs`.
"""

from dataclasses import dataclass

import pulumi

from mcp_ops.monitoring.alarms import Metric

SERVER_NAMESPACE = "McpOps"
"""What servers emit."""
PROBE_NAMESPACE = "McpOps/Probe"
"""What the probe emits."""
DEPLOYMENT_NAMESPACE = "McpOps/Deployments"
"""What the delivery function emits."""
LOG_NAMESPACE = "McpOps/Logs"
"""What metric filters make of log lines."""


@dataclass(frozen=True)
class ServerMetrics:
    """Makes the metrics of one server."""

    environment: str
    server: str
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    load_balancer: pulumi.Input[str]
    """Part of the load balancer's ARN that CloudWatch's metrics carry."""
    target_group: pulumi.Input[str]
    """Part of the target group's ARN that CloudWatch's metrics carry."""

    def events(self, name: str, statistic: str, **more: str) -> Metric:
        """Returns a metric of the server's own events; `more` are further dimensions, such as `Tool`."""
        return Metric(SERVER_NAMESPACE, name, {**self._identity(), **more}, statistic)

    def traffic(self, name: str, statistic: str) -> Metric:
        """Returns a metric of the load balancer about this server's targets."""
        dimensions = {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return Metric("AWS/ApplicationELB", name, dimensions, statistic)

    def service(self, name: str, statistic: str) -> Metric:
        """Returns a metric of the service that is free of charge: use of CPU and memory."""
        return Metric("AWS/ECS", name, self._service(), statistic)

    def insights(self, name: str, statistic: str) -> Metric:
        """Returns a metric of Container Insights, such as the number of tasks."""
        return Metric("ECS/ContainerInsights", name, self._service(), statistic)

    def probe(self, name: str, statistic: str) -> Metric:
        """Returns a metric of the probe."""
        return Metric(PROBE_NAMESPACE, name, self._identity(), statistic)

    def deployments(self, name: str, statistic: str) -> Metric:
        """Returns a metric of the server's deployments."""
        return Metric(DEPLOYMENT_NAMESPACE, name, self._identity(), statistic)

    def logs(self, name: str) -> Metric:
        """Returns a count of log lines."""
        return Metric(LOG_NAMESPACE, name, self._identity(), "Sum")

    def _identity(self) -> dict[str, pulumi.Input[str]]:
        return {"Environment": self.environment, "Server": self.server}

    def _service(self) -> dict[str, pulumi.Input[str]]:
        return {"ClusterName": self.cluster_name, "ServiceName": self.service_name}
