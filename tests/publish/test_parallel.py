"""Several workers make what one makes, and tell how far they are."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from otasite.problems import OtasiteError, ProblemsFound
from otasite.progress import Advance
from otasite.publish.checking import check
from otasite.publish.engine import build
from otasite.publish.parallel import spread
from tests.projects import APP, Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


@pytest.mark.slow
def test_several_workers_share_the_apps(sandbox: Sandbox) -> None:
    for app in range(8):
        sandbox.write(f"content/apps/app{app}/app.yaml", APP)
        for number in range(30):
            sandbox.release("1.0", str(number), app=f"app{app}")
    sandbox.build(workers=3)
    parallel = sandbox.files()
    sandbox.build(workers=1, out=sandbox.root / "alone", cache=False)
    assert sandbox.files(sandbox.root / "alone") == parallel


@pytest.mark.slow
def test_workers_that_are_started_anew_make_the_same(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows, where processes cannot be forked safely."""
    for app in range(8):
        sandbox.write(f"content/apps/app{app}/app.yaml", APP)
        for number in range(30):
            sandbox.release("1.0", str(number), app=f"app{app}")
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
