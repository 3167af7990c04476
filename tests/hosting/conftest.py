"""Fixtures of the hosting tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.hosting.authority import Authority
from tests.hosting.chats import Chat
from tests.hosting.live_site import LiveSite
from tests.hosting.stores import Store


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


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Made-up credentials, and none of the machine's own."""
    for name, text in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, text)


@pytest.fixture
def store(moto: str, credentials: None) -> Store:
    """An empty bucket."""
    httpx.post(f"{moto}/moto-api/reset")
    return Store(moto)


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.close()
