"""One bundle of an .ipa — the app, an extension, a watch app, an App Clip: Info.plist, executable and profile.

All are built alike, so all are read alike. What is damaged in one becomes a warning; the rest is still read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

import msgspec

from otasite.binaries import macho, plists
from otasite.binaries.archive import Archive
from otasite.binaries.budget import Budget, OverBudget
from otasite.binaries.certificates import read_certificate
from otasite.binaries.info import CodeSignature, DeviceFamily, NestedBundle, NestedKind
from otasite.binaries.plain_text import MAX_ITEMS, short, some
from otasite.binaries.profile import (
    MAX_PROFILE_BYTES,
    OpenedProfile,
    excess_entitlements,
    missing_entitlements,
    open_profile,
)
from otasite.binaries.unreadable import Unreadable
from otasite.facts.model import Entitlement
from otasite.problems import Problem, ProblemsFound

T = TypeVar("T")

#: Bundles nested in one app that are looked into; the largest real apps have some 30.
MAX_NESTED = 100

#: Characters about what all bundles of an app are allowed and ask for; those of large apps have some 20,000.
MAX_SAID = 500_000

_USAGE = re.compile(r"[A-Za-z]{1,60}UsageDescription[A-Za-z]{0,40}")
#: Entitlements that name the app and its team, which is said elsewhere.
_NAMES = {"application-identifier", "com.apple.developer.team-identifier"}
_NESTED_PART = r"(?:(?:PlugIns|Extensions)/[^/]+\.appex|(?:Watch|AppClips)/[^/]+\.app)"
_NESTED = re.compile(rf"({_NESTED_PART}(?:/{_NESTED_PART})*)/.")
_FAMILIES: dict[int, DeviceFamily] = {1: "iphone", 2: "ipad", 3: "tv", 4: "watch", 6: "mac", 7: "vision"}


class Bundle(msgspec.Struct, frozen=True):
    """What was found in one bundle's folder, which ends in a slash. ``values`` are those of its Info.plist."""

    folder: str
    values: dict[str, Any]
    executable: macho.Executable | None
    profile: OpenedProfile | None
    #: What it was signed with, else what its profile allows; without what only names app and team.
    entitlements: dict[str, Entitlement] = {}

    @property
    def signature(self) -> CodeSignature | None:
        """What its executable was signed with, beside its profile."""
        found = self.executable.signature if self.executable else None
        if found is None:
            return None
        signed = {key: value for key, value in (found.entitlements or {}).items() if isinstance(key, str)}
        allowed = self.profile.entitlements if self.profile else None
        return CodeSignature(
            identifier=found.identifier,
            team=found.team,
            application_identifier=plists.text(signed, "application-identifier"),
            certificate=read_certificate(found.certificate) if found.certificate else None,
            missing_entitlements=missing_entitlements(allowed, signed) if allowed is not None else (),
            excess_entitlements=excess_entitlements(allowed, signed) if allowed is not None else (),
        )


