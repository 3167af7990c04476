"""Worker processes that take whole apps, one after the other, from a parent that hands them out.

Workers are forked where that is safe, so they have the loaded site and theme without any copying; elsewhere they are
started anew and load both for themselves. Only what they leave behind comes back, through a pipe. A worker that dies
is noticed at once and ends the run.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

import msgspec

from otasite.problems import OtasiteError, Problem, ProblemsFound
from otasite.progress import Advance

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[T, Advance], R]

#: First byte of what a worker sends: how much more is done, or what came of its task.
_MORE, _DONE, _FAILED = b".", b"+", b"-"


class _Failure(msgspec.Struct):
    """An expected error, on its way from a worker to its parent."""

    message: str
    problems: tuple[Problem, ...] = ()


def processors() -> int:
    """Processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Whether workers may be copies of this process.

    Windows cannot; on macOS a copy of a process whose system libraries run threads may crash (docs.python.org,
    multiprocessing, “Contexts and start methods”).
    """
    return sys.platform not in ("win32", "darwin")


def spread(
    tasks: Iterable[T],
    work: Work[T, R],
    remake: Callable[[], Work[T, R]],
    result_type: type[R],
    advance: Advance,
    *,
    workers: int,
) -> Iterator[R]:
    """Yield ``work(task, advance)`` for every task, in the order in which they are done.

    What the work tells is told here, also from another process. With one worker everything happens here. Where
    processes cannot be forked, workers get their work from ``remake``, which must be picklable. Raises what the work
    raises, and :class:`OtasiteError` when a worker dies.
    """
    waiting = deque(tasks)
    workers = min(workers, len(waiting))
    if workers <= 1:
        for task in waiting:
            yield work(task, advance)
        return
    with _Team(work, remake, result_type, workers) as team:
        yield from team.run(waiting, advance)


class _Team(Generic[T, R]):
    def __init__(self, work: Work[T, R], remake: Callable[[], Work[T, R]], result_type: type[R], size: int) -> None:
        self._decoder = msgspec.msgpack.Decoder(result_type)
        self._processes: dict[Connection, BaseProcess] = {}
        start = self._fork if can_fork() else self._spawn
        for _ in range(size):
            ours, theirs = multiprocessing.Pipe()
            assert isinstance(ours, Connection)
            assert isinstance(theirs, Connection)
            self._processes[ours] = start(ours, theirs, work, remake)
            theirs.close()

    def _fork(
        self, ours: Connection, theirs: Connection, work: Work[T, R], remake: Callable[[], Work[T, R]]
    ) -> BaseProcess:
        if sys.platform == "win32":
            raise NotImplementedError("can_fork() says no there")
        inherited = (*self._processes, ours)
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(theirs, inherited, lambda: work), daemon=True
        )
        gc.freeze()
        process.start()
        gc.unfreeze()
        return process

    def _spawn(
        self, ours: Connection, theirs: Connection, work: Work[T, R], remake: Callable[[], Work[T, R]]
    ) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, (), remake), daemon=True)
        with _deaf_to_interrupts():
            process.start()
        return process

    def __enter__(self) -> _Team[T, R]:
        return self

    def __exit__(self, *_: object) -> None:
        for connection, process in self._processes.items():
            connection.close()
            process.terminate()
        for process in self._processes.values():
            process.join()

    def run(self, waiting: deque[T], advance: Advance) -> Iterator[R]:
        busy: set[Connection] = set()
        for connection in self._processes:
            if waiting:
                self._hand_out(connection, waiting.popleft())
                busy.add(connection)
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                try:
                    answer = ready.recv_bytes()
                except (EOFError, OSError) as error:
                    raise self._died(ready) from error
                if answer[:1] == _MORE:
                    advance(msgspec.msgpack.decode(answer[1:], type=int))
                    continue
                if answer[:1] == _FAILED:
                    raise _raised(msgspec.msgpack.decode(answer[1:], type=_Failure))
                result = self._decoder.decode(memoryview(answer)[1:])
                if waiting:
                    self._hand_out(ready, waiting.popleft())
                else:
                    busy.discard(ready)
                yield result

    def _hand_out(self, connection: Connection, task: T) -> None:
        try:
            connection.send(task)
        except OSError as error:
            raise self._died(connection) from error

    def _died(self, connection: Connection) -> OtasiteError:
        process = self._processes[connection]
        process.join(1)
        code = process.exitcode
        why = f"by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"with code {code}"
        return OtasiteError(f"a worker process was ended {why}; nothing was changed, build again")


def _raised(failure: _Failure) -> OtasiteError:
    return ProblemsFound(failure.problems) if failure.problems else OtasiteError(failure.message)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that ignore Ctrl-C from their first moment: the parent decides what it means."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(connection: Connection, inherited: Iterable[Connection], remake: Callable[[], Work[T, R]]) -> None:
    """A worker's life: take a task, do it, send what came of it; ends when the parent closes the pipe or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    gc.disable()  # a short life full of long-lived objects: collecting finds nothing
    encode = msgspec.msgpack.Encoder().encode
    work: Work[T, R] | None = None

    def advance(more: int) -> None:
        try:
            connection.send_bytes(_MORE + encode(more))
        except OSError:  # nobody waits for the rest any more
            sys.exit(1)

    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        try:
            work = work or remake()
            answer = _DONE + encode(work(task, advance))
        except ProblemsFound as error:
            answer = _FAILED + encode(_Failure(str(error), error.problems))
        except OtasiteError as error:
            answer = _FAILED + encode(_Failure(str(error)))
        try:
            connection.send_bytes(answer)
        except OSError:
            return
