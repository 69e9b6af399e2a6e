"""Drills: what operations would do to an environment, done to the rehearsed one.

A drill is added to `DRILLS`, in the order of running.
"""

from mcp_ops.rehearsal.drills import isolate, serve
from mcp_ops.rehearsal.drills.drill import Drill

DRILLS: tuple[Drill, ...] = (serve.DRILL, isolate.DRILL)
