"""The memory between runs: values by kind and name, in sealed files that may be deleted at any time.

Whoever can write the folder (a cache that CI restores, a project somebody unpacked) must not be able to change what
pages say, so every file carries a keyed hash (BLAKE2b) of its place and its content. The key does not travel with the
folder: it is in the user's own state folder, or in ``OTASITE_CACHE_KEY`` where machines are to share a memory. A file
that is damaged, from another version, or sealed with another key is the same as none. Values are msgpack, so nothing
in here is ever executed.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from otasite import __version__
from otasite.user_folders import state_folder

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
#: Changes whenever the meaning of what is stored does; the version of otasite is part of it anyway.
FORMAT = f"otasite {__version__} memory 2\n".encode()
KEY_SETTING = "OTASITE_CACHE_KEY"
_KEY_FILE = "cache.key"
_KEY_BYTES = 32
_SEAL_BYTES = 32
#: Libraries whose version shows in the bytes of a site, by their names on PyPI in the form of folder names.
_SHOWN = frozenset(
    {
        "babel",
        "jinja2",
        "markdown",
        "markupsafe",
        "nh3",
        "pillow",
        "pymdown_extensions",
        "rcssmin",
        "rjsmin",
        "zxing_cpp",
    }
)
_METADATA = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+).*\.(dist|egg)-info")


class Memory:
    """What earlier runs of one project found out.

    Several processes may use one at the same time: a file appears whole or not at all. Without a folder nothing is
    stored; one that is not to ``recall`` only stores for later runs. Never raises:
    what cannot be read or written only costs time, and is told by :func:`notes_on`.
    """

    def __init__(self, folder: Path | None, key: bytes = b"", *, recall: bool = True) -> None:
        self.folder = folder
        self._recall = recall
        self._key = blake2b("\n".join(libraries()).encode(), digest_size=32, key=key).digest()
        self._unusable: list[str] = []
        self._unwritable = ""

    def get(self, kind: str, name: str, type_: type[T]) -> T | None:
        """What was stored of this kind under this name, or ``None``."""
        if self.folder is None or not self._recall:
            return None
        try:
            data = (self.folder / kind / _file_name(name)).read_bytes()
        except OSError:
            return None
        start = len(FORMAT) + _SEAL_BYTES
        body = memoryview(data)[start:]
        if data.startswith(FORMAT) and hmac.compare_digest(data[len(FORMAT) : start], self._seal(kind, name, body)):
            with contextlib.suppress(msgspec.DecodeError, ValueError):
                return msgspec.msgpack.decode(body, type=type_)
        self._unusable.append(f"{kind}/{_file_name(name)}")
        return None

    def put(self, kind: str, name: str, value: object, *, at_most: int = 0) -> None:
        """Store a value; of a kind whose names are digests keep ``at_most`` so many, the newest ones."""
        if self.folder is None:
            return
        try:
            body = msgspec.msgpack.encode(value)
        except UnicodeEncodeError:  # of a path that is no UTF-8: what is wrong with it is said where it is used
            return
        folder = self.folder / kind
        try:
            if at_most:
                _make_room(folder, at_most)
            write_whole(folder / _file_name(name), FORMAT + self._seal(kind, name, body) + body)
        except OSError as error:
            self._unwritable = error.strerror or str(error)

    def forget(self, kind: str, name: str) -> None:
        if self.folder is not None:
            (self.folder / kind / _file_name(name)).unlink(missing_ok=True)

    def _seal(self, kind: str, name: str, body: bytes | memoryview) -> bytes:
        seal = blake2b(f"{kind}\0{name}\0".encode(), digest_size=_SEAL_BYTES, key=self._key)
        seal.update(body)
        return seal.digest()

    def take_unusable(self) -> tuple[str, ...]:
        """The files that could not be used since this was last asked: a worker's are told by its parent."""
        unusable = tuple(self._unusable)
        self._unusable.clear()
        return unusable

    @property
    def unwritable(self) -> str:
        """Why nothing can be stored; "" while everything could."""
        return self._unwritable


