"""The output folder: refusing wrong ones, staging new files beside it, and putting them in place in a safe order.

This is the only code that writes to dist/. A run that stops at any moment leaves a complete site: files are renamed
into place one by one, what others name comes first, and nothing is deleted before all of that is done.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from otasite.catalogue.project import Project
from otasite.problems import OtasiteError, Refused
from otasite.site.artifacts import COMMIT_ORDER, Artifact, Kind
from otasite.workshop.unit_memory import Written

#: Seconds before a file that somebody has open is replaced, for as often as that is tried again.
PAUSES: tuple[float, ...] = (0.01, 0.1, 0.5) if sys.platform == "win32" else ()
#: Linux: share the blocks of one file with another (copy on write) where the file system can.
_FICLONE = 0x40049409


class Staged(msgspec.Struct, frozen=True, array_like=True):
    """A file that waits in the staging folder for its place at ``path``."""

    path: str
    kind: Kind


class Output:
    """One output folder and the staging folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_new = not folder.exists()
        self.stage = folder
        self._made: set[str] = set()
        self._confined: dict[str, bool] = {}

    # --- staging ------------------------------------------------------------------------------------------

    def open_stage(self) -> None:
        """Make the staging folder: on the same file system, so that files can be renamed into place."""
        parent = self.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        self.remove_old_stages()
        if not self.is_new and self.folder.stat().st_dev != parent.stat().st_dev:
            parent = self.folder
        self.stage = Path(tempfile.mkdtemp(prefix=self._stage_prefix, dir=parent))
        self.stage.chmod(0o755)

    @property
    def _stage_prefix(self) -> str:
        return f".{self.folder.name}.otasite-"

    def remove_old_stages(self) -> None:
        """Clear what killed builds left."""
        for parent in (self.folder.parent, self.folder):
            for old in parent.glob(f"{self._stage_prefix}*"):
                shutil.rmtree(old, ignore_errors=True)

    def close_stage(self) -> None:
        if self.stage != self.folder:
            shutil.rmtree(self.stage, ignore_errors=True)

    def put(self, artifact: Artifact, fingerprint: bytes) -> tuple[Written, bool]:
        """Make an artifact's file in the staging folder, unless dist/ has the very same bytes already.

        Returns how the file will be, and whether it is staged. Raises :class:`OtasiteError` when the disk is full.
        """
        target = f"{self.stage}/{artifact.path}"
        try:
            if artifact.copy is not None:
                self._make_folder(target)
                copy_file(artifact.copy, Path(target))
                return _written(target, fingerprint), True
            assert artifact.render is not None
            data = artifact.render()
            present = f"{self.folder}/{artifact.path}"
            if not self.is_new and same_bytes(present, data):
                return _written(present, fingerprint), False
            self._make_folder(target)
            status = write_file(target, data)
        except OSError as error:
            raise disk_trouble(error, artifact.path) from error
        return Written(fingerprint, status.st_size, status.st_mtime_ns), True

    def is_confined(self, path: str) -> bool:
        """Whether a path lies in the output folder itself, and not behind a link that leads out of it."""
        parent = path.rpartition("/")[0]
        if not parent:
            return True
        if parent not in self._confined:
            self._confined[parent] = self.is_confined(parent) and self._stays_inside(f"{self.folder}/{parent}")
        return self._confined[parent]

    def _stays_inside(self, folder: str) -> bool:
        if not os.path.islink(folder):
            return True
        root = os.path.realpath(self.folder)
        return os.path.realpath(folder).startswith(root.rstrip(os.sep) + os.sep)

    def _make_folder(self, target: str) -> None:
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)

    # --- putting in place -----------------------------------------------------------------------------------

    def commit(self, staged: Iterable[Staged], owned: frozenset[str], complete: frozenset[str] = frozenset()) -> None:
        """Move staged files to their places: new ones first, then replacements, each kind after what it may name.

        So nothing that can be reached from the old site ever names a file that is not there yet. ``owned`` are the
        files that otasite wrote earlier: only they may give way to a folder, or a folder of them to a file.
        ``complete`` are those of the last build that was finished: what an interrupted one left besides may name
        files that never came, so it is replaced before anything can lead to it.
        """
        if self.is_new:
            try:
                self.stage.rename(self.folder)
            except OSError as error:
                raise disk_trouble(error, self.folder.name) from error
            self.stage = self.folder
            return
        rank = {kind: index for index, kind in enumerate(COMMIT_ORDER)}
        staged = tuple(staged)
        is_old = {item.path: os.path.exists(f"{self.folder}/{item.path}") for item in staged}
        order = sorted(
            staged,
            key=lambda item: (is_old[item.path], item.path in complete, rank[item.kind], item.path),
        )
        for item in order:
            target = f"{self.folder}/{item.path}"
            try:
                self._make_way(item.path, owned)
                if not self.is_confined(item.path):
                    raise Refused(
                        f"{target} lies behind a link that leads out of the output folder",
                        "remove the link, or choose another --out",
                    )
                os.makedirs(target.rpartition("/")[0], exist_ok=True)
                _put_in_place(f"{self.stage}/{item.path}", target)
            except OSError as error:
                raise disk_trouble(error, item.path) from error

    def respell(self, gone: frozenset[str], coming: frozenset[str]) -> frozenset[str]:
        """Rename what is only written in other letters now (``Logo.txt``, ``logo.txt``); gives what of ``gone`` goes.

        Disks of Macs and of Windows take both names for one: to delete the old one there would delete the new file.
        Elsewhere they are two files, and nothing is renamed.
        """
        new_names = {_folded(name): name for path in coming for name in _with_parents(path)} if gone else {}
        going = set(gone)
        for path in sorted(gone):
            for name in _with_parents(path):
                new = new_names.get(_folded(name), name)
                if new == name or not is_inside(name) or not self.is_confined(name):
                    continue
                old_place, new_place = f"{self.folder}/{name}", f"{self.folder}/{new}"
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samefile(old_place, new_place):
                        os.rename(old_place, new_place)
                        going -= {path} if name == path else set()
        return frozenset(going)

    def _make_way(self, path: str, owned: frozenset[str]) -> None:
        """Remove own files that stand where a folder must be, and own folders where a file must be."""
        parent = path.rpartition("/")[0]
        while parent:
            if parent in owned and os.path.isfile(f"{self.folder}/{parent}"):
                os.remove(f"{self.folder}/{parent}")
            parent = parent.rpartition("/")[0]
        if os.path.isdir(f"{self.folder}/{path}"):
            self.remove(other for other in owned if other.startswith(f"{path}/"))

    def remove(self, paths: Iterable[str]) -> int:
        """Delete files, pages before what they name, and folders left empty. Returns how many files there were.

        Nothing outside of the folder is touched, whatever the paths say.
        """
        count = 0
        folders = set()
        paths = [path for path in paths if is_inside(path) and self.is_confined(path)]
        for path in sorted(paths, key=lambda path: (not path.endswith(".html"), not path.endswith(".plist"), path)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                os.remove(f"{self.folder}/{path}")
                count += 1
            parent = path.rpartition("/")[0]
            while parent:
                folders.add(parent)
                parent = parent.rpartition("/")[0]
        for folder in sorted(folders, reverse=True):
            with contextlib.suppress(OSError):  # not empty: something else lives there
                os.rmdir(f"{self.folder}/{folder}")
        return count

    def holds(self, written: dict[str, Written]) -> bool:
        """Whether all these files are as they were written."""
        return all(self.is_as_written(path, file) for path, file in written.items())

    def is_as_written(self, path: str, file: Written) -> bool:
        try:
            status = os.stat(f"{self.folder}/{path}")
        except OSError:
            return False
        return status.st_size == file.size and status.st_mtime_ns == file.modified


class Nowhere:
    """Makes files and keeps none of them: for ``check``."""

    def put(self, artifact: Artifact, fingerprint: bytes) -> tuple[Written, bool]:
        if artifact.render is not None:
            size = len(artifact.render())
        else:
            assert artifact.copy is not None
            size = artifact.copy.stat().st_size
        return Written(fingerprint, size, 0), False

    def is_as_written(self, path: str, file: Written) -> bool:
        return False


def is_inside(path: str) -> bool:
    """Whether ``path`` is a plain relative path that cannot lead out of the folder it is joined to."""
    parts = path.split("/")
    is_plain = all(part not in ("", ".", "..") for part in parts) and "\0" not in path
    return is_plain and not (os.name == "nt" and ("\\" in path or ":" in path))


def _with_parents(path: str) -> Iterator[str]:
    """``a``, ``a/b`` and ``a/b/c`` for ``a/b/c``."""
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _folded(name: str) -> str:
    """The same for names that a disk which overlooks case, and the form of characters, takes for one."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def choose_output(project: Project, out: Path | None) -> Path:
    """The absolute output folder (``dist`` in the project unless told otherwise).

    Raises :class:`Refused` for folders whose content a build must never touch.
    """
    folder = Path(os.path.abspath(out if out is not None else project.root / "dist"))
    real = Path(os.path.realpath(folder))
    root = Path(os.path.realpath(project.root))
    home = Path(os.path.realpath(os.path.expanduser("~")))  # some users have none: then it names nothing
    sources = [root / name for name in ("content", "themes", "templates", "locales", ".otasite", ".git")]
    if real == Path(real.anchor) or real == home:
        raise Refused(f"{folder} cannot be the output folder", "choose a folder that only otasite writes to")
    if root == real or real in root.parents or any(real == own or own in real.parents for own in sources):
        raise Refused(
            f"{folder} holds your own files: building into it could overwrite them",
            "choose an output folder of its own, such as dist",
        )
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise Refused(f"{there} is a file, not a folder", "choose another --out")
    return folder


#: What Python's build tools put into dist/, their own name for it.
_PYTHON_PACKAGES = (".tar.gz", ".whl")


def refuse_foreign(folder: Path, owned: frozenset[str]) -> None:
    """Raise :class:`Refused` if ``folder`` has content and nothing shows that otasite wrote it."""
    if owned or not folder.exists() or _is_ours(folder):
        return
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(f".{folder.name}.otasite-"))
    if names and all(name.endswith(_PYTHON_PACKAGES) for name in names):
        raise Refused(
            f"{folder} holds Python packages ({', '.join(names[:3])}{' …' * (len(names) > 3)}), as “python -m build” "
            "leaves them there",
            "move them away (for the next time: python -m build --outdir build/packages), or choose another --out",
        )
    if names:
        raise Refused(
            f"{folder} is not empty, and otasite did not write what is in it ({', '.join(names[:3])} …)",
            "choose another --out, or empty the folder yourself",
        )


def _is_ours(folder: Path) -> bool:
    """An earlier build's output is known by its own catalogue, also when the record of that build is lost."""
    try:
        with (folder / "catalogue.json").open("rb") as file:
            return b'"generator":"otasite ' in file.read(200)
    except OSError:
        return False


def _written(path: str, fingerprint: bytes) -> Written:
    status = os.stat(path)
    return Written(fingerprint, status.st_size, status.st_mtime_ns)


def write_file(path: str, data: bytes) -> os.stat_result:
    """Write a new file and say how it is, with four system calls: a cold build writes tens of thousands."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)  # else Windows changes line ends
    descriptor = os.open(path, flags, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(source: str, target: str) -> None:
    """Move a file over another one. On Windows that fails while, say, a virus scanner has it open: try again."""
    for pause in PAUSES:
        with contextlib.suppress(PermissionError):
            os.replace(source, target)
            return
        time.sleep(pause)
    os.replace(source, target)


def same_bytes(path: str, data: bytes) -> bool:
    """Whether the file at ``path`` has exactly these bytes."""
    try:
        if os.stat(path).st_size != len(data):
            return False
        with open(path, "rb") as file:
            return file.read() == data
    except OSError:
        return False


def copy_file(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, the copy shares its blocks until one of the two changes."""
    with source.open("rb") as reading, target.open("xb") as writing:
        if not _clone(reading.fileno(), writing.fileno()):
            shutil.copyfileobj(reading, writing, 1 << 20)


def _clone(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def disk_trouble(error: OSError, path: str) -> OtasiteError:
    """What to tell about a file that could not be written; dist/ itself is as it was or complete."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OtasiteError(f"the disk is full (while writing {path}); the last good site is still in place")
    return OtasiteError(f"{path} cannot be written: {error.strerror or error}")
