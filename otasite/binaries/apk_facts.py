"""What is inside of an .apk: permissions, services, libraries, sizes.

All of it stands in the manifest, in the table of contents, or in small text files of the build.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from otasite.binaries.android_chunks import Value
from otasite.binaries.android_permissions import level_of, stated_level
from otasite.binaries.android_versions import sdk_level
from otasite.binaries.archive import Archive
from otasite.binaries.axml import Element
from otasite.binaries.info import AndroidInfo, BinaryInfo
from otasite.binaries.plain_text import shown
from otasite.binaries.resources import ResourceTable
from otasite.binaries.unreadable import Unreadable
from otasite.facts.model import PLACES, BuildFacts, Level, Library, Permission, Place, Signer
from otasite.problems import ProblemsFound

#: Items of one list, characters of one text: what more there is of a hostile file is left out.
MAX_ITEMS = 500
MAX_TEXT = 300
#: The largest number that JSON readers agree on; archives may claim more.
MAX_SIZE = 2**53 - 1
#: Bytes of a text file that a build leaves: a version, or some lines of settings.
MAX_NOTE_BYTES = 64 * 2**10

_NATIVE = re.compile(r"lib/([^/]+)/([^/]+\.so)")
_VERSION = re.compile(r"META-INF/([A-Za-z0-9._-]+)\.version")
_NUMBER = re.compile(r"[0-9][A-Za-z0-9.+_-]{0,60}")
_PLUGIN = re.compile(r"^androidGradlePluginVersion=([^\r\n]{1,60})", re.MULTILINE)
_CODE = re.compile(r"classes\d*\.dex")
_PERMISSIONS = ("uses-permission", "uses-permission-sdk-23")
#: Who may bind to a service tells what kind of service it is.
_SERVICES: Final = {
    "android.permission.BIND_ACCESSIBILITY_SERVICE": "accessibility",
    "android.permission.BIND_NOTIFICATION_LISTENER_SERVICE": "notification-listener",
    "android.permission.BIND_DEVICE_ADMIN": "device-admin",
    "android.permission.BIND_VPN_SERVICE": "vpn",
    "android.permission.BIND_INPUT_METHOD": "keyboard",
}
#: ``android:foregroundServiceType``, bit by bit (``ServiceInfo``).
_MODES: Final = (
    "dataSync", "mediaPlayback", "phoneCall", "location", "connectedDevice", "mediaProjection", "camera",
    "microphone", "health", "remoteMessaging", "systemExempted", "shortService", "fileManagement",
    "mediaProcessing",
)  # fmt: skip
_SPECIAL_USE = 1 << 30


class Manifest:
    """The elements of a manifest, and the table in which its references are looked up."""

    def __init__(self, elements: list[Element], table: ResourceTable | None) -> None:
        self.elements = elements
        self.table = table

    def text(self, element: Element, key: str) -> str:
        value: Value | None = element.attributes.get(key)
        if value is None:
            return ""
        try:
            text = self.table.text(value) if self.table else value.as_text()
        except Unreadable:
            return ""
        return shown(text)[:MAX_TEXT]

    def number(self, element: Element, key: str) -> int:
        """A number, or 0; flags are written as numbers, too."""
        value = element.attributes.get(key)
        if value is not None and not value.is_reference and not value.text:
            return value.data
        return sdk_level(self.text(element, key))

    def named(self, *path: str) -> Iterator[Element]:
        return (element for element in self.elements if element.path == ("manifest", *path))


def apk_facts(
    archive: Archive, elements: list[Element], table: ResourceTable | None, info: BinaryInfo, android: AndroidInfo
) -> BuildFacts:
    """All facts but what is measured of the file as a whole."""
    manifest = Manifest(elements, table)
    sizes = _sizes(archive)
    compiled = next((manifest.number(element, "compileSdkVersion") for element in manifest.named()), 0)
    return BuildFacts(
        identifier=info.identifier,
        version=info.version,
        build=info.build,
        installed_size=min(archive.path.stat().st_size + _unpacked_libraries(archive), MAX_SIZE),
        sizes=sizes,
        minimum_os=info.minimum_os,
        min_sdk=sdk_level(android.min_sdk) or 1,
        target_sdk=sdk_level(android.target_sdk) or sdk_level(android.min_sdk) or 1,
        sdk=str(compiled) if 0 < compiled < 10_000 else "",
        build_tools=_build_tools(archive),
        architectures=info.architectures,
        features=_features(manifest),
        permissions=tuple(_permissions(manifest)),
        services=_services(manifest),
        modes=_modes(manifest),
        url_schemes=_some(scheme for scheme, _ in _links(manifest) if scheme not in _WEB),
        domains=_some(host for scheme, host in _links(manifest) if scheme in _WEB),
        libraries=(*_native_libraries(archive), *_versioned_libraries(archive)),
        languages=_some(table.locales() if table else ()),
        debuggable=android.debuggable,
        signers=tuple(_signers(android)),
    )


_WEB = ("http", "https")


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts sorted, each once, and not too many."""
    return tuple(sorted({text for text in texts if text})[:MAX_ITEMS])