class Results(Generic[K, V]):
    """Results of one kind of work by what they were made from, each made once."""

    def __init__(self, recall: Callable[[], Mapping[K, V]] = dict) -> None:
        self._recall = recall
        self.used: dict[K, V] = {}
        self.made = 0
        #: Whether something was made that is not stored yet.
        self.has_news = False
        self._wanted: set[K] = set()

    @cached_property
    def remembered(self) -> Mapping[K, V]:
        """What earlier runs made; read when the first result is asked for."""
        return self._recall()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The result for ``key``: remembered, or made now."""
        value = self.used.get(key)
        if value is None:
            value = self.remembered.get(key)
            if value is None:
                self.made += 1
                self.has_news = True
                value = make()
            self.used[key] = value
        return value

    def want(self, key: K) -> None:
        """Keep what is remembered for ``key``, though this run may not ask for it."""
        self._wanted.add(key)

    @property
    def recalled(self) -> int:
        """How many results of those used were remembered."""
        return len(self.used) - self.made

    @property
    def has_changed(self) -> bool:
        """Whether the next run should remember something else than this one did."""
        return self.has_news or (self.used.keys() | (self._wanted & self.remembered.keys())) != self.remembered.keys()

    def kept(self) -> dict[K, V]:
        """What is worth keeping for the next run: all that was used or wanted."""
        wanted = {key: self.remembered[key] for key in self._wanted if key in self.remembered}
        return {**wanted, **self.used}

    def known(self) -> dict[K, V]:
        """Everything there is, also what this run had no use for."""
        return {**self.remembered, **self.used}


def notes_on(memory: Memory, unusable: tuple[str, ...]) -> Iterator[str]:
    """What to tell people about a memory, one line each; ``unusable`` are files that it could not use."""
    if unusable:
        names = sorted(set(unusable))
        others = len(names) - 1
        more = f" and {others:,} more {'file' if others == 1 else 'files'}" if others else ""
        yield f".otasite: {names[0]}{more}: damaged, or made by another version or with another key; made anew"
    if memory.unwritable:
        yield f".otasite cannot be written ({memory.unwritable}): the next run will have to do all of this again"


def _file_name(name: str) -> str:
    """Names are slugs of apps, digests, or ``.`` for the site itself."""
    return f"{'@site' if name == '.' else name}.msgpack"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; its folder is made. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _make_room(folder: Path, at_most: int) -> None:
    """Drop the older half once a folder is full: editing a theme leaves an entry for each version."""
    names = os.listdir(folder) if folder.is_dir() else []
    if len(names) < at_most:
        return
    by_age = sorted((folder / name for name in names), key=_age)
    for path in by_age[: len(by_age) // 2]:
        path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process was quicker to remove it
        return 0.0


# --- the key ----------------------------------------------------------------------------------------------------


def seal_key(environment: Mapping[str, str] = os.environ) -> bytes:
    """The key of this user's memories: 32 bytes.

    ``OTASITE_CACHE_KEY`` stands in for it where several machines share one folder. Where the state folder cannot be
    used, it is made for this run only, and the next run remembers nothing.
    """
    setting = environment.get(KEY_SETTING, "")
    if setting:
        return blake2b(setting.encode(), digest_size=_KEY_BYTES, person=b"otasite cache").digest()
    try:
        path = state_folder(environment) / _KEY_FILE
        return _stored_key(path) or _new_key(path)
    except (OSError, RuntimeError):
        return secrets.token_bytes(_KEY_BYTES)


def _stored_key(path: Path) -> bytes | None:
    """The key in a file, unless others could have read or written it."""
    try:
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                return None
            key = file.read(_KEY_BYTES + 1)
    except FileNotFoundError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _new_key(path: Path) -> bytes:
    """Make a key that nobody else can read. Of two runs that make one at once, both use that of the later."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, secrets.token_bytes(_KEY_BYTES))  # the temporary file has mode 0600, and keeps it
    return _stored_key(path) or secrets.token_bytes(_KEY_BYTES)


# --- libraries --------------------------------------------------------------------------------------------------


def libraries() -> list[str]:
    """What makes a site's bytes: versions (``jinja2-3.1.6``) as Python would import them, and otasite's own code.

    Read from the names of folders: asking importlib.metadata costs more than a whole unchanged build. Of one library
    in several folders of the search path, the first counts.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in sorted(names):
            match = _METADATA.fullmatch(name)
            if match is not None:
                library = match["name"].lower().replace(".", "_")
                if library in _SHOWN:
                    found.setdefault(library, match["version"])
    return [*sorted(f"{library}-{version}" for library, version in found.items()), f"otasite-{own_code()}"]


@cache
def own_code() -> str:
    """Stands for otasite's own code: one version has many states where it is installed from a repository.

    That is what the installer recorded of it, and in a checkout size and time of every module.
    """
    package = Path(__file__).parent
    state = [line for file in package.parent.glob("otasite-*.dist-info/RECORD") for line in _recorded(file)]
    if not state:
        state = [f"{entry.path} {entry.stat().st_size} {entry.stat().st_mtime_ns}" for entry in _modules(package)]
    return blake2b("\n".join(sorted(state)).encode(), digest_size=8).hexdigest()


def _modules(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _modules(entry.path)
            elif entry.name.endswith(".py"):
                yield entry


def _recorded(file: Path) -> list[str]:
    """What a RECORD says of the files of this package: their names with a digest of each."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("otasite/") and ",sha256=" in line]
