"""What an .apk says: its compiled manifest, with labels and icons looked up in the resource table.

otasite reads both formats itself (:mod:`~otasite.binaries.axml`, :mod:`~otasite.binaries.arsc`): a few hundred
lines that stay within bounds on hostile files, where general libraries for Android analysis do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from otasite.binaries import android_xml, apk_signature, app_bundle, arsc
from otasite.binaries.android_chunks import Value
from otasite.binaries.android_versions import android_version
from otasite.binaries.apk_facts import apk_facts
from otasite.binaries.archive import Archive
from otasite.binaries.axml import Element
from otasite.binaries.info import AndroidInfo, BinaryInfo
from otasite.binaries.plain_text import shown
from otasite.binaries.resources import ResourceTable
from otasite.binaries.unreadable import Unreadable
from otasite.problems import Problem, ProblemsFound

MANIFEST = "AndroidManifest.xml"
RESOURCES = "resources.arsc"
#: Bytes of the resource table; the largest real ones have some 30 MiB.
MAX_TABLE_BYTES = 64 * 2**20

_RASTER = (".png", ".webp", ".jpg", ".jpeg")
_NATIVE = re.compile(r"lib/([^/]+)/[^/]+\.so")
_UNRESOLVED = re.compile(r"@(?:[0-9A-Fa-f]{8}|[a-z]+/)")


class Application(msgspec.Struct, frozen=True):
    """The parts of a manifest that matter here, as they stand: values may be references."""

    elements: list[Element]
    manifest: dict[str, Value]
    sdk: dict[str, Value]
    application: dict[str, Value]
    launcher: dict[str, Value]
    meta: dict[str, Value]


def read_apk(archive: Archive) -> BinaryInfo:
    """Read everything but digests. Raises ProblemsFound when the manifest cannot be read."""
    app = application(archive)
    problems: list[Problem] = []
    table = resource_table(archive, problems)

    def text(values: dict[str, Value], key: str) -> str:
        return _text(table, values.get(key))

    def is_true(values: dict[str, Value], key: str) -> bool:
        """A flag, which may be a text or stand in the resource table."""
        return text(values, key).lower() not in {"", "false", "0"}

    signatures = apk_signature.read_signatures(archive)
    package = text(app.manifest, "package")
    build = _version_code(app.manifest)
    label = text(app.application, "label") or text(app.launcher, "label")
    info = BinaryInfo(
        file=archive.shown_as,
        kind="apk",
        os="android",
        identifier=package,
        name=label or package,
        version=text(app.manifest, "versionName") or build,
        build=build,
        minimum_os=android_version(text(app.sdk, "minSdkVersion")),
        architectures=_native(archive),
        size=0,
        archive_entries=archive.count,
        archive_notes=archive.notes,
        android=AndroidInfo(
            min_sdk=text(app.sdk, "minSdkVersion"),
            target_sdk=text(app.sdk, "targetSdkVersion"),
            label=label,
            debuggable=is_true(app.application, "debuggable"),
            test_only=is_true(app.application, "testOnly"),
            split=text(app.manifest, "split"),
            split_required=is_true(app.manifest, "isSplitRequired")
            or is_true(app.application, "isSplitRequired")
            or bool(text(app.manifest, "requiredSplitTypes"))
            or is_true(app.meta, "com.android.vending.splits.required"),
            resources_compressed=archive.is_compressed(RESOURCES),
            resources_unaligned=archive.has(RESOURCES) and archive.data_offset(RESOURCES) % 4 != 0,
            icons_by_density=icons_by_density(app, table),
            signature_schemes=signatures.schemes,
            signers=signatures.signers,
            lineage=signatures.lineage,
            stripped_schemes=signatures.stripped,
        ),
    )
    assert info.android is not None
    facts = apk_facts(archive, app.elements, table, info, info.android)
    problems += [*_missing(archive, info), *_archive_problems(archive)]
    return msgspec.structs.replace(info, facts=facts, problems=tuple(sorted(problems, key=Problem.sort_key)))


def application(archive: Archive) -> Application:
    """The manifest's parts; raises ProblemsFound when it is none."""
    name = MANIFEST if archive.has(MANIFEST) else app_bundle.MANIFEST
    data = archive.read(name, android_xml.MAX_BYTES)
    try:
        elements = android_xml.read_xml(data)
    except Unreadable as error:
        archive.fail("manifest-unreadable", f"“{name}” cannot be read because {error}", "Build it again.")
    return Application(
        elements=elements,
        manifest=_first(elements, ("manifest",)),
        sdk=_first(elements, ("manifest", "uses-sdk")),
        application=_first(elements, ("manifest", "application")),
        launcher=_launcher(elements),
        meta=_meta(elements),
    )


