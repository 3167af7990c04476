"""Progress for people who wait: only on a terminal, and only when it takes longer than a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from otasite.cli.terminal import is_interactive, visible
from otasite.progress import Progress, no_progress

#: Seconds after which a bar appears.
PATIENCE = 1.0


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yield a function that takes how much is done, and of how much."""
    if not is_interactive():
        yield no_progress
        return
    bar = _Bar(title)
    try:
        yield bar.show
    finally:
        bar.stop()


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Show ``title`` with a turning mark while something goes on of which nobody knows how much it is."""
    if not is_interactive():
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_turn, args=(title, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _turn(title: str, ended: threading.Event) -> None:
    if ended.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(escape(visible(title))):
        ended.wait()


class _Bar:
    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._stop: Callable[[], None] = lambda: None
        self._update: Progress | None = None

    def show(self, done: int, total: int) -> None:
        if self._update is None:
            if time.monotonic() - self._started < PATIENCE:
                return
            self._start()
        assert self._update is not None
        self._update(done, total)

    def _start(self) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import Progress as Bar

        progress = Bar(console=Console(stderr=True), transient=True)
        task = progress.add_task(escape(visible(self._title)))
        progress.start()
        self._stop = progress.stop
        self._update = lambda done, total: progress.update(task, completed=done, total=total)

    def stop(self) -> None:
        self._stop()
