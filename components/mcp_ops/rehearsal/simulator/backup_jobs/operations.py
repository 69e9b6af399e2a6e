"""Every operation of AWS Backup that is carried out beyond moto."""

from collections.abc import Mapping

from mcp_ops.rehearsal.simulator.backup_jobs import points, restores, settings
from mcp_ops.rehearsal.simulator.beyond_moto import Operation

OPERATIONS: Mapping[str, Operation] = {**settings.OPERATIONS, **points.OPERATIONS, **restores.OPERATIONS}
