"""Drills: what operations would do to an environment, done to the rehearsed one.

A drill is added to `DRILLS`, in the order of running.
"""

from mcp_ops.rehearsal.drills import isolate, serve
from mcp_ops.rehearsal.drills.alarm import drill as alarm
from mcp_ops.rehearsal.drills.deploy_role import drill as deploy_role
from mcp_ops.rehearsal.drills.drill import Drill
from mcp_ops.rehearsal.drills.least_privilege import drill as least_privilege
from mcp_ops.rehearsal.drills.protect import drill as protect
from mcp_ops.rehearsal.drills.record import drill as record
from mcp_ops.rehearsal.drills.restore import drill as restore
from mcp_ops.rehearsal.drills.roll_back import drill as roll_back
from mcp_ops.rehearsal.drills.rotate import drill as rotate
from mcp_ops.rehearsal.drills.sign_in import drill as sign_in

DRILLS: tuple[Drill, ...] = (
    serve.DRILL,
    rotate.DRILL,  # what takes longest first: the others run next to it
    roll_back.DRILL,
    restore.DRILL,
    sign_in.DRILL,
    record.DRILL,
    alarm.DRILL,
    isolate.DRILL,  # late: its other stack is built while those before it run
    protect.DRILL,
    deploy_role.DRILL,
    least_privilege.DRILL,  # last: it lists what no other drill has used
)
