"""One site of samples for all tests of the theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.theme.pages import write_site
from tests.web.server import Server


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def site_server(sample_site: Path) -> Iterator[Server]:
    server = Server(sample_site)
    yield server
    server.close()
