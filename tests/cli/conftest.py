"""Fixtures for tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.adding import SITE
from tests.projects import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A project that has its site.yaml and no app yet."""
    sandbox = Sandbox(tmp_path / "project")
    sandbox.write("content/site.yaml", SITE)
    return sandbox