def resource_table(archive: Archive, problems: list[Problem]) -> ResourceTable | None:
    """The resource table, or None with a warning: identifier and build number need none."""
    name = next((name for name in (RESOURCES, app_bundle.RESOURCES) if archive.has(name)), "")
    if not name:
        return None
    try:
        data = archive.read(name, MAX_TABLE_BYTES)
        return arsc.Table(data) if name == RESOURCES else app_bundle.Table(data)
    except ProblemsFound as found:
        problems += [msgspec.structs.replace(problem, severity="warning") for problem in found.problems]
    except Unreadable as error:
        message = f"“{name}” cannot be read because {error}; name and icon may be missing"
        problem = archive.problem("resources-unreadable", message)
        problems.append(msgspec.structs.replace(problem, severity="warning"))
    return None


def icons_by_density(app: Application, table: ResourceTable | None) -> dict[int, str]:
    """Files of the app's icon by density in dots per inch; a raster file wins over a drawing of the same one."""
    icon = app.application.get("icon") or app.launcher.get("icon")
    if icon is None:
        return {}
    if not icon.is_reference:
        return {0: icon.text} if icon.text else {}
    files: dict[int, str] = {}
    try:
        for config, value in table.values(icon.data) if table else ():
            if value.text and not files.get(config.density, "").endswith(_RASTER):
                files[config.density] = value.text
    except Unreadable:
        return {}  # a damaged table leaves the app without icon, not unreadable
    return dict(sorted(files.items()))


def _text(table: ResourceTable | None, value: Value | None) -> str:
    if value is None:
        return ""
    try:
        text = table.text(value) if table else value.as_text()
    except Unreadable:
        return ""
    return shown(text)


def _version_code(manifest: dict[str, Value]) -> str:
    """``versionCode``; since Android 9 a second number may stand above it."""
    code, major = manifest.get("versionCode"), manifest.get("versionCodeMajor")
    if code is None:
        return ""
    text = code.as_text()
    if major is None or not major.data or not text.isdecimal() or len(text) > 10:
        return text
    return str((major.data << 32) + int(text))


def _first(elements: list[Element], path: tuple[str, ...]) -> dict[str, Value]:
    return next((element.attributes for element in elements if element.path == path), {})


def _launcher(elements: list[Element]) -> dict[str, Value]:
    """The activity behind the icon on the home screen: apps may give label and icon only there."""
    activity: dict[str, Value] = {}
    for element in elements:
        if element.path[:-1] == ("manifest", "application") and element.name in {"activity", "activity-alias"}:
            activity = element.attributes
        name = element.attributes.get("name")
        if element.name == "category" and name and name.text == "android.intent.category.LAUNCHER":
            return activity
    return {}


def _meta(elements: list[Element]) -> dict[str, Value]:
    """The application's ``<meta-data>``: values by name."""
    return {
        element.attributes["name"].text: element.attributes["value"]
        for element in elements
        if element.path == ("manifest", "application", "meta-data") and {"name", "value"} <= element.attributes.keys()
    }


def _archive_problems(archive: Archive) -> Iterator[Problem]:
    """Android opens no archive in which a name occurs twice, and none with something else in front."""
    for problem in archive.oddities():
        severe = problem.code == "archive-prefix"
        yield msgspec.structs.replace(problem, severity="error") if severe else problem
    if archive.doubled:
        message = f"the archive holds “{archive.doubled[0]}” twice: Android does not open it"
        yield archive.problem("archive-duplicate", message, "Build it again: no build tool writes a file twice.")


def _native(archive: Archive) -> tuple[str, ...]:
    found = {match[1] for entry in archive.under("lib/") if (match := _NATIVE.fullmatch(entry.name))}
    return tuple(sorted(found))


def _missing(archive: Archive, info: BinaryInfo) -> list[Problem]:
    problems = []
    for what, value in (("identifier", info.identifier), ("version", info.version), ("build", info.build)):
        if not value:
            problems.append(
                archive.problem("apk-incomplete", f"the manifest has no {what}", "Set it in build.gradle.")
            )
        elif _UNRESOLVED.match(value):
            problems.append(
                archive.problem("apk-incomplete", f"the {what} “{value}” points nowhere", "Build it again.")
            )
    return problems
