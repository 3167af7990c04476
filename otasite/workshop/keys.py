"""Where the key of an F-Droid repository comes from: the environment, or a file of the user in no project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from otasite.hosts.repository_key import RepositoryKey, read_key
from otasite.user_folders import config_folder

#: The variable that holds the key itself (PEM), or the path of its file.
FDROID_KEY = "OTASITE_FDROID_KEY"
#: Bytes of a key's file; one of 16,384 bits has some 16,000.
_MOST_BYTES = 64 * 2**10


def default_key_file(environment: Mapping[str, str]) -> Path:
    """Where ``otasite key new fdroid`` writes. Raises ``RuntimeError`` for a user without a home."""
    return config_folder(environment) / "fdroid.pem"


def repository_key(environment: Mapping[str, str]) -> RepositoryKey | None:
    """The key to sign with, or None. Raises ``ValueError`` for one that cannot be used."""
    said = environment.get(FDROID_KEY, "").strip()
    if said.startswith("-----BEGIN"):
        return read_key(said.replace("\\n", "\n").encode())
    if said:
        return read_key(_text_of(Path(said)))
    try:
        file = default_key_file(environment)
    except RuntimeError:
        return None
    return read_key(_text_of(file)) if file.is_file() else None


def _text_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES)
    except OSError as error:
        raise ValueError(f"its file cannot be read: {error.strerror or type(error).__name__}") from None
