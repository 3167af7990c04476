"""Two builds of one project at the same moment: both end well, and the site is that of one build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.projects import SITE, Sandbox, example, own_binary

pytestmark = pytest.mark.thorough

ROUNDS = 50 if os.environ.get("OTASITE_SOAK") == "1" else 3


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def edit(sandbox: Sandbox, round_: int) -> None:
    """Files come, go and change: a release, a binary, and every page with the site's name."""
    sandbox.release("4.0", str(round_), date="2026-05-04")
    (sandbox.root / f"content/apps/notes/releases/4.0-{round_ - 1}.yaml").unlink(missing_ok=True)
    own_binary(sandbox, seed=round_, filler=2_000)
    sandbox.write("content/site.yaml", SITE.replace("Test Apps", f"Test Apps {round_}"))


def test_two_builds_at_once_end_as_one(sandbox: Sandbox, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.publish.builder", str(sandbox.root)]
    with ExitStack() as stack:
        builders = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
            )
            for _ in range(2)
        ]
        written = []
        for round_ in range(1, ROUNDS + 1):
            edit(sandbox, round_)
            written.append(build_at_once(builders))
    assert all(sorted(counts)[0] == 0 < sorted(counts)[1] for counts in written), "the second finds all done"
    sandbox.build(out=tmp_path / "clean", cache=False)
    assert sandbox.files() == sandbox.files(tmp_path / "clean")
    assert list(sandbox.root.glob(".dist.otasite-*")) == []


def build_at_once(builders: list[subprocess.Popen[str]]) -> list[int]:
    """Let all build; gives how many files each wrote."""
    for builder in builders:
        assert builder.stdin is not None
        print(file=builder.stdin, flush=True)
    counts = []
    for builder in builders:
        assert builder.stdout is not None
        said = json.loads(builder.stdout.readline())
        assert not said["error"], said["error"]
        counts.append(said["written"])
    return counts
