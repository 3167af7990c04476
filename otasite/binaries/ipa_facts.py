"""What is inside of an .ipa: permissions, libraries, privacy, sizes.

Read are property lists, the heads of libraries, and the table of contents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from otasite.binaries import macho, plists
from otasite.binaries.archive import Archive
from otasite.binaries.bundles import Bundle, usage_descriptions
from otasite.binaries.info import BinaryInfo, IosInfo
from otasite.binaries.plain_text import MAX_ITEMS, short, some
from otasite.binaries.privacy_manifests import SYMBOLS, read_privacy
from otasite.binaries.strings_files import Texts, is_language
from otasite.binaries.unreadable import Unreadable
from otasite.facts.model import PLACES, BuildFacts, Library, Part, Place, Signer, UsageDescription
from otasite.problems import ProblemsFound

#: The largest number that JSON readers agree on; archives may claim more.
MAX_SIZE = 2**53 - 1

_FRAMEWORK = re.compile(r"(Frameworks/([^/]+)\.framework/)Info\.plist")
_DYNAMIC = re.compile(r"Frameworks/([^/]+\.dylib)")
_NESTED = ("PlugIns/", "Extensions/", "Watch/", "AppClips/")
_SIGNATURE = ("_CodeSignature/", "SC_Info/", "embedded.mobileprovision")


def ipa_facts(archive: Archive, bundle: Bundle, info: BinaryInfo, ios: IosInfo, texts: Texts) -> BuildFacts:
    """All facts but what is measured of the file as a whole."""
    values = bundle.values
    sizes = _sizes(archive, bundle)
    return BuildFacts(
        identifier=info.identifier,
        version=info.version,
        build=info.build,
        installed_size=min(sum(sizes.values()), MAX_SIZE),
        sizes=sizes,
        minimum_os=info.minimum_os,
        sdk=ios.sdk,
        build_tools=_build_tools(values),
        architectures=tuple(dict.fromkeys(info.architectures)),
        device_family=info.device_family,
        features=_features(values),
        usage=tuple(_usage(values, texts)),
        modes=some(plists.texts(values, "UIBackgroundModes")),
        entitlements=bundle.entitlements,
        url_schemes=some(_schemes(values)),
        domains=some(ios.entitlements.associated_domains if ios.entitlements else ()),
        libraries=tuple(_libraries(archive, bundle)),
        parts=tuple(_parts(ios)),
        privacy=read_privacy(archive, bundle.folder),
        api_categories=_api_categories(bundle),
        languages=_languages(archive, bundle, texts),
        encryption=_flag(values, "ITSAppUsesNonExemptEncryption"),
        debuggable=bool(ios.entitlements and ios.entitlements.debuggable),
        signers=_signers(ios),
    )


def _build_tools(values: dict[str, Any]) -> dict[str, str]:
    xcode = plists.text(values, "DTXcode")
    if xcode.isdecimal() and len(xcode) == 4:
        xcode = f"{int(xcode[:2])}.{xcode[2]}" + (f".{xcode[3]}" if xcode[3] != "0" else "")
    found = {
        "xcode": xcode,
        "xcode_build": plists.text(values, "DTXcodeBuild"),
        "sdk_build": plists.text(values, "DTSDKBuild"),
        "macos_build": plists.text(values, "BuildMachineOSBuild"),
    }
    return {name: short(value) for name, value in found.items() if value}


def _features(values: dict[str, Any]) -> tuple[str, ...]:
    """``UIRequiredDeviceCapabilities``: a list, or a mapping in which true stands for “must have”."""
    stated = values.get("UIRequiredDeviceCapabilities")
    if isinstance(stated, dict):
        return some(key for key, value in stated.items() if isinstance(key, str) and value is True)
    return some(plists.texts(values, "UIRequiredDeviceCapabilities"))


def _usage(values: dict[str, Any], texts: Texts) -> Iterator[UsageDescription]:
    for key, text in usage_descriptions(values).items():
        translated = {_tag(language): short(own[key]) for language, own in sorted(texts.items()) if key in own}
        yield UsageDescription(key=key, text=text, texts=translated)


def _tag(language: str) -> str:
    return language.replace("_", "-")


def _schemes(values: dict[str, Any]) -> Iterator[str]:
    types = values.get("CFBundleURLTypes")
    for item in types[:MAX_ITEMS] if isinstance(types, list) else ():
        if isinstance(item, dict):
            yield from plists.texts(item, "CFBundleURLSchemes")


def _libraries(archive: Archive, bundle: Bundle) -> Iterator[Library]:
    """Frameworks with the version in their Info.plist, and libraries with the one in their head."""
    inside = len(bundle.folder)
    sizes: Counter[str] = Counter()
    lists: dict[str, str] = {}
    dynamic: dict[str, str] = {}
    for entry in archive.under(f"{bundle.folder}Frameworks/"):
        name = entry.name[inside:]
        sizes["/".join(name.split("/", 2)[:2])] += min(entry.size, MAX_SIZE)
        if match := _FRAMEWORK.fullmatch(name):
            lists[match[2]] = entry.name
        elif match := _DYNAMIC.fullmatch(name):
            dynamic[match[1]] = entry.name
    names = sorted(name for path in sizes if path.endswith(".framework") and (name := path[11:-10]))
    budget = plists.new_budget()
    for name in names[:MAX_ITEMS]:
        version = ""
        if name in lists:
            try:
                values = plists.load(archive.read(lists[name], plists.MAX_BYTES), budget)
                version = plists.text(values, "CFBundleShortVersionString") or plists.text(values, "CFBundleVersion")
            except (ProblemsFound, Unreadable):
                pass  # its name is known all the same
        size = min(sizes[f"Frameworks/{name}.framework"], MAX_SIZE)
        yield Library(name=short(name), kind="framework", version=short(version), size=size)
    for name in sorted(dynamic)[:MAX_ITEMS]:
        size = min(sizes[f"Frameworks/{name}"], MAX_SIZE)
        version = _library_version(archive, dynamic[name])
        yield Library(name=short(name), kind="dynamic-library", version=version, size=size)


def _library_version(archive: Archive, name: str) -> str:
    try:
        with archive.stream(name) as stream:
            return macho.library_version(stream)
    except (ProblemsFound, Unreadable):
        return ""


def _api_categories(bundle: Bundle) -> tuple[str, ...]:
    symbols = bundle.executable.symbols if bundle.executable else ()
    return tuple(sorted({SYMBOLS[symbol] for symbol in symbols}))


def _parts(ios: IosInfo) -> Iterator[Part]:
    for bundle in ios.nested:
        yield Part(
            kind=bundle.kind,
            identifier=short(bundle.identifier),
            name=short(bundle.name or bundle.path.rpartition("/")[2].rpartition(".")[0]),
            extension_point=short(bundle.extension_point),
            minimum_os=short(bundle.minimum_os),
            usage=bundle.usage,
            entitlements=bundle.entitlements,
        )


def _languages(archive: Archive, bundle: Bundle, texts: Texts) -> tuple[str, ...]:
    stated = plists.texts(bundle.values, "CFBundleLocalizations")
    region = plists.text(bundle.values, "CFBundleDevelopmentRegion")
    inside = len(bundle.folder)
    folders = {entry.name[inside:].partition("/")[0] for entry in archive.under(bundle.folder)}
    own = (name.removesuffix(".lproj") for name in folders if name.endswith(".lproj"))
    return some(_tag(name) for name in (*stated, region, *own, *texts) if is_language(name))


def _sizes(archive: Archive, bundle: Bundle) -> dict[Place, int]:
    executable = plists.text(bundle.values, "CFBundleExecutable")
    inside = len(bundle.folder)
    sizes: Counter[Place] = Counter()
    for entry in archive.under(bundle.folder):
        sizes[_place_of(entry.name[inside:], executable)] += entry.size
    return {place: min(sizes[place], MAX_SIZE) for place in PLACES if sizes[place]}


def _place_of(name: str, executable: str) -> Place:
    if name == executable:
        return "program"
    if name.startswith("Frameworks/"):
        return "frameworks"
    if name.startswith(_NESTED):
        return "extensions"
    if ".lproj/" in name or name.endswith(".loctable"):
        return "localisations"
    if name.endswith(".car"):
        return "assets"
    return "other" if name.startswith(_SIGNATURE) else "resources"


def _signers(ios: IosInfo) -> tuple[Signer, ...]:
    certificate = ios.signature.certificate if ios.signature else None
    if certificate is None:
        return ()
    return (
        Signer(
            sha256=certificate.sha256,
            kind=certificate.kind,
            team=certificate.team,
            expires=certificate.expires,
            debug=certificate.kind in {"Apple Development", "iPhone Developer"},
        ),
    )


def _flag(values: dict[str, Any], key: str) -> bool | None:
    return plists.flag(values, key) if key in values else None
