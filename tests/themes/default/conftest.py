"""One site of samples for all tests of the theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otasite.site.views import ReleaseView
from tests.themes.default.pages import write_site
from tests.themes.default.samples import app_page
from tests.web.server import Server
from tests.web.visit import Contexts, Visit, Visits


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def site_server(sample_site: Path) -> Iterator[Server]:
    server = Server(sample_site)
    yield server
    server.close()


@pytest.fixture
def visit(contexts: Contexts) -> Iterator[Callable[..., Visit]]:
    """Open pages in contexts that other tests use, too: the theme keeps nothing but what belongs to an origin."""
    visits = Visits(contexts, shared=True)
    yield visits.open
    visits.close()


@pytest.fixture
def visit_release(tmp_path: Path, serve: Callable[..., Server], visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """Opens the page of the sample app with this as its newest release."""

    def opened(newest: ReleaseView, **how: Any) -> Visit:
        write_site(tmp_path, {"driver/index.html": app_page(release=newest)})
        return visit(serve(tmp_path).url + "driver/index.html", **how)

    return opened