class BundleReader:
    """Reads bundles of one archive within one budget, and gathers warnings on the way."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.problems: list[Problem] = []
        #: What all property lists of the archive may cost together.
        self.budget = plists.new_budget()
        #: How much may be said of what all bundles together are allowed and ask for.
        self._said = Budget(output=MAX_SAID)

    def bundle(
        self, folder: str, values: dict[str, Any], *, mac: bool = False, symbols: Collection[bytes] = ()
    ) -> Bundle:
        """The bundle in ``folder`` whose Info.plist says ``values``; ``symbols`` are looked for in its executable."""
        within = f"{folder}{'MacOS/' if mac else ''}"
        executable = self._executable(within, plists.text(values, "CFBundleExecutable"), symbols)
        profile = self._profile(f"{folder}embedded.mobileprovision")
        signed = executable.signature.entitlements if executable and executable.signature else None
        allowed = signed if signed is not None else profile.entitlements if profile else {}
        return Bundle(
            folder=folder,
            values=values,
            executable=executable,
            profile=profile,
            entitlements=self._within(_entitlements(allowed)),
        )

    def _within(self, said: dict[str, T]) -> dict[str, T]:
        """As much as there is room for: the facts of hostile files stay small."""
        kept = {}
        for key, value in said.items():
            try:
                self._said.spend_output(len(key) + len(str(value)))
            except OverBudget:
                break
            kept[key] = value
        return kept

    def nested(self, app: Bundle) -> tuple[NestedBundle, ...]:
        """The bundles inside of the app, those inside of them included, by path."""
        found = sorted(nested_paths(self.archive, app.folder))
        bundles: list[NestedBundle] = []
        for count, path in enumerate(found):
            if count == MAX_NESTED or self.budget.is_spent:
                self.warn("nested-too-many", f"only the first {count} of {len(found)} extensions were read")
                break
            bundles.append(self._nested_bundle(app, path))
        return tuple(bundles)

    def _nested_bundle(self, app: Bundle, path: str) -> NestedBundle:
        folder = f"{app.folder}{path}/"
        if not self.archive.has(f"{folder}Info.plist"):
            return NestedBundle(path=path, kind=_nested_kind(path), readable=False)
        try:
            values = read_plist(self.archive, f"{folder}Info.plist", self.budget)
        except ProblemsFound as problems:
            self.keep(problems)
            return NestedBundle(path=path, kind=_nested_kind(path), readable=False)
        bundle = self.bundle(folder, values)
        profile = bundle.profile
        missing = app.profile.devices - profile.devices if app.profile and profile else ()
        return NestedBundle(
            path=path,
            kind=_nested_kind(path),
            identifier=plists.text(values, "CFBundleIdentifier"),
            name=plists.text(values, "CFBundleDisplayName") or plists.text(values, "CFBundleName"),
            version=plists.text(values, "CFBundleShortVersionString"),
            build=plists.text(values, "CFBundleVersion"),
            extension_point=_extension_point(values),
            minimum_os=plists.text(values, "MinimumOSVersion"),
            device_family=device_family(values),
            signed=bundle.executable.signed if bundle.executable else None,
            profile=profile.facts if profile else None,
            signature=bundle.signature,
            usage=self._within(usage_descriptions(values)),
            entitlements=bundle.entitlements,
            missing_devices=0 if profile and profile.facts.provisions_all_devices else len(missing),
        )

    def _executable(self, folder: str, name: str, symbols: Collection[bytes]) -> macho.Executable | None:
        if not name or not self.archive.has(folder + name):
            return None
        try:
            with self.archive.stream(folder + name) as stream:
                return macho.read_executable(stream, self.budget, symbols=symbols)
        except Unreadable as error:
            self.warn("executable-unreadable", f"the executable “{name}” cannot be read because {error}")
        except ProblemsFound as found:
            self.keep(found)
        return None

    def _profile(self, name: str) -> OpenedProfile | None:
        """The profile, which need not be there; a damaged one is a warning."""
        if not self.archive.has(name):
            return None
        try:
            return open_profile(self.archive.read(name, MAX_PROFILE_BYTES), self.budget)
        except Unreadable as error:
            self.warn("profile-unreadable", f"the profile “{name}” cannot be read because {error}")
        except ProblemsFound as found:
            self.keep(found)
        return None

    def keep(self, found: ProblemsFound) -> None:
        self.problems += [msgspec.structs.replace(problem, severity="warning") for problem in found.problems]

    def warn(self, code: str, message: str) -> None:
        problem = self.archive.problem(code, message)
        self.problems.append(msgspec.structs.replace(problem, severity="warning"))


def nested_paths(archive: Archive, inside: str) -> set[str]:
    """Folders of nested bundles that hold at least one file, relative to the app's folder."""
    found: set[str] = set()
    for entry in archive.under(inside):
        match = _NESTED.match(entry.name, len(inside))
        path = match[1] if match else ""
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0].rpartition("/")[0]
    return found


def read_plist(archive: Archive, name: str, budget: Budget | None = None) -> dict[str, Any]:
    """One property list of the archive; a damaged one is a problem that names it."""
    try:
        return plists.load(archive.read(name, plists.MAX_BYTES), budget)
    except Unreadable as error:
        archive.fail("plist-unreadable", f"“{name}” cannot be read because {error}", "Build the app again.")


def usage_descriptions(values: dict[str, Any]) -> dict[str, str]:
    """What iOS shows when something private is used first, by key, in the language of the Info.plist.

    Where there is one text for each purpose (``NSLocationTemporaryUsageDescriptionDictionary``), all of them.
    """
    keys = sorted(key for key in values if isinstance(key, str) and _USAGE.fullmatch(key))
    return {
        key: short(plists.text(values, key) or _each_text(plists.mapping(values, key))) for key in keys[:MAX_ITEMS]
    }


def _each_text(values: dict[str, Any]) -> str:
    return " ".join(plists.text(values, key) for key in sorted(key for key in values if isinstance(key, str)))


def _entitlements(values: dict[str, Any]) -> dict[str, Entitlement]:
    found: dict[str, Entitlement] = {}
    for key in sorted(key for key in values if isinstance(key, str) and key not in _NAMES)[:MAX_ITEMS]:
        value = values[key]
        if isinstance(value, list):
            found[short(key)] = some(plists.texts(values, key))
        elif isinstance(value, bool):
            found[short(key)] = value
        elif isinstance(value, int):
            found[short(key)] = plists.number(value) or 0
        elif isinstance(value, str):
            found[short(key)] = short(value)
    return found


def device_family(values: dict[str, Any]) -> tuple[DeviceFamily, ...]:
    """``UIDeviceFamily``: numbers, in some files written as text or without a list around them."""
    return tuple(dict.fromkeys(_families(values.get("UIDeviceFamily"))))


def _families(stated: object) -> Iterator[DeviceFamily]:
    for item in stated if isinstance(stated, list) else [stated]:
        number = plists.number(item)
        if number in _FAMILIES:
            yield _FAMILIES[number]


def _nested_kind(path: str) -> NestedKind:
    if path.endswith(".appex"):
        return "extension"
    return "app-clip" if path.rsplit("/", 2)[-2] == "AppClips" else "watch-app"


def _extension_point(values: dict[str, Any]) -> str:
    classic = plists.text(plists.mapping(values, "NSExtension"), "NSExtensionPointIdentifier")
    modern = plists.mapping(values, "EXAppExtensionAttributes")
    return classic or plists.text(modern, "EXExtensionPointIdentifier")
