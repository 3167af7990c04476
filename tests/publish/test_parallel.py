"""Several workers make what one makes, and tell how far they are."""

from __future__ import annotations

import datetime as dt
import errno
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from otasite.problems import Location, OtasiteError, Problem, ProblemsFound, Refused
from otasite.progress import Advance
from otasite.publish.checking import check
from otasite.publish.engine import build
from otasite.publish.parallel import Work, spread
from tests.projects import APP, Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers for however few releases."""
    monkeypatch.setattr("otasite.publish.making.FILES_WORTH_WORKERS", 2)


def add_apps(sandbox: Sandbox) -> None:
    for app in range(8):
        sandbox.write(f"content/apps/app{app}/app.yaml", APP)
        for number in range(2):
            sandbox.release("1.0", str(number), app=f"app{app}")


@pytest.mark.usefixtures("eager")
def test_several_workers_share_the_apps(sandbox: Sandbox) -> None:
    add_apps(sandbox)
    sandbox.build(workers=3)
    parallel = sandbox.files()
    sandbox.build(workers=1, out=sandbox.root / "alone", cache=False)
    assert sandbox.files(sandbox.root / "alone") == parallel


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_workers_that_are_started_anew_make_the_same(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows, where processes cannot be forked safely."""
    add_apps(sandbox)
    sandbox.build(workers=1)
    alone = sandbox.files()
    monkeypatch.setattr("otasite.publish.making.can_fork", lambda: False)
    monkeypatch.setattr("otasite.publish.parallel.can_fork", lambda: False)
    elsewhere = sandbox.root / "elsewhere"
    report = build(sandbox.open(workers=2, cache=False), out=elsewhere)
    assert report.apps == 9
    assert sandbox.files(elsewhere) == alone
    checked = check(sandbox.open(workers=2, cache=False), expiring=dt.timedelta(days=1))
    assert [problem.code for problem in checked.problems] == []
    sandbox.write("content/apps/app1/releases/wrong.yaml", "version: 1\nbild: 2\n")
    with pytest.raises(ProblemsFound) as found:
        build(sandbox.open(workers=2), out=elsewhere)
    assert {problem.location.path for problem in found.value.problems if problem.location} == {
        "content/apps/app1/releases/wrong.yaml"
    }
    assert sandbox.files(elsewhere) == alone


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_told_while_a_large_app_is_made(sandbox: Sandbox, workers: int) -> None:
    sandbox.write("content/apps/more.yaml", "name: More\n")
    for number in range(300):
        sandbox.release("2.0", str(1000 + number))
    told: list[tuple[int, int]] = []
    build(sandbox.open(workers=workers), progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert {total for _, total in told} == {told[-1][0]}  # known from the beginning, and reached
    assert len(told) > 4, "an app of 900 files tells more than that it is done"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_work_tells_is_heard_before_its_result(workers: int) -> None:
    heard: list[int] = []

    def work(task: int, advance: Advance) -> int:
        advance(task)
        return task * task

    for result in spread([1, 2, 3], work, lambda: work, int, heard.append, workers=workers):
        assert int(result**0.5) in heard
    assert sorted(heard) == [1, 2, 3]


def test_a_worker_whose_parent_left_ends_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    """The parent stops at the first failure, as at Ctrl-C, while the other worker still has much to tell."""

    def work(task: int, advance: Advance) -> int:
        if task == 1:
            raise OtasiteError("one is wrong")
        while True:
            advance(os.getpid())

    with pytest.raises(OtasiteError, match="one is wrong"):
        list(spread([1, 2], work, lambda: work, int, lambda more: None, workers=2))
    assert capfd.readouterr().err == ""


def refused(task: int, advance: Advance) -> int:
    raise Refused("not like this", "but like that")


def wrong(task: int, advance: Advance) -> int:
    raise ProblemsFound([Problem(code="bad-value", message="wrong", location=Location("a.yaml", task))])


def unreadable(task: int, advance: Advance) -> int:
    raise PermissionError(errno.EACCES, "Permission denied", "content/apps")


def remake_wrong() -> Work[int, int]:
    return wrong


def remake_refused() -> Work[int, int]:
    return refused


def remake_unreadable() -> Work[int, int]:
    return unreadable


def remake_broken() -> Work[int, int]:
    raise ZeroDivisionError("quite unforeseen")


@pytest.fixture(params=[pytest.param(True, id="forked"), pytest.param(False, id="spawned", marks=pytest.mark.slow)])
def can_fork(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("otasite.publish.parallel.can_fork", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize("remake", [remake_refused, remake_wrong, remake_unreadable])
def test_an_error_in_a_worker_is_the_one_that_a_single_process_raises(
    remake: Callable[[], Work[int, int]], can_fork: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    told = []
    for workers in (1, 2):
        with pytest.raises((OtasiteError, OSError)) as raised:
            list(spread([1, 1], remake(), remake, int, lambda more: None, workers=workers))
        error = raised.value
        told.append((type(error), str(error), getattr(error, "hint", ""), getattr(error, "problems", ())))
    assert told[0] == told[1]
    assert capfd.readouterr().err == ""


def test_what_nobody_foresaw_in_a_worker_is_told_with_its_place(
    can_fork: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    def work(task: int, advance: Advance) -> int:
        return remake_broken()(task, advance)

    with pytest.raises(RuntimeError, match="ZeroDivisionError: quite unforeseen") as raised:
        list(spread([1, 2], work, remake_broken, int, lambda more: None, workers=2))
    assert "in remake_broken" in raised.value.__notes__[0]
    assert capfd.readouterr().err == ""


def test_workers_that_cannot_start_end_the_run_and_leave_none_behind(
    can_fork: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[BaseProcess] = []
    begin = BaseProcess.start

    def start(process: BaseProcess) -> None:
        if started:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        begin(process)
        started.append(process)

    monkeypatch.setattr(BaseProcess, "start", start)
    with pytest.raises(OtasiteError, match=r"cannot be started \(Resource temporarily unavailable\)"):
        list(spread([1, 2], wrong, remake_wrong, int, lambda more: None, workers=2))
    assert [process.is_alive() for process in started] == [False]
