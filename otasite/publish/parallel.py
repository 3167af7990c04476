"""Worker processes that take whole apps, one after the other, from a parent that hands them out.

Workers are forked where that is safe, so they have the loaded site and theme without any copying; elsewhere they are
started anew and load both for themselves. Only what they leave behind comes back, through a pipe. A worker that dies
is noticed at once and ends the run.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

import msgspec

from otasite.problems import OtasiteError
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
    raises (a mistake of the program as RuntimeError), and :class:`OtasiteError` when a worker dies or cannot start.
    """
    waiting = deque(tasks)
    workers = min(workers, len(waiting))
    if workers <= 1:
        for task in waiting:
            yield work(task, advance)
        return
    with _Team(work, remake, result_type) as team:
        yield from team.run(waiting, advance, workers)


class _Team(Generic[T, R]):
    """The workers of one run; none of them outlives the block."""

    def __init__(self, work: Work[T, R], remake: Callable[[], Work[T, R]], result_type: type[R]) -> None:
        self._work = work
        self._remake = remake
        self._decoder = msgspec.msgpack.Decoder(result_type)
        self._processes: dict[Connection, BaseProcess] = {}

    def _start(self) -> Connection:
        """A new worker, by the connection to it."""
        try:
            ours, theirs = multiprocessing.Pipe()
            assert isinstance(ours, Connection)
            assert isinstance(theirs, Connection)
            self._processes[ours] = self._fork(ours, theirs) if can_fork() else self._spawn(theirs)
        except OSError as error:
            why = error.strerror or str(error)
            raise OtasiteError(
                f"a worker process cannot be started ({why}); nothing was changed, build with fewer workers"
            ) from error
        theirs.close()
        return ours

    def _fork(self, ours: Connection, theirs: Connection) -> BaseProcess:
        if sys.platform == "win32":
            raise NotImplementedError("can_fork() says no there")
        inherited = (*self._processes, ours)
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(theirs, inherited, lambda: self._work), daemon=True
        )
        gc.freeze()
        try:
            process.start()
        finally:
            gc.unfreeze()
        return process

    def _spawn(self, theirs: Connection) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, (), self._remake), daemon=True
        )
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

    def run(self, waiting: deque[T], advance: Advance, size: int) -> Iterator[R]:
        """Let ``size`` workers, no more than there are tasks, do what waits."""
        busy: set[Connection] = set()
        for _ in range(size):
            connection = self._start()
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
                    raise pickle.loads(memoryview(answer)[1:])  # noqa: S301 (our own worker wrote it)
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


def _packed(error: Exception) -> bytes:
    """An error on its way from a worker to its parent.

    What nobody foresaw may be of a class that does not survive that: it is told in words, with its traceback.
    """
    if not isinstance(error, OtasiteError | OSError | MemoryError):
        told = RuntimeError(f"{type(error).__name__}: {error}")
        told.add_note(f"in a worker process:\n{''.join(traceback.format_exception(error))}")
        error = told
    return pickle.dumps(error)


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
        except Exception as error:
            answer = _FAILED + _packed(error)
        try:
            connection.send_bytes(answer)
        except OSError:
            return
