"""Fixtures of the hosting tests."""

from __future__ import annotations

import pytest

from tests.hosting.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One certificate authority for the whole run."""
    return Authority(tmp_path_factory.mktemp("authority"))