def _permissions(manifest: Manifest) -> Iterator[Permission]:
    """What the app asks for, by name; a permission of the app's own has the level that it says itself."""
    own: dict[str, Level] = {
        manifest.text(element, "name"): stated_level(manifest.number(element, "protectionLevel"))
        for element in manifest.named("permission")
    }
    found: dict[str, int] = {}
    for tag in _PERMISSIONS:
        for element in manifest.named(tag):
            until = manifest.number(element, "maxSdkVersion") if "maxSdkVersion" in element.attributes else 0
            name = manifest.text(element, "name")
            found[name] = until if name not in found else (max(until, found[name]) if until and found[name] else 0)
    for name in _some(found):
        until = found[name] if 0 < found[name] < 10_000 else 0
        yield Permission(name=name, level=own.get(name) or level_of(name), until_sdk=until)


def _features(manifest: Manifest) -> tuple[str, ...]:
    """``<uses-feature>`` without which the app does not want to be installed: all but those that say otherwise."""
    elements = manifest.named("uses-feature")
    return _some(
        manifest.text(element, "name")
        for element in elements
        if "required" not in element.attributes or manifest.text(element, "required").lower() != "false"
    )


def _services(manifest: Manifest) -> tuple[str, ...]:
    elements = (*manifest.named("application", "service"), *manifest.named("application", "receiver"))
    return _some(_SERVICES.get(manifest.text(element, "permission"), "") for element in elements)


def _modes(manifest: Manifest) -> tuple[str, ...]:
    flags = 0
    for element in manifest.named("application", "service"):
        flags |= manifest.number(element, "foregroundServiceType")
    modes = [name for bit, name in enumerate(_MODES) if flags >> bit & 1]
    return _some([*modes, "specialUse"] if flags & _SPECIAL_USE else modes)


