"""Operations for MCP servers on AWS: the components of every room."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mcp_ops.errors import InputError, Offence

if TYPE_CHECKING:
    from mcp_ops.access import (
        AuditTrail,
        AuditTrailArgs,
        OperatorRoleArgs,
        OperatorRoles,
        OperatorRolesArgs,
        PermissionsBoundary,
        PermissionsBoundaryArgs,
    )
    from mcp_ops.backups import (
        BackupCopyArgs,
        BackupLockArgs,
        BackupPolicy,
        BackupPolicyArgs,
        BucketArgs,
        DatabaseArgs,
        FilesArgs,
        RestoredStoreArgs,
        RestoreTest,
        RestoreTestArgs,
        StateStore,
        StateStoreArgs,
        TableArgs,
    )
    from mcp_ops.delivery import (
        BypassArgs,
        DeploymentEnvironmentArgs,
        DeploymentRole,
        DeploymentRoleArgs,
        GateServerArgs,
        ProtectedRepository,
        ProtectedRepositoryArgs,
        ReleaseGate,
        ReleaseGateArgs,
    )
    from mcp_ops.hosting import (
        Cluster,
        ClusterArgs,
        CognitoIssuer,
        CognitoIssuerArgs,
        CognitoServerArgs,
        EncryptionKeys,
        EncryptionKeysArgs,
        ExistingNetworkArgs,
        Gateway,
        GatewayArgs,
        ImageRepository,
        ImageRepositoryArgs,
        McpServer,
        McpServerArgs,
        Network,
        NetworkArgs,
        ReleaseArgs,
        SignInArgs,
        VolumeArgs,
        WebAcl,
        WebAclArgs,
    )
    from mcp_ops.monitoring import (
        ChannelArgs,
        Dashboard,
        DashboardArgs,
        DashboardServerArgs,
        DeliveryMetrics,
        DeliveryMetricsArgs,
        ExternalServiceArgs,
        ExternalServices,
        ExternalServicesArgs,
        MetricAlarmArgs,
        Notifications,
        NotificationsArgs,
        ObjectivesArgs,
        PlatformMonitoring,
        PlatformMonitoringArgs,
        Probe,
        ProbeArgs,
        ProbeTargetArgs,
        ServerMonitoring,
        ServerMonitoringArgs,
        ThresholdsArgs,
        WatchedFunctionArgs,
    )
    from mcp_ops.secrets import (
        RotationRestart,
        RotationRestartArgs,
        SecretAccess,
        SecretAccessArgs,
        SecretArgs,
        SecretStore,
        SecretStoreArgs,
    )

__all__ = [
    "AuditTrail",
    "AuditTrailArgs",
    "BackupCopyArgs",
    "BackupLockArgs",
    "BackupPolicy",
    "BackupPolicyArgs",
    "BucketArgs",
    "BypassArgs",
    "ChannelArgs",
    "Cluster",
    "ClusterArgs",
    "CognitoIssuer",
    "CognitoIssuerArgs",
    "CognitoServerArgs",
    "Dashboard",
    "DashboardArgs",
    "DashboardServerArgs",
    "DatabaseArgs",
    "DeliveryMetrics",
    "DeliveryMetricsArgs",
    "DeploymentEnvironmentArgs",
    "DeploymentRole",
    "DeploymentRoleArgs",
    "EncryptionKeys",
    "EncryptionKeysArgs",
    "ExistingNetworkArgs",
    "ExternalServiceArgs",
    "ExternalServices",
    "ExternalServicesArgs",
    "FilesArgs",
    "GateServerArgs",
    "Gateway",
    "GatewayArgs",
    "ImageRepository",
    "ImageRepositoryArgs",
    "InputError",
    "McpServer",
    "McpServerArgs",
    "MetricAlarmArgs",
    "Network",
    "NetworkArgs",
    "Notifications",
    "NotificationsArgs",
    "ObjectivesArgs",
    "Offence",
    "OperatorRoleArgs",
    "OperatorRoles",
    "OperatorRolesArgs",
    "PermissionsBoundary",
    "PermissionsBoundaryArgs",
    "PlatformMonitoring",
    "PlatformMonitoringArgs",
    "Probe",
    "ProbeArgs",
    "ProbeTargetArgs",
    "ProtectedRepository",
    "ProtectedRepositoryArgs",
    "ReleaseArgs",
    "ReleaseGate",
    "ReleaseGateArgs",
    "RestoreTest",
    "RestoreTestArgs",
    "RestoredStoreArgs",
    "RotationRestart",
    "RotationRestartArgs",
    "SecretAccess",
    "SecretAccessArgs",
    "SecretArgs",
    "SecretStore",
    "SecretStoreArgs",
    "ServerMonitoring",
    "ServerMonitoringArgs",
    "SignInArgs",
    "StateStore",
    "StateStoreArgs",
    "TableArgs",
    "ThresholdsArgs",
    "VolumeArgs",
    "WatchedFunctionArgs",
    "WebAcl",
    "WebAclArgs",
]

_ACCESS = frozenset(
    {
        "AuditTrail",
        "AuditTrailArgs",
        "OperatorRoleArgs",
        "OperatorRoles",
        "OperatorRolesArgs",
        "PermissionsBoundary",
        "PermissionsBoundaryArgs",
    }
)
"""Names of the room access."""
_BACKUPS = frozenset(
    {
        "BackupCopyArgs",
        "BackupLockArgs",
        "BackupPolicy",
        "BackupPolicyArgs",
        "BucketArgs",
        "DatabaseArgs",
        "FilesArgs",
        "RestoreTest",
        "RestoreTestArgs",
        "RestoredStoreArgs",
        "StateStore",
        "StateStoreArgs",
        "TableArgs",
    }
)
"""Names of the room backups."""
_DELIVERY = frozenset(
    {
        "BypassArgs",
        "DeploymentEnvironmentArgs",
        "DeploymentRole",
        "DeploymentRoleArgs",
        "GateServerArgs",
        "ProtectedRepository",
        "ProtectedRepositoryArgs",
        "ReleaseGate",
        "ReleaseGateArgs",
    }
)
"""Names of the room delivery."""
_MONITORING = frozenset(
    {
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
    }
)
"""Names of the room monitoring."""
_SECRETS = frozenset(
    {
        "RotationRestart",
        "RotationRestartArgs",
        "SecretAccess",
        "SecretAccessArgs",
        "SecretArgs",
        "SecretStore",
        "SecretStoreArgs",
    }
)
"""Names of the room secrets."""
_ROOMS = {"access": _ACCESS, "backups": _BACKUPS, "delivery": _DELIVERY, "monitoring": _MONITORING, "secrets": _SECRETS}
"""Names by room; the other components are of the room hosting."""


def __getattr__(name: str) -> Any:
    """Loads components when they are first used: pulumi_aws takes a second, and the command line needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = next((room for room, names in _ROOMS.items() if name in names), "hosting")
    return getattr(import_module(f"mcp_ops.{room}"), name)


def __dir__() -> list[str]:
    """Returns the public names, loaded or not."""
    return sorted(__all__)
