"""The APK inside of what other tools make of an app: a bundle (.aab), or an archive of APKs (.apks, .xapk, .apkm).

Some of those archives hold one APK that phones install as it is (``universal.apk``, or the only one): it is taken
out. Others hold parts that only a tool on a computer can install together; then the base says what the app is.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from otasite.binaries import app_bundle
from otasite.binaries.apk import MANIFEST
from otasite.binaries.archive import Archive
from otasite.binaries.info import Kind
from otasite.problems import ProblemsFound

#: What bundletool names the APK that holds everything.
UNIVERSAL = "universal.apk"
#: APKs hold compressed code, so they pack badly again; what packs better than this and is large is no APK.
MAX_RATIO = 20
RATIO_FREE_BYTES = 64 * 2**20
_PIECE_BYTES = 2**20
#: Names of parts that hold pictures for one density of screen, as bundletool, Google Play and APKPure write them.
_DENSITY = re.compile(r"(?:^|[-._/])(ldpi|mdpi|tvdpi|hdpi|xhdpi|xxhdpi|xxxhdpi)\.apk", re.IGNORECASE)
_DENSITIES = ("ldpi", "mdpi", "tvdpi", "hdpi", "xhdpi", "xxhdpi", "xxxhdpi")
_PART = re.compile(r"(?:^|/)(?:config\.|split_)|-[a-z0-9_]+\.apk$")


class OpenedApp(msgspec.Struct, frozen=True):
    """An app for Android, open for reading. ``base`` holds its manifest, ``parts`` also those with its best pictures.

    ``taken_out`` is the name that ``base`` has in the archive around it, for one that phones install as it is.
    ``members`` is the number of APKs in that archive, 0 for a file that is none.
    """

    kind: Kind
    base: Archive
    parts: tuple[Archive, ...]
    taken_out: str = ""
    members: int = 0


@contextmanager
def opened_app(archive: Archive) -> Iterator[OpenedApp | None]:
    """The app inside of an archive, in whatever it is wrapped; None when it holds no app for Android.

    Raises ProblemsFound when an APK inside cannot be taken out or is no archive.
    """
    if archive.has(MANIFEST):
        yield OpenedApp(kind="apk", base=archive, parts=(archive,))
        return
    if archive.has(app_bundle.BASE + app_bundle.MANIFEST):
        inside = archive.within(app_bundle.BASE)
        yield OpenedApp(kind="aab", base=inside, parts=(inside,))
        return
    members = sorted(name for name in archive.names() if name.lower().endswith(".apk"))
    if not members:
        yield None
        return
    with ExitStack() as stack:
        whole = whole_apk(archive, members)
        base = _opened(archive, whole or base_apk(members), stack)
        parts = () if whole else tuple(_opened(archive, name, stack) for name in _densest(members))
        yield OpenedApp(
            kind="apk" if whole else "apks",
            base=base,
            parts=(*parts, base),
            taken_out=whole,
            members=len(members),
        )


def whole_apk(archive: Archive, members: list[str]) -> str:
    """The member that phones install as it is; empty when there is none.

    An only APK beside expansion files (``.obb``) is not whole: it does not run without them.
    """
    universal = [name for name in members if name.rpartition("/")[2].lower() == UNIVERSAL]
    if universal:
        return universal[0]
    expansions = any(name.lower().endswith(".obb") for name in archive.names())
    return members[0] if len(members) == 1 and not expansions else ""


def base_apk(members: list[str]) -> str:
    """The member that holds the app's manifest: by its name, else the first whose name is not that of a part."""
    for ending in ("base-master.apk", "base.apk"):
        if found := next((name for name in members if name.lower().endswith(ending)), ""):
            return found
    return next((name for name in members if not _PART.search(name)), members[0])


@contextmanager
def taken_out(archive: Archive, name: str) -> Iterator[Path]:
    """A file of the archive in a temporary folder, for as long as the block lasts. Raises ProblemsFound.

    It is named like the archive around it, with ``.apk`` at the end.
    """
    entry = archive.entries[name]
    if entry.size > max(RATIO_FREE_BYTES, MAX_RATIO * entry.packed_size):
        archive.fail("archive-bomb", f"“{name}” unpacks to more than {MAX_RATIO} times its packed size")
    with tempfile.TemporaryDirectory(prefix="otasite-") as folder:
        target = Path(folder) / f"{archive.path.stem}.apk"
        try:
            with target.open("wb") as file, archive.stream(name) as stream:
                while piece := stream.read(_PIECE_BYTES):
                    file.write(piece)
        except OSError as error:
            archive.fail(
                "binary-unreadable",
                f"“{name}” cannot be taken out: {error.strerror or error}",
                "Let TMPDIR name a folder with more room.",
            )
        yield target


@contextmanager
def apk_inside(path: Path, name: str) -> Iterator[Path]:
    """As :func:`taken_out`, of an archive that is not open yet."""
    with Archive(path, path.name) as archive, taken_out(archive, name) as found:
        yield found


def _opened(archive: Archive, name: str, stack: ExitStack) -> Archive:
    path = stack.enter_context(taken_out(archive, name))
    try:
        return stack.enter_context(Archive(path, archive.shown_as))
    except ProblemsFound as found:
        (problem,) = found.problems
        archive.fail(problem.code, f"of “{name}” inside: {problem.message}", problem.hint)


def _densest(members: list[str]) -> list[str]:
    """The part with the largest pictures, if there is one."""
    found = [(_DENSITIES.index(match[1].lower()), name) for name in members if (match := _DENSITY.search(name))]
    return [max(found)[1]] if found else []
