"""Previews for tests, stopped when the test ends."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otasite.catalogue.project import Project
from otasite.preview.running import Settings
from tests.preview.projects import Running, let_files_age, write_project


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled templates, and the knowledge that they are right: what a second start finds."""
    running = Running(write_project(tmp_path_factory.mktemp("warm") / "site"), Settings(port=0))
    running.get("ferry/")
    running.get("")
    running.stop()
    return running.project.state


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Project:
    project = write_project(tmp_path / "site")
    shutil.copytree(cache, project.state)
    let_files_age(project.root)
    return project


@pytest.fixture
def start(project: Project) -> Iterator[Callable[..., Running]]:
    """Start previews: ``start(base_path="/")``; the names are those of :class:`Settings`."""
    running: list[Running] = []

    def begin(*, wait: bool = True, **settings: object) -> Running:
        running.append(Running(project, Settings(**{"port": 0, **settings}), wait=wait))  # type: ignore[arg-type]
        return running[-1]

    yield begin
    for each in running:
        each.stop()


@pytest.fixture
def live(start: Callable[..., Running]) -> Running:
    return start()
