"""Progress: for a person at a terminal who waits longer than a second, and for nobody else."""

from __future__ import annotations

import threading

import pytest

from otasite.cli import progress
from otasite.cli.progress import waiting


class Over(threading.Event):
    """A wait that outlasts the patience, and is over as soon as somebody looks again."""

    def wait(self, timeout: float | None = None) -> bool:
        return timeout is None


def test_a_wait_of_unknown_length_says_what_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    progress._turn("Reading [the] catalogue\x1b", Over())
    told = capsys.readouterr()
    assert "Reading [the] catalogue\\x1b" in told.err
    assert told.out == ""


def test_a_short_wait_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ended = threading.Event()
    ended.set()
    progress._turn("Reading", ended)
    assert capsys.readouterr().err == ""


def test_a_wait_ends_with_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "is_interactive", lambda: True)
    before = threading.active_count()
    with pytest.raises(KeyError), waiting("Reading"):
        assert threading.active_count() == before + 1
        raise KeyError
    assert threading.active_count() == before


def test_without_a_terminal_nothing_turns() -> None:
    before = threading.active_count()
    with waiting("Reading"):
        assert threading.active_count() == before