def _links(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Scheme and host of links that open the app; of web links those whose domain agrees (``autoVerify``)."""
    is_verified, schemes, hosts = False, [""], [""]
    for element in manifest.elements:
        if element.name == "intent-filter":
            yield from _pairs(schemes, hosts, is_verified=is_verified)
            is_verified = manifest.text(element, "autoVerify").lower() == "true"
            schemes, hosts = [], []
        elif element.path[-2:] == ("intent-filter", "data"):
            schemes += [manifest.text(element, "scheme")][: MAX_ITEMS - len(schemes)]
            hosts += [manifest.text(element, "host")][: MAX_ITEMS - len(hosts)]
    yield from _pairs(schemes, hosts, is_verified=is_verified)


def _pairs(schemes: list[str], hosts: list[str], *, is_verified: bool) -> Iterator[tuple[str, str]]:
    """The links of one filter: each of its schemes goes with each of its hosts."""
    own = {scheme for scheme in schemes if scheme}
    yield from ((scheme, "") for scheme in own if scheme not in _WEB)
    if is_verified and own.intersection(_WEB):
        yield from (("https", host) for host in hosts if host)


def _native_libraries(archive: Archive) -> Iterator[Library]:
    """Libraries of machine code, each with the ABIs that it is there for; ``size`` is that of the largest."""
    found: dict[str, dict[str, int]] = {}
    for entry in archive.under("lib/"):
        if match := _NATIVE.fullmatch(entry.name):
            found.setdefault(match[2], {})[match[1]] = min(entry.size, MAX_SIZE)
    for name in _some(found):
        sizes = found[name]
        yield Library(
            name=shown(name)[:MAX_TEXT],
            kind="native-library",
            abis=_some(shown(abi)[:40] for abi in sizes),
            size=max(sizes.values()),
        )


def _versioned_libraries(archive: Archive) -> Iterator[Library]:
    """Libraries that leave a file with their version (``META-INF/androidx.core_core.version``)."""
    names = {
        match[1]: entry.name for entry in archive.under("META-INF/") if (match := _VERSION.fullmatch(entry.name))
    }
    for name in sorted(names)[:MAX_ITEMS]:
        version = _note(archive, names[name]).strip()
        if _NUMBER.fullmatch(version):
            yield Library(name=name.replace("_", ":", 1)[:MAX_TEXT], kind="library", version=version)


def _build_tools(archive: Archive) -> dict[str, str]:
    """What the Gradle plugins leave: versions of Android's plugin, of Gradle and of Kotlin."""
    found = {}
    if match := _PLUGIN.search(_note(archive, "META-INF/com/android/build/gradle/app-metadata.properties")):
        found["android_gradle_plugin"] = shown(match[1])
    try:
        kotlin = msgspec.json.decode(_note(archive, "kotlin-tooling-metadata.json") or "{}", type=dict[str, object])
    except (msgspec.DecodeError, ValueError, RecursionError):
        kotlin = {}
    for key, name in (("buildSystemVersion", "gradle"), ("buildPluginVersion", "kotlin")):
        value = kotlin.get(key)
        if isinstance(value, str) and value:
            found[name] = shown(value)[:60]
    return found


def _note(archive: Archive, name: str) -> str:
    if not archive.has(name):
        return ""
    try:
        return archive.read(name, MAX_NOTE_BYTES).decode("utf-8", "replace")
    except ProblemsFound:
        return ""


def _sizes(archive: Archive) -> dict[Place, int]:
    sizes: Counter[Place] = Counter()
    for entry in archive.under(""):
        sizes[_place_of(entry.name)] += entry.size
    return {place: min(sizes[place], MAX_SIZE) for place in PLACES if sizes[place]}


def _place_of(name: str) -> Place:
    if _CODE.fullmatch(name):
        return "program"
    if name.startswith("lib/"):
        return "frameworks"
    if name.startswith("assets/"):
        return "assets"
    return "resources" if name.startswith("res/") or name == "resources.arsc" else "other"


def _unpacked_libraries(archive: Archive) -> int:
    """Bytes that installing writes beside the APK: libraries that are compressed in it are unpacked for one ABI."""
    sizes: Counter[str] = Counter()
    for entry in archive.under("lib/"):
        match = _NATIVE.fullmatch(entry.name)
        if match and archive.is_compressed(entry.name):
            sizes[match[1]] += entry.size
    return max(sizes.values(), default=0)


def _signers(android: AndroidInfo) -> Iterator[Signer]:
    for index, signer in enumerate(android.signers):
        yield Signer(
            sha256=signer.sha256,
            expires=signer.expires,
            debug=signer.debug,
            lineage=android.lineage if index == 0 else (),
        )
