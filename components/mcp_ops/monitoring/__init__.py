"""Monitoring: objectives, alarms that mean something, who hears of them, and pages a person wants to look at."""

from mcp_ops.monitoring.dashboard import Dashboard
from mcp_ops.monitoring.dashboard_plan import DashboardArgs, DashboardServerArgs
from mcp_ops.monitoring.delivery_metrics import DeliveryMetrics, DeliveryMetricsArgs
from mcp_ops.monitoring.external_services import ExternalServices
from mcp_ops.monitoring.external_services_plan import ExternalServiceArgs, ExternalServicesArgs
from mcp_ops.monitoring.metric_alarms import MetricAlarmArgs
from mcp_ops.monitoring.notifications import Notifications
from mcp_ops.monitoring.notifications_plan import ChannelArgs, NotificationsArgs
from mcp_ops.monitoring.objectives import ObjectivesArgs, ThresholdsArgs
from mcp_ops.monitoring.platform_monitoring import PlatformMonitoring, PlatformMonitoringArgs, WatchedFunctionArgs
from mcp_ops.monitoring.probe import Probe
from mcp_ops.monitoring.probe_plan import ProbeArgs, ProbeTargetArgs
from mcp_ops.monitoring.server_monitoring import ServerMonitoring, ServerMonitoringArgs

__all__ = [
    "ChannelArgs",
    "Dashboard",
    "DashboardArgs",
    "DashboardServerArgs",
    "DeliveryMetrics",
    "DeliveryMetricsArgs",
    "ExternalServiceArgs",
    "ExternalServices",
    "ExternalServicesArgs",
    "MetricAlarmArgs",
    "Notifications",
    "NotificationsArgs",
    "ObjectivesArgs",
    "PlatformMonitoring",
    "PlatformMonitoringArgs",
    "Probe",
    "ProbeArgs",
    "ProbeTargetArgs",
    "ServerMonitoring",
    "ServerMonitoringArgs",
    "ThresholdsArgs",
    "WatchedFunctionArgs",
]
