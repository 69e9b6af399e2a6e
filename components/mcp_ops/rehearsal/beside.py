"""Other stacks of the project, built next to the rehearsed one."""

from collections.abc import Callable

from mcp_ops.rehearsal.forked import CAN_FORK, Forked
from mcp_ops.rehearsal.record import Run


class Beside:
    """Builds other stacks in the same simulated AWS, each once.

    What has been begun is built while the rehearsal goes on, by a copy of this process: it holds simulated AWS as it
    was deployed, uses another core, and leaves nothing behind here but what the stack registered.
    """

    def __init__(self, build: Callable[[str], Run], silence: Callable[[], None]) -> None:
        """Takes what builds a stack, and what keeps that from telling how it goes."""
        self._build = build
        self._silence = silence
        self._begun: dict[str, Forked[Run]] = {}
        self._ended: dict[str, Run | Exception] = {}

    def begin(self, stack: str) -> None:
        """Begins to build a stack; where processes cannot be copied, it is built when it is asked for."""
        if CAN_FORK and stack not in self._begun and stack not in self._ended:
            self._begun[stack] = Forked(lambda: self._silently(stack))

    def await_begun(self) -> None:
        """Waits for what was begun; what went wrong is raised where the stack is asked for."""
        for stack, copy in list(self._begun.items()):
            try:
                self._ended[stack] = copy.answer()
            except Exception as error:  # noqa: BLE001 - kept for whoever asks
                self._ended[stack] = error
            del self._begun[stack]

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

    def close(self) -> None:
        """Ends what nobody asked for."""
        for copy in self._begun.values():
            copy.end()
        self._begun.clear()

    def _silently(self, stack: str) -> Run:
        self._silence()
        return self._build(stack)
