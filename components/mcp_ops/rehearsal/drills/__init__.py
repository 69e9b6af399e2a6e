"""Drills: what operations would do to an environment, done to the rehearsed one.

A drill is added to `DRILLS`, in the order of running.
"""

from mcp_ops.rehearsal.drills import (
    alarm,
    deploy_role,
    isolate,
    least_privilege,
    protect,
    record,
    restore,
    roll_back,
    rotate,
    serve,
    sign_in,
)
from mcp_ops.rehearsal.drills.drill import Drill

DRILLS: tuple[Drill, ...] = (
    serve.DRILL,
    isolate.DRILL,
    sign_in.DRILL,
    record.DRILL,
    rotate.DRILL,
    restore.DRILL,
    alarm.DRILL,
    protect.DRILL,
    deploy_role.DRILL,
    roll_back.DRILL,
    least_privilege.DRILL,  # last: it lists what no other drill has used
)
