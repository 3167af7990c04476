"""The same made-up catalogue of apps and releases, written as an otasite site or as a Hugo site.

Everything follows from a seed: two runs write the same bytes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.words import release_notes

BASE_URL = "https://apps.example.com"
CHANNELS = ("stable", "beta")
CHUNK_SIZE = 10_485_760
#: The minutes in which all releases of an app appear, so that none of thousands lies in the future.
SPAN = 4 * 365 * 24 * 60
HUGO_TEMPLATES = Path(__file__).parent / "hugo"
THEME = Path(__file__).parent.parent / "themes" / "default"

_FIRST = ("River", "Harbour", "Signal", "North", "Field", "Copper", "Paper", "Night", "Garden", "Quarry")
_SECOND = ("Desk", "Console", "Scanner", "Planner", "Ledger", "Guide", "Board", "Reader", "Notes", "Keys")


@dataclass(frozen=True)
class Release:
    """One release with an iOS binary that is hosted elsewhere."""

    id: str
    version: str
    build: int
    date: str
    channel: str
    commit: str
    url: str
    size: int
    sha256: str
    chunk_size: int
    chunks: tuple[str, ...]
    minimum_os: str
    devices: int
    notes: str


@dataclass(frozen=True)
class App:
    """One app; its releases are made when they are asked for, oldest first."""

    number: int
    id: str
    name: str
    subtitle: str
    bundle_id: str
    team: str
    seed: int

    def releases(self, count: int) -> Iterator[Release]:
        rng = random.Random(f"{self.seed}/{self.number}")
        moment = dt.datetime(2021, 1, 4, 6, 0, tzinfo=dt.UTC)
        longest = min(4 * 24 * 60, 2 * SPAN // count)
        for number in range(1, count + 1):
            moment += dt.timedelta(minutes=rng.randint(30, longest))
            version = f"{number // 60 + 1}.{number // 6 % 10}.{number % 6}"
            build = 1000 + number * 3
            size = rng.randint(4_000_000, 30_000_000)
            chunks = tuple(_digest(rng) for _ in range(0, size, CHUNK_SIZE))
            yield Release(
                id=f"{version}-{build}",
                version=version,
                build=build,
                date=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                channel=CHANNELS[number % 3 > 0],
                commit=_digest(rng)[:12],
                url=f"https://downloads.example.com/{self.id}/{version}-{build}/{self.id}.ipa",
                size=size,
                sha256=chunks[0] if len(chunks) == 1 else _digest(rng),
                chunk_size=min(size, CHUNK_SIZE),
                chunks=chunks,
                minimum_os=rng.choice(("15.0", "16.4", "17.2")),
                devices=rng.randint(5, 95),
                notes=release_notes(rng, version, build),
            )


def make_apps(count: int, seed: int) -> list[App]:
    """``count`` apps with distinct names."""
    return [_make_app(number, seed) for number in range(1, count + 1)]


def _make_app(number: int, seed: int) -> App:
    first, second = _FIRST[number % 10], _SECOND[number // 10 % 10]
    name = f"{first} {second} {number}"
    return App(
        number=number,
        id=name.lower().replace(" ", "-"),
        name=name,
        subtitle=f"{second}s & more for team {number}",
        bundle_id=f"com.example.{first.lower()}.{second.lower()}{number}",
        team=f"Example Team {number % 7}",
        seed=seed,
    )


def _digest(rng: random.Random) -> str:
    return f"{rng.getrandbits(256):064x}"


def write_otasite(folder: Path, apps: list[App], releases: int) -> None:
    """Write the catalogue as an otasite project into the new folder ``folder``."""
    content = folder / "content"
    content.mkdir(parents=True)
    channels = "".join(f"  {channel}:\n    title: {channel.title()}\n" for channel in CHANNELS)
    (content / "site.yaml").write_text(
        f"title: Example Apps\ndescription: Test builds for everybody\nbase_url: {BASE_URL}\nchannels:\n{channels}",
        encoding="utf-8",
    )
    for app in apps:
        home = content / "apps" / app.id
        (home / "releases").mkdir(parents=True)
        (home / "icon.png").write_bytes(icon(app.number))
        (home / "app.yaml").write_text(_otasite_app(app), encoding="utf-8")
        for release in app.releases(releases):
            (home / "releases" / f"{release.id}.yaml").write_text(_release_yaml(release), encoding="utf-8")
            (home / "releases" / f"{release.id}.md").write_text(release.notes, encoding="utf-8")


def _otasite_app(app: App) -> str:
    return (
        f"name: {app.name}\nsubtitle: {app.subtitle}\nbundle_id: {app.bundle_id}\nicon: icon.png\n"
        f"description: |\n  The app of **team {app.number}**. It works offline.\n"
        f"defaults:\n  ios:\n    signing:\n      type: ad-hoc\n      team: {app.team}\n"
    )


def _release_yaml(release: Release) -> str:
    chunks = "".join(f"    - {chunk}\n" for chunk in release.chunks)
    return (
        f"version: {release.version}\n"
        f"build: {release.build}\n"
        f"date: {release.date}\n"
        f"channel: {release.channel}\n"
        f"commit: {release.commit}\n"
        "branch: main\n"
        "ios:\n"
        f"  url: {release.url}\n"
        f"  size: {release.size}\n"
        f"  sha256: {release.sha256}\n"
        f"  chunk_size: {release.chunk_size}\n"
        f"  chunks:\n{chunks}"
        f'  minimum_os: "{release.minimum_os}"\n'
        "  signing:\n"
        "    profile: Testers\n"
        "    expires: 2099-12-31\n"
        f"    devices: {release.devices}\n"
    )


def write_hugo(folder: Path, apps: list[App], releases: int) -> None:
    """Write the catalogue as a Hugo project into the new folder ``folder``."""
    shutil.copytree(HUGO_TEMPLATES, folder)
    (folder / "assets").mkdir()
    for name in ("site.css", "ota.js"):
        shutil.copyfile(THEME / "static" / name, folder / "assets" / name)
    (folder / "assets" / "paper.png").write_bytes(paper())
    for app in apps:
        home = folder / "content" / app.id
        home.mkdir(parents=True)
        (home / "icon.png").write_bytes(icon(app.number))
        (home / "_index.md").write_text(_hugo_app(app), encoding="utf-8")
        for channel in CHANNELS:
            (home / f"{channel}.md").write_text(
                f"---\ntitle: {app.name}, {channel.title()}\nlayout: channel\ndate: 2020-01-01\n"
                f"outputs: [html]\nparams:\n  channel: {channel}\n  kind: channel\n---\n",
                encoding="utf-8",
            )
        for release in app.releases(releases):
            (home / f"{release.id}.md").write_text(_hugo_release(app, release), encoding="utf-8")


def _hugo_app(app: App) -> str:
    return (
        f"---\ntitle: {app.name}\nparams:\n  subtitle: {app.subtitle}\n  bundle_id: {app.bundle_id}\n"
        f"  signing:\n    type: ad-hoc\n    team: {app.team}\n---\n\n"
        f"The app of **team {app.number}**. It works offline.\n"
    )


def _hugo_release(app: App, release: Release) -> str:
    chunks = "".join(f"      - {chunk}\n" for chunk in release.chunks)
    return (
        "---\n"
        f'title: "{app.name} {release.version} ({release.build})"\n'
        f"date: {release.date}\n"
        f"url: /{app.id}/{release.id}/\n"
        "params:\n"
        "  kind: release\n"
        f'  version: "{release.version}"\n'
        f'  build: "{release.build}"\n'
        f"  channel: {release.channel}\n"
        f'  commit: "{release.commit}"\n'
        "  branch: main\n"
        "  ios:\n"
        f"    url: {release.url}\n"
        f"    size: {release.size}\n"
        f'    sha256: "{release.sha256}"\n'
        f"    chunk_size: {release.chunk_size}\n"
        "    chunks:\n"
        + chunks.replace("- ", '- "').replace("\n", '"\n')
        + f'    minimum_os: "{release.minimum_os}"\n'
        "    signing:\n"
        "      profile: Testers\n"
        "      expires: 2099-12-31\n"
        f"      devices: {release.devices}\n"
        "---\n\n"
        f"{release.notes}"
    )


def icon(number: int) -> bytes:
    """A 512-pixel PNG, another one for each app."""
    rng = random.Random(number)
    image = Image.new("RGB", (512, 512), tuple(rng.randint(0, 255) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, radius = rng.randint(0, 511), rng.randint(0, 511), rng.randint(20, 160)
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=tuple(rng.randint(0, 255) for _ in range(3))
        )
    return _png(image)


def paper() -> bytes:
    """The empty picture on which Hugo writes link previews."""
    return _png(Image.new("RGB", (1200, 630), (247, 247, 249)))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, default=50)
    parser.add_argument("--releases", type=int, default=200, help="of each app")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--otasite", type=Path, help="new folder for the otasite project")
    parser.add_argument("--hugo", type=Path, help="new folder for the Hugo project")
    wanted = parser.parse_args()
    apps = make_apps(wanted.apps, wanted.seed)
    if wanted.otasite:
        write_otasite(wanted.otasite, apps, wanted.releases)
    if wanted.hugo:
        write_hugo(wanted.hugo, apps, wanted.releases)


if __name__ == "__main__":
    main()
