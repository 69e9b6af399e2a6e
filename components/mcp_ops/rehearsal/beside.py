"""Other stacks of the project, built next to the rehearsed one."""

from collections.abc import Callable

from mcp_ops.rehearsal.forked import CAN_FORK, Forked
from mcp_ops.rehearsal.monitor import MissingReference
from mcp_ops.rehearsal.record import Run


class Beside:
    """Builds other stacks in the same simulated AWS, each once.

    What has been begun is built while the rehearsal goes on, by a copy of this process: it holds simulated AWS as it
    was deployed, uses another core, and leaves nothing behind here but what the stack registered.
    """

    def __init__(self, build: Callable[[str], Run], quick: Callable[[str], Run]) -> None:
        """Takes what builds a stack; `quick`: silently and without a preview, or `MissingReference` if it needs one."""
        self._build = build
        self._quick = quick
        self._begun: dict[str, Forked[Run]] = {}
        self._ended: dict[str, Run | Exception] = {}

    def begin(self, stack: str) -> None:
        """Begins to build a stack; where processes cannot be copied, it is built when it is asked for."""
        if CAN_FORK and stack not in self._begun and stack not in self._ended:
            self._begun[stack] = Forked(lambda: self._quick(stack))

    def await_begun(self) -> None:
        """Waits for what was begun; what went wrong is raised where the stack is asked for."""
        for stack, copy in list(self._begun.items()):
            del self._begun[stack]
            try:
                self._ended[stack] = self._answered(stack, copy)
            except Exception as error:  # noqa: BLE001 - kept for whoever asks
                self._ended[stack] = error

    def __call__(self, stack: str) -> Run:
        """Returns what a stack registered.

        Raises:
            InputError: its settings are wrong.
        """
        self.await_begun()
        if stack not in self._ended:
            self._ended[stack] = self._build(stack)
        ended = self._ended[stack]
        if isinstance(ended, Exception):
            raise ended
        return ended

    def _answered(self, stack: str, copy: Forked[Run]) -> Run:
        try:
            return copy.answer()
        except MissingReference:  # only a preview tells in time which other stacks have to be there
            return self._build(stack)

    def close(self) -> None:
        """Ends what nobody asked for."""
        for copy in self._begun.values():
            copy.end()
        self._begun.clear()
