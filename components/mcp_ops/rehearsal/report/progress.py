"""Progress while a rehearsal works: a bar on a terminal, a line per phase elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.record import Registration


class ProgressBar:
    """A listener that shows each phase as a bar; use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=console, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Starts to draw, on a terminal."""
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the bar away."""
        self.stop()

    def stop(self) -> None:
        """Takes the bar away; harmless when it is gone already."""
        if self._console.is_terminal:
            self._bar.stop()

    def phase(self, name: str, total: int | None) -> None:
        """Begins a bar; on anything but a terminal, prints the phase."""
        if not self._console.is_terminal:
            self._console.print(f"{name} ...", highlight=False, markup=False)
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=total)

    def registered(self, item: Registration) -> None:
        """Moves the bar on."""
        if self._task is not None and item.fidelity != "skipped":
            self._bar.advance(self._task)

    def drilled(self, outcome: Outcome) -> None:
        """Moves the bar on, and says how a drill ended."""
        if not self._console.is_terminal:
            self._console.print(
                f"drill {outcome.name}: {'passed' if outcome.passed else 'failed'} in {outcome.seconds:.1f} s",
                highlight=False,
            )
        if self._task is not None:
            self._bar.advance(self._task)
