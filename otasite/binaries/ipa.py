"""What an .ipa says: its Info.plist, executable, profile, and the bundles nested inside.

Only the app's own Info.plist must be readable; anything else that is damaged becomes a warning, because a
person who inspects a broken file wants to see what *can* be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from otasite.binaries import icon_files, plists, strings_files
from otasite.binaries.archive import Archive
from otasite.binaries.bundles import Bundle, BundleReader, device_family, read_plist
from otasite.binaries.info import BinaryInfo, Entitlements, IosInfo, OperatingSystem
from otasite.binaries.ipa_facts import ipa_facts
from otasite.binaries.privacy_manifests import SYMBOLS
from otasite.problems import Problem

_T = TypeVar("_T")

_APP = re.compile(r"(?P<root>(?:[^/]+/)*?)Payload/[^/]+\.app/(?P<mac>Contents/)?Info\.plist")
_FRAMEWORK = re.compile(r"Frameworks/[^/]+\.framework/.")
#: Files of the app's folder that decide what it is and who may install it.
_DECISIVE = {"Info.plist", "embedded.mobileprovision", "_CodeSignature/CodeResources"}
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


class _Reader:
    """Reads one app, with all bundles inside of it."""

    def __init__(self, archive: Archive, app: AppFolder) -> None:
        self.archive = archive
        self.app = app
        self.bundles = BundleReader(archive)

    def read(self) -> BinaryInfo:
        values = read_plist(self.archive, f"{self.app.contents}Info.plist", self.bundles.budget)
        bundle = self.bundles.bundle(self.app.contents, values, mac=self.app.mac, symbols=SYMBOLS)
        texts = strings_files.read_texts(self.archive, self.app.contents)
        ios = self._ios(bundle, strings_files.localized_names(texts))
        version = plists.text(values, "CFBundleShortVersionString")
        build = plists.text(values, "CFBundleVersion")
        executable = bundle.executable
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
        info = msgspec.structs.replace(info, facts=ipa_facts(self.archive, bundle, info, ios, texts))
        problems = [*self.bundles.problems, *self.archive.oddities(), *self._text_problems(info), *self._doubled()]
        return msgspec.structs.replace(info, problems=tuple(sorted(problems, key=Problem.sort_key)))

    def _ios(self, bundle: Bundle, names_by_language: dict[str, str]) -> IosInfo:
        inside, values, executable = bundle.folder, bundle.values, bundle.executable
        names = icon_files.declared_names(values)
        files = icon_files.loose_icons(self.archive, inside, names)
        return IosInfo(
            app_path=self.app.path,
            payload_at_root=not self.app.root,
            display_name=plists.text(values, "CFBundleDisplayName"),
            bundle_name=plists.text(values, "CFBundleName"),
            localized_names=names_by_language,
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
            profile=bundle.profile.facts if bundle.profile else None,
            signature=bundle.signature,
            entitlements=_entitlements(bundle),
            nested=self.bundles.nested(bundle),
            frameworks=self._frameworks(),
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

    def _text_problems(self, info: BinaryInfo) -> Iterator[Problem]:
        for what, value in (
            ("identifier", info.identifier),
            ("name", info.name),
            ("version", info.version),
            ("build", info.build),
        ):
            if _UNEXPANDED.search(value):
                yield self.archive.problem(
                    "unexpanded-build-setting",
                    f"the {what} is “{value}”: a build setting that was never filled in",
                    "Set it in the Xcode project and build again.",
                )
            elif not value:
                yield self.archive.problem(
                    "ipa-incomplete", f"the app has no {what}", "Set it in Info.plist and build again."
                )

    def _doubled(self) -> Iterator[Problem]:
        """Files that decide about the app and are there twice: nobody can say which of them a phone will take."""
        for name in self.archive.doubled:
            inside = name.removeprefix(self.app.contents)
            if name != inside and inside in _DECISIVE:
                yield self.archive.problem(
                    "archive-duplicate",
                    f"the archive holds “{name}” twice",
                    "Zip the folder “Payload” anew: tools that add to an existing zip leave the old file in it.",
                )


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


def _entitlements(bundle: Bundle) -> Entitlements | None:
    signature = bundle.executable.signature if bundle.executable else None
    if signature is not None and signature.entitlements is not None:
        return _shown_entitlements(signature.entitlements, signed=True)
    return _shown_entitlements(bundle.profile.entitlements, signed=False) if bundle.profile else None


def _shown_entitlements(values: dict[str, Any], *, signed: bool) -> Entitlements:
    return Entitlements(
        source="code-signature" if signed else "profile",
        push_environment=plists.text(values, "aps-environment"),
        associated_domains=plists.texts(values, "com.apple.developer.associated-domains"),
        app_groups=plists.texts(values, "com.apple.security.application-groups"),
        debuggable=plists.flag(values, "get-task-allow"),
        all_keys=tuple(sorted(key for key in values if isinstance(key, str))),
    )


def _distinct(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(item for item in items if item))
