"""What an .ipa says: its Info.plist, executable, profile, and the bundles nested inside.

Only the app's own Info.plist must be readable; anything else that is damaged becomes a warning, because a
person who inspects a broken file wants to see what *can* be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from otasite.binaries import icon_files, macho, plists, strings_files
from otasite.binaries.archive import Archive
from otasite.binaries.budget import Budget
from otasite.binaries.info import (
    BinaryInfo,
    DeviceFamily,
    Entitlements,
    IosInfo,
    NestedBundle,
    NestedKind,
    OperatingSystem,
    Profile,
)
from otasite.binaries.profile import MAX_PROFILE_BYTES, profile_entitlements, read_profile
from otasite.binaries.unreadable import Unreadable
from otasite.problems import Problem, ProblemsFound

#: Bundles nested in one app that are looked into; the largest real apps have some 30.
MAX_NESTED = 100

_T = TypeVar("_T")

_APP = re.compile(r"(?P<root>(?:[^/]+/)*?)Payload/[^/]+\.app/(?P<mac>Contents/)?Info\.plist")
_NESTED_PART = r"(?:(?:PlugIns|Extensions)/[^/]+\.appex|(?:Watch|AppClips)/[^/]+\.app)"
_NESTED = re.compile(rf"({_NESTED_PART}(?:/{_NESTED_PART})*)/Info\.plist")
_FRAMEWORK = re.compile(r"Frameworks/[^/]+\.framework/.")
_FAMILIES: dict[int, DeviceFamily] = {1: "iphone", 2: "ipad", 3: "tv", 4: "watch", 6: "mac", 7: "vision"}
_PLATFORM_OS: dict[str, OperatingSystem] = {
    "iphoneos": "ios",
    "iphonesimulator": "ios-simulator",
    "appletvos": "tvos",
    "appletvsimulator": "tvos",
    "watchos": "watchos",
    "watchsimulator": "watchos",
    "xros": "visionos",
    "xrsimulator": "visionos",
    "macosx": "macos",
}
_UNEXPANDED = re.compile(r"\$[({]")


class AppFolder(msgspec.Struct, frozen=True):
    """Where the app is in the archive. ``path`` ends in a slash; ``root`` is what comes before ``Payload/``."""

    path: str
    root: str
    mac: bool

    @property
    def contents(self) -> str:
        return f"{self.path}Contents/" if self.mac else self.path


def find_app(archive: Archive) -> AppFolder | None:
    """The app's folder, the one nearest to the archive's root; None when there is none.

    Real archives hold more Info.plist files (extensions, watch apps, macOS's ``__MACOSX`` twins), often before
    the right one, and some have ``Payload`` one folder too deep. Raises ProblemsFound for two apps side by side.
    """
    matches = [(name, match) for name in archive.names() if (match := _APP.fullmatch(name))]
    if not matches:
        return None
    depth = min(match["root"].count("/") for _, match in matches)
    nearest = sorted(name for name, match in matches if match["root"].count("/") == depth)
    if len(nearest) > 1:
        archive.fail(
            "ipa-several-apps",
            f"the archive holds {len(nearest)} apps: {', '.join(n.rsplit('/', 2)[-2] for n in nearest[:5])}",
            "Export each app on its own.",
        )
    match = next(match for name, match in matches if name == nearest[0])
    path = nearest[0].removesuffix("Info.plist")
    return AppFolder(
        path=path.removesuffix("Contents/") if match["mac"] else path,
        root=match["root"],
        mac=bool(match["mac"]),
    )


def read_ipa(archive: Archive, app: AppFolder) -> BinaryInfo:
    """Read everything but digests. Raises ProblemsFound when the app's Info.plist cannot be read."""
    return _Reader(archive, app).read()


def read_plist(archive: Archive, name: str, budget: Budget | None = None) -> dict[str, Any]:
    """One property list of the archive; a damaged one is a problem that names it."""
    try:
        return plists.load(archive.read(name, plists.MAX_BYTES), budget)
    except Unreadable as error:
        archive.fail("plist-unreadable", f"“{name}” cannot be read because {error}", "Build the app again.")


class _Reader:
    """Reads one app and gathers warnings on the way."""

    def __init__(self, archive: Archive, app: AppFolder) -> None:
        self.archive = archive
        self.app = app
        self.problems: list[Problem] = []
        #: What all property lists of the archive may cost together.
        self.budget = plists.new_budget()

    def read(self) -> BinaryInfo:
        values = read_plist(self.archive, f"{self.app.contents}Info.plist", self.budget)
        executable = self._executable(plists.text(values, "CFBundleExecutable"))
        profile_bytes = self._optional(f"{self.app.contents}embedded.mobileprovision", MAX_PROFILE_BYTES)
        ios = self._ios(values, executable, profile_bytes)
        version = plists.text(values, "CFBundleShortVersionString")
        build = plists.text(values, "CFBundleVersion")
        info = BinaryInfo(
            file=self.archive.shown_as,
            kind="ipa",
            os=operating_system(values, ios.mach_o_platforms, mac=self.app.mac),
            identifier=plists.text(values, "CFBundleIdentifier"),
            name=ios.display_name or ios.bundle_name or ios.executable or self._folder_name(),
            version=version or build,
            build=build or version,
            minimum_os=plists.text(values, "MinimumOSVersion") or plists.text(values, "LSMinimumSystemVersion"),
            device_family=device_family(values),
            architectures=tuple(part.architecture for part in executable.slices) if executable else (),
            size=0,
            archive_entries=self.archive.count,
            archive_notes=self._notes(),
            ios=ios,
        )
        self._check_texts(info)
        return msgspec.structs.replace(info, problems=tuple(sorted(self.problems, key=Problem.sort_key)))

    def _ios(self, values: dict[str, Any], executable: macho.Executable | None, profile_bytes: bytes) -> IosInfo:
        inside = self.app.contents
        names = icon_files.declared_names(values)
        files = icon_files.loose_icons(self.archive, inside, names)
        return IosInfo(
            app_path=self.app.path,
            payload_at_root=not self.app.root,
            display_name=plists.text(values, "CFBundleDisplayName"),
            bundle_name=plists.text(values, "CFBundleName"),
            localized_names=strings_files.localized_names(self.archive, inside),
            region=plists.text(values, "CFBundleDevelopmentRegion"),
            executable=plists.text(values, "CFBundleExecutable"),
            supported_platforms=plists.texts(values, "CFBundleSupportedPlatforms"),
            platform_name=plists.text(values, "DTPlatformName"),
            sdk=plists.text(values, "DTSDKName"),
            xcode=plists.text(values, "DTXcode"),
            mach_o_platforms=_distinct(part.platform for part in executable.slices) if executable else (),
            icon_names=names,
            icon_names_without_file=icon_files.names_without_file(names, files),
            icons=files,
            asset_catalogue=self.archive.has(f"{inside}Assets.car"),
            mach_o_signed=executable.signed if executable else None,
            code_resources=self.archive.has(f"{inside}_CodeSignature/CodeResources"),
            encrypted=(executable is not None and executable.encrypted)
            or any(True for _ in self.archive.under(f"{inside}SC_Info/")),
            profile=self._profile(profile_bytes, "embedded.mobileprovision"),
            entitlements=_entitlements(executable, profile_bytes),
            nested=self._nested(),
            frameworks=self._frameworks(),
        )

    def _executable(self, name: str) -> macho.Executable | None:
        path = f"{self.app.contents}{'MacOS/' if self.app.mac else ''}{name}"
        if not name or not self.archive.has(path):
            return None
        try:
            with self.archive.stream(path) as stream:
                return macho.read_executable(stream)
        except Unreadable as error:
            self._warn("executable-unreadable", f"the executable “{name}” cannot be read because {error}")
        except ProblemsFound as found:
            self._keep(found)
        return None

    def _profile(self, data: bytes, name: str) -> Profile | None:
        if not data:
            return None
        try:
            return read_profile(data, self.budget)
        except Unreadable as error:
            self._warn("profile-unreadable", f"the profile “{name}” cannot be read because {error}")
            return None

    def _optional(self, name: str, limit: int) -> bytes:
        """The bytes of an entry that need not be there; a damaged one is a warning."""
        if not self.archive.has(name):
            return b""
        try:
            return self.archive.read(name, limit)
        except ProblemsFound as found:
            self._keep(found)
            return b""

    def _nested(self) -> tuple[NestedBundle, ...]:
        inside = self.app.contents
        found = sorted(
            match[1]
            for entry in self.archive.under(inside)
            if (match := _NESTED.fullmatch(entry.name[len(inside) :]))
        )
        bundles: list[NestedBundle] = []
        for count, path in enumerate(found):
            if count == MAX_NESTED or self.budget.is_spent:
                self._warn("nested-too-many", f"only the first {count} of {len(found)} extensions were read")
                break
            if bundle := self._nested_bundle(path):
                bundles.append(bundle)
        return tuple(bundles)

    def _nested_bundle(self, path: str) -> NestedBundle | None:
        folder = f"{self.app.contents}{path}/"
        try:
            values = read_plist(self.archive, f"{folder}Info.plist", self.budget)
        except ProblemsFound as found:
            self._keep(found)
            return None
        profile = self._optional(f"{folder}embedded.mobileprovision", MAX_PROFILE_BYTES)
        return NestedBundle(
            path=path,
            kind=_nested_kind(path),
            identifier=plists.text(values, "CFBundleIdentifier"),
            name=plists.text(values, "CFBundleDisplayName") or plists.text(values, "CFBundleName"),
            version=plists.text(values, "CFBundleShortVersionString"),
            build=plists.text(values, "CFBundleVersion"),
            extension_point=_extension_point(values),
            profile=self._profile(profile, f"{path}/embedded.mobileprovision"),
        )

    def _frameworks(self) -> int:
        inside = self.app.contents
        names = {
            entry.name[len(inside) :].split("/")[1]
            for entry in self.archive.under(f"{inside}Frameworks/")
            if _FRAMEWORK.match(entry.name[len(inside) :])
        }
        return len(names)

    def _notes(self) -> tuple[str, ...]:
        deeper = () if not self.app.root else (f"Payload-not-at-root:{self.app.root.rstrip('/')}",)
        return (*self.archive.notes, *deeper)

    def _folder_name(self) -> str:
        return self.app.path.rstrip("/").rsplit("/", 1)[-1].removesuffix(".app")

    def _check_texts(self, info: BinaryInfo) -> None:
        for what, value in (
            ("identifier", info.identifier),
            ("name", info.name),
            ("version", info.version),
            ("build", info.build),
        ):
            if _UNEXPANDED.search(value):
                self._error(
                    "unexpanded-build-setting",
                    f"the {what} is “{value}”: a build setting that was never filled in",
                    "Set it in the Xcode project and build again.",
                )
            elif not value:
                self._error("ipa-incomplete", f"the app has no {what}", "Set it in Info.plist and build again.")

    def _keep(self, found: ProblemsFound) -> None:
        self.problems += [msgspec.structs.replace(p, severity="warning") for p in found.problems]

    def _warn(self, code: str, message: str) -> None:
        problem = self.archive.problem(code, message)
        self.problems.append(msgspec.structs.replace(problem, severity="warning"))

    def _error(self, code: str, message: str, hint: str) -> None:
        self.problems.append(self.archive.problem(code, message, hint))


def operating_system(
    values: dict[str, Any], mach_o_platforms: tuple[str, ...], *, mac: bool = False
) -> OperatingSystem:
    """What the app was built for, from the first source that says so: Info.plist, then the executable.

    An .ipa that says nothing at all is taken for iOS, as iOS does.
    """
    if mac:
        return "macos"
    if plists.flag(values, "ITSWatchOnlyContainer"):
        return "watchos"
    if "ios-simulator" in mach_o_platforms:
        return "ios-simulator"
    stated = (*plists.texts(values, "CFBundleSupportedPlatforms"), plists.text(values, "DTPlatformName"))
    for platform in stated:
        if os := _PLATFORM_OS.get(platform.lower()):
            return os
    for platform in mach_o_platforms:
        if platform in {"ios", "tvos", "watchos", "visionos", "macos"}:
            return platform  # type: ignore[return-value]
    return "ios"


def device_family(values: dict[str, Any]) -> tuple[DeviceFamily, ...]:
    """``UIDeviceFamily``: numbers, in some files written as text or without a list around them."""
    stated = values.get("UIDeviceFamily")
    items = stated if isinstance(stated, list) else [stated]
    numbers = (plists.number(item) for item in items)
    return _distinct(_FAMILIES[number] for number in numbers if number in _FAMILIES)


def _entitlements(executable: macho.Executable | None, profile: bytes) -> Entitlements | None:
    if executable is not None and executable.entitlements is not None:
        return _shown_entitlements(executable.entitlements, signed=True)
    try:
        return _shown_entitlements(profile_entitlements(profile), signed=False) if profile else None
    except Unreadable:
        return None  # the profile itself is reported as unreadable already


def _shown_entitlements(values: dict[str, Any], *, signed: bool) -> Entitlements:
    return Entitlements(
        source="code-signature" if signed else "profile",
        push_environment=plists.text(values, "aps-environment"),
        associated_domains=plists.texts(values, "com.apple.developer.associated-domains"),
        app_groups=plists.texts(values, "com.apple.security.application-groups"),
        debuggable=plists.flag(values, "get-task-allow"),
        all_keys=tuple(sorted(key for key in values if isinstance(key, str))),
    )


def _nested_kind(path: str) -> NestedKind:
    if path.endswith(".appex"):
        return "extension"
    return "app-clip" if path.rsplit("/", 2)[-2] == "AppClips" else "watch-app"


def _extension_point(values: dict[str, Any]) -> str:
    classic = plists.text(plists.mapping(values, "NSExtension"), "NSExtensionPointIdentifier")
    modern = plists.mapping(values, "EXAppExtensionAttributes")
    return classic or plists.text(modern, "EXExtensionPointIdentifier")


def _distinct(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(item for item in items if item))
