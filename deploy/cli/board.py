"""What a start or a stop looks like while it goes on."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from deploy.cli.parts_table import parts_table
from deploy.settings import Settings
from deploy.stack import assemble
from deploy.stack.progress import Progress as Report
from deploy.stack.state import StackState

_WORTH_A_WORD = 2.0
_USUAL = {"Kafka": "about 15 s, once", "Temporal": "about 4 min, once"}


class Board:
    """A table of the parts that is drawn again at every change; without a terminal, a line a change."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live = Live(console=out, refresh_per_second=8, transient=True) if out.is_terminal else None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, state: StackState) -> None:
        """Draw the state."""
        if self._live:
            self._live.update(parts_table(state, self._out.width))
            return
        for part in state.parts:
            if self._said.get(part.name) != part.state and part.state != "waiting":
                self._said[part.name] = part.state
                self._out.print(f"{part.name}: {part.state}", highlight=False)


def prepare(settings: Settings, out: Console) -> None:
    """Fetch and build what a first start needs, all at once, and show how far each is."""
    wanted = assemble.preparations(settings)
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}", style="dim"),
    )
    with (
        Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bars,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        jobs = [
            pool.submit(
                work, _reporter(bars, bars.add_task(name, total=1.0, words=_USUAL.get(name, "")), name, out)
            )
            for name, work in wanted.items()
        ]
        for job in jobs:
            job.result()


def _reporter(bars: Progress, task: TaskID, name: str, out: Console) -> Report:
    """Moves a bar; without a terminal, says a line every tenth of the way."""
    lock = threading.Lock()
    told = {"tenth": 0}
    began = time.monotonic()

    def report(done: float, words: str = "") -> None:
        shown = f"{words} ({_USUAL[name]})" if name in _USUAL and done < 1 else words
        bars.update(task, completed=done, words=shown)
        with lock:
            # What was built before passes in a moment and needs no words.
            slow = time.monotonic() - began > _WORTH_A_WORD
            if slow and not out.is_terminal and done < 1 and int(done * 10) > told["tenth"]:
                told["tenth"] = int(done * 10)
                out.print(f"{name}: {done:.0%} {shown}", highlight=False)

    return report
