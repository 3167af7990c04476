"""What facts of builds cost: the same site with and without ``.facts.json``, in turn, on this machine.

``python -m benchmarks.facts`` prints medians, and the median of the ratios pair by pair. The facts are those of
an app of middle size, and differ from release to release as those of real builds do: sizes, versions of libraries,
and now and then a permission.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from benchmarks.catalogue import App, Release, make_apps, write_otasite
from benchmarks.run import RELEASES, in_turn, otasite_side, print_case, print_head, workplace
from otasite.catalogue.facts_files import written_facts
from otasite.facts.model import (
    BuildFacts,
    CollectedData,
    Library,
    Part,
    Privacy,
    ReleaseFacts,
    RequiredReason,
    Signer,
    UsageDescription,
)

_LANGUAGES = ("ar", "de", "en", "es", "fr", "ja", "pt-BR", "zh-Hans")
_USAGE = ("Camera", "LocationWhenInUse", "PhotoLibraryAdd", "Microphone", "FaceID")
_LIBRARIES = ("Charts", "Database", "Images", "Logging", "Maps", "Network", "Payments", "Player", "Scanner", "Sync")


def make_facts(app: App, release: Release) -> ReleaseFacts:
    """What might be inside of one release's binary."""
    rng = random.Random(f"{app.id}/{release.id}")
    asked = _USAGE[: 4 + (release.build % 31 == 0)]
    usage = tuple(
        UsageDescription(
            key=f"NS{name}UsageDescription",
            text=f"{app.name} uses this for scanning and for nothing else.",
            texts={language: f"{app.name} ({language}) uses this for scanning." for language in _LANGUAGES},
        )
        for name in asked
    )
    libraries = tuple(
        Library(
            name=name, kind="framework", version=f"{release.version}.{rng.randint(0, 3)}", size=rng.randint(1, 9**7)
        )
        for name in _LIBRARIES
    )
    part = f"{app.bundle_id}.share"
    facts = BuildFacts(
        sha256=release.sha256,
        identifier=app.bundle_id,
        version=release.version,
        build=str(release.build),
        download_size=release.size,
        installed_size=release.size * 2,
        sizes={"program": release.size, "frameworks": release.size // 2, "resources": rng.randint(1, 9**7)},
        minimum_os=release.minimum_os,
        sdk="iphoneos17.5",
        build_tools={"xcode": "15.4", "xcode_build": "15F31d", "sdk_build": "21F77", "macos_build": "23F79"},
        architectures=("arm64",),
        device_family=("iphone", "ipad"),
        features=("arm64",),
        usage=usage,
        modes=("fetch", "remote-notification"),
        entitlements={
            "application-identifier": app.bundle_id,
            "aps-environment": "production",
            "com.apple.developer.associated-domains": ("applinks:example.com", "webcredentials:example.com"),
            "get-task-allow": False,
        },
        url_schemes=(app.id,),
        domains=("example.com",),
        libraries=libraries,
        parts=(
            Part(kind="extension", identifier=part, extension_point="com.apple.share-services", minimum_os="15.0"),
        ),
        privacy=Privacy(
            own=True,
            collected=tuple(
                CollectedData(type=name, linked=True, purposes=("AppFunctionality",))
                for name in ("CrashData", "EmailAddress", "UserID")
            ),
            apis=(RequiredReason(category="FileTimestamp", reasons=("C617.1",)),),
        ),
        api_categories=("FileTimestamp", "UserDefaults"),
        languages=_LANGUAGES,
        encryption=False,
        signers=(Signer(sha256=f"{app.number:064x}", kind="Apple Distribution", team="ABCDE12345"),),
    )
    return ReleaseFacts(ios=facts)


def write_facts(folder: Path, apps: list[App], releases: int) -> int:
    """Write the facts of every release beside it; gives the bytes of one in the mean."""
    total = 0
    for app in apps:
        for release in app.releases(releases):
            text = written_facts(make_facts(app, release))
            path = folder / "content" / "apps" / app.id / "releases" / f"{release.id}.facts.json"
            total += path.write_text(text, encoding="utf-8")
    return total // (len(apps) * releases)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.facts", description=__doc__)
    parser.add_argument("--releases", type=int, default=10_000, help="in all")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="new folder for the projects (default: in memory if possible)")
    wanted = parser.parse_args()
    apps, each = make_apps(max(1, wanted.releases // RELEASES), wanted.seed), min(wanted.releases, RELEASES)
    with workplace(wanted.folder) as folder:
        known, plain = otasite_side(folder / "with"), otasite_side(folder / "without")
        for side in (known, plain):
            write_otasite(side.folder, apps, each)
        mean = write_facts(known.folder, apps, each)
        print(f"{wanted.releases:,} releases, facts of {mean:,} bytes each, {wanted.pairs} pairs")
        print_head("with facts", "without")
        plain.once()  # compiles otasite's own modules where the installer has not
        print_case("cold", in_turn(known, plain, wanted.pairs))


if __name__ == "__main__":
    main()
