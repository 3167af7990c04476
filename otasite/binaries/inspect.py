"""Read a binary file: find out what it is, then everything it says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from otasite.binaries.apk_sets import opened_app
from otasite.binaries.archive import ZIP_ANEW, Archive
from otasite.binaries.budget import ceiling
from otasite.binaries.digests import digest_file
from otasite.binaries.info import BinaryInfo
from otasite.problems import Location, Problem, ProblemsFound
from otasite.progress import Progress


def inspect_binary(
    path: Path, *, shown_as: str = "", progress: Progress | None = None, digests: bool = True
) -> BinaryInfo:
    """Read an .ipa or .apk, whatever its file name.

    Of an archive with one whole APK inside (.apks, .xapk) everything is said of that one; see ``taken_out``.
    ``shown_as`` is the path that problems name (the file's own name unless given). ``progress`` is called with
    bytes hashed and bytes in total; without ``digests`` the file is not read as a whole and those fields stay
    empty. Raises ProblemsFound when the file is no readable .ipa or .apk; a readable one that cannot be
    *installed* is no error here: ask :func:`otasite.binaries.verdict.verdict`.
    """
    shown_as = shown_as or path.name
    with ceiling(shown_as), Archive(path, shown_as) as archive:
        return _read(archive, progress, digests=digests)


def _read(archive: Archive, progress: Progress | None, *, digests: bool) -> BinaryInfo:
    from otasite.binaries import apk, ipa

    if app := ipa.find_app(archive):
        return _with_digests(ipa.read_ipa(archive, app), archive.path, progress, digests=digests)
    with opened_app(archive) as found:
        if found is None:
            archive.fail(*_what_else(archive))
        info = msgspec.structs.replace(
            apk.read_apk(found.base), kind=found.kind, file=archive.shown_as, taken_out=found.taken_out
        )
        path = found.base.path if found.taken_out else archive.path
        return _with_digests(info, path, progress, digests=digests)


def _with_digests(info: BinaryInfo, path: Path, progress: Progress | None, *, digests: bool) -> BinaryInfo:
    try:
        if not digests:
            return msgspec.structs.replace(info, size=path.stat().st_size)
        found = digest_file(path, progress=progress)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise ProblemsFound(
            [Problem(code="binary-unreadable", message=message, location=Location(info.file))]
        ) from None
    facts = info.facts
    if facts is not None:
        facts = msgspec.structs.replace(facts, sha256=found.sha256, download_size=found.size)
    return msgspec.structs.replace(
        info, size=found.size, sha256=found.sha256, chunk_size=found.chunk_size, chunks=found.chunks, facts=facts
    )


def _what_else(archive: Archive) -> tuple[str, str, str]:
    """Code, message and hint for a zip that holds no app: people mix up what their tools export."""
    names = list(archive.names())
    if any("Payload\\" in name or name.startswith("META-INF\\") for name in archive.with_backslashes):
        return (
            "archive-backslashes",
            f"the archive holds “{archive.with_backslashes[0]}”: phones do not take a backslash for a folder",
            ZIP_ANEW,
        )
    if any(name.endswith("BundleConfig.pb") for name in names):
        return (
            "android-app-bundle",
            "this is an Android App Bundle (.aab) without a base module: it holds no app that can be installed",
            "Build it again with Gradle (`bundleRelease`).",
        )
    if any(".xcarchive/" in name for name in names):
        return (
            "xcode-archive",
            "this is an Xcode archive, not an exported app",
            "Export it: `xcodebuild -exportArchive`.",
        )
    if any(".app/Contents/Info.plist" in name for name in names):
        return ("not-for-iphone", "this is an app for the Mac; pages can install apps on iPhone and iPad only", "")
    if any(name.startswith("Payload/") for name in names):
        return (
            "ipa-no-app",
            "“Payload” holds no app with an Info.plist",
            "Export the app again from Xcode or your build server.",
        )
    if any(".app/" in name for name in names):
        return (
            "ipa-no-payload",
            "the app is not in a folder “Payload” at the top of the archive",
            "Put the .app into a folder named “Payload” and zip that folder, or export from Xcode.",
        )
    return ("binary-unknown", "this zip archive holds neither an iOS app nor an Android app", "Name another file.")
