"""One site of samples for all tests of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.themes.store.pages import write_site
from tests.themes.store.samples import samples
from tests.web.server import Server
from tests.web.visit import Contexts, Visit, Visits


@pytest.fixture(scope="session")
def store_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("store"), samples())


@pytest.fixture(scope="session")
def store(store_site: Path) -> Iterator[str]:
    """The address of the sample site, under the strict policy."""
    server = Server(store_site)
    yield server.url
    server.close()


@pytest.fixture
def visit(contexts: Contexts) -> Iterator[Callable[..., Visit]]:
    """Open pages in contexts that other tests use, too: the theme keeps nothing but what belongs to an origin."""
    visits = Visits(contexts, shared=True)
    yield visits.open
    visits.close()
