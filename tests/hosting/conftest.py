"""Fixtures of the hosting tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosting.authority import Authority
from tests.hosting.live_site import LiveSite


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One certificate authority for the whole run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def _live(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[LiveSite]:
    site = LiveSite(tmp_path_factory.mktemp("live"), authority)
    yield site
    site.close()


@pytest.fixture
def live(_live: LiveSite) -> Iterator[LiveSite]:
    """A good deployment of a really built site, good again after the test."""
    _live.reset()
    yield _live
    _live.reset()


@pytest.fixture
def authority_root(authority: Authority) -> Path:
    """The PEM file of the test authority's root."""
    return authority.root
