"""The demo catalogue, built by the real command and looked at as a browser, an iPhone and a host see it."""

from __future__ import annotations

import hashlib
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser

from otasite.hosts.headers import SECURITY_HEADERS, page_policy
from tests.tools import PROJECT
from tests.web.links import PageLinks, SiteLinks
from tests.web.server import Server
from tests.web.visit import Visit

pytestmark = pytest.mark.slow

BASE = "https://apps.example.com/"
BELOW = "https://example.com/mobile/apps/"

#: One page of each kind, with the platforms and signing types among them.
PAGES = {
    "index": "",
    "app with channels": "rider/",
    "app, enterprise, drawn icon": "roster/",
    "app, Android only": "depot/",
    "app, development": "signal-lab/",
    "app, two releases": "lost-property/",
    "channel": "rider/beta/",
    "release, old": "rider/4.0.0-402/",
    "release, ad hoc": "inspector/1.10-0204/",
    "free page": "testers/",
    "not found": "404.html",
}

COLOUR_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def build(folder: Path, *flags: str, **environment: str) -> Path:
    """Copy the demo into ``folder``, build it there with the command line, and return its dist/."""
    shutil.copytree(PROJECT / "content", folder / "content")
    otasite(folder, "build", *flags, **environment)
    return folder / "dist"


def otasite(folder: Path, *words: str, **environment: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OTASITE_", "NETLIFY"))}
    done = subprocess.run(
        [sys.executable, "-m", "otasite", *words],
        cwd=folder,
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def digests(dist: Path) -> dict[str, str]:
    return {
        path.relative_to(dist).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(dist.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as a site that lives in a folder of its host."""
    return build(tmp_path_factory.mktemp("below"), "--base-url", BELOW)


@pytest.fixture(scope="module")
def server(demo: Path) -> Iterator[Server]:
    running = Server(demo)
    yield running
    running.close()


# --- what is there ------------------------------------------------------------------------------------------


def test_every_app_has_its_pages_and_the_draft_has_none(demo: Path) -> None:
    for page in PAGES.values():
        assert (demo / page if page.endswith(".html") else demo / page / "index.html").is_file(), page
    assert (demo / "rider/3.9.0-391").is_dir(), "a pinned release stays"
    assert not (demo / "signal-lab/0.7.0-66").exists(), "a draft is not built"
    expired = [path for path in demo.rglob("*") if path.is_file() and b"0.7.0" in path.read_bytes()]
    assert not expired, f"the draft is named in {expired}"


def test_an_app_whose_platforms_differ_and_whose_older_build_fits_older_systems(demo: Path) -> None:
    page = (demo / "lost-property/index.html").read_text()
    for text in ("Version 1.2.0 (45)", "Version 1.2.0+45 (2045)", 'data-fits="15.0"', 'data-fits="8.0"'):
        assert text in page, text
    assert "There is no" not in page


def test_the_demo_passes_its_own_check(demo: Path) -> None:
    """Whoever takes it for a start is told which addresses are examples, and nothing else."""
    found = json.loads(otasite(demo.parent, "check", "--format", "json"))
    assert {problem["code"] for problem in found} == {"example-address"}


def test_two_builds_in_different_places_are_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    other = tmp_path / "with space" / "ünïcode"
    other.mkdir(parents=True)
    again = build(other, PYTHONHASHSEED="7", TZ="Pacific/Auckland", LC_ALL="C", COLUMNS="40")
    assert digests(again) == digests(demo)


def test_pages_ask_of_browsers_what_headers_do(demo: Path) -> None:
    """Not every host can send headers, and where both speak, the page's own word counts."""
    referrer = f'<meta name="referrer" content="{SECURITY_HEADERS["Referrer-Policy"]}">'
    content = re.compile(
        r'<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Security-Policy" content="(.+?)">'
    )
    opened: set[str] = set()
    for page in demo.rglob("*.html"):
        text = page.read_text("utf-8")
        assert referrer in text, page
        found = content.search(text)
        assert found, page
        elsewhere = {url.partition("/")[0] for url in re.findall(r'data-file="https://(.+?)"', text)}
        policy = page_policy(f"https://{host}" for host in sorted(elsewhere))
        assert unescape(found[1]) == policy, "only the hosts of this page's own binaries"
        opened.update(elsewhere)
        said = SECURITY_HEADERS["Content-Security-Policy"].replace("'self' https:", "'self'")
        assert said == f"{page_policy()}; frame-ancestors 'none'"
    assert opened == {"downloads.example.com"}


def test_a_host_without_headers_has_the_same_protection(
    demo: Path, tmp_path: Path, chromium: Browser, serve: Callable[..., Server]
) -> None:
    """Fonts, films, pictures, styles and scripts of the site may load; foreign ones and what is inline may not."""
    folder = shutil.copytree(demo, tmp_path / "dist")
    (folder / "_headers").unlink()
    (folder / "own.css").write_text('@font-face { font-family: Own; src: url("own.woff2"); } p { font-family: Own; }')
    own = (
        '<link rel="stylesheet" href="/own.css"><script src="/own.js"></script><p>text</p>'
        '<img src="/own.svg" alt=""><video src="/own.mp4" autoplay></video>'
    )
    foreign = (
        '<script>alert(1)</script><p style="color: red">text</p><img src="https://elsewhere.example/x.png" alt="">'
    )
    path = folder / "rider/index.html"
    path.write_text(path.read_text("utf-8").replace("</head>", f"</head>{own}{foreign}"), "utf-8")
    page = chromium.new_page()
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.effectiveDirective))"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"{serve(folder).url}rider/", wait_until="networkidle")
    refused = page.evaluate("refused")
    page.close()
    assert sorted(refused) == ["img-src", "script-src-elem", "style-src-attr"]
    assert {"own.css", "own.js", "own.svg", "own.mp4", "own.woff2"} <= set(asked)


def test_nothing_tells_where_it_was_built(demo: Path) -> None:
    places = {str(demo.parent).encode(), str(PROJECT).encode()}
    leaks = [path for path in demo.rglob("*") if path.is_file() and any(p in path.read_bytes() for p in places)]
    assert not leaks


# --- as an iPhone sees it -----------------------------------------------------------------------------------


def nested_address(link: str) -> str:
    """The manifest address in an install link, taken apart as iOS does it."""
    prefix = "itms-services://?"
    assert link.startswith(prefix), link
    pieces = [part.split("=") for part in link.removeprefix(prefix).replace(";", "&").split("&")]
    values = {piece[0]: unquote(piece[1]) for piece in pieces if len(piece) == 2}
    assert values["action"] == "download-manifest"
    return values["url"]


@pytest.mark.parametrize("where", ["root", "below"])
def test_every_install_link_leads_to_a_manifest_and_its_images(where: str, request: pytest.FixtureRequest) -> None:
    dist: Path = request.getfixturevalue("demo" if where == "root" else "below")
    site = SiteLinks(dist, BASE if where == "root" else BELOW)
    links = {
        link
        for page in dist.rglob("*.html")
        for link in PageLinks(page.read_text(encoding="utf-8")).found
        if link.startswith("itms")
    }
    manifests = {site.file(nested_address(link)) for link in links}
    assert manifests == set(dist.rglob("manifest.plist")), "each manifest is linked, each link has a manifest"
    for manifest in manifests:
        assert manifest is not None
        (item,) = plistlib.loads(manifest.read_bytes())["items"]
        assets = {asset["kind"]: asset for asset in item["assets"]}
        assert set(assets) == {"software-package", "display-image", "full-size-image"}
        for kind in ("display-image", "full-size-image"):
            assert site.file(assets[kind]["url"]), f"{manifest}: no file for {assets[kind]['url']}"


def test_plistutil_reads_every_manifest_as_plistlib_does(
    demo: Path, tmp_path: Path, tool: Callable[[str, str], str]
) -> None:
    plistutil = tool("plistutil", "libplist-utils")
    manifests = sorted(demo.rglob("manifest.plist"))
    assert len(manifests) >= 20
    for manifest in manifests:
        binary = tmp_path / "manifest.bplist"
        subprocess.run([plistutil, "-i", str(manifest), "-o", str(binary)], check=True, timeout=20)
        assert binary.read_bytes().startswith(b"bplist00")
        assert plistlib.loads(binary.read_bytes()) == plistlib.loads(manifest.read_bytes()), manifest


def test_versions_keep_the_text_that_was_written(demo: Path) -> None:
    (item,) = plistlib.loads((demo / "inspector/1.10-0204/manifest.plist").read_bytes())["items"]
    assert item["metadata"]["bundle-version"] == "0204"
    assert item["metadata"]["title"] == "Inspector"


# --- as a browser sees it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["root", "below"])
def test_every_link_inside_the_site_leads_somewhere(where: str, request: pytest.FixtureRequest) -> None:
    dist: Path = request.getfixturevalue("demo" if where == "root" else "below")
    broken = SiteLinks(dist, BASE if where == "root" else BELOW).broken()
    assert not broken, "\n" + "\n".join(broken)


def test_every_address_in_feeds_and_json_leads_somewhere(below: Path) -> None:
    site = SiteLinks(below, BELOW)
    texts = [path.read_text(encoding="utf-8") for end in ("xml", "json") for path in below.rglob(f"*.{end}")]
    texts.append((below / "robots.txt").read_text(encoding="utf-8"))
    # A backslash ends an address, too: in JSON it stands before the quote that follows.
    addresses = {found for text in texts for found in re.findall(re.escape(BELOW) + r"[^\s\"'<>&\\]*", text)}
    assert len(addresses) > 30
    lost = [address for address in sorted(addresses) if site.file(address) is None]
    assert not lost, "\n" + "\n".join(lost)


def test_feeds_and_sitemaps_are_well_formed_and_json_is_json(demo: Path) -> None:
    for path in demo.rglob("*.xml"):
        ET.parse(path)
    for path in demo.rglob("*.json"):
        json.loads(path.read_bytes())
    atom = ET.parse(demo / "feed.xml").getroot()
    assert atom.tag == "{http://www.w3.org/2005/Atom}feed"
    assert ET.parse(demo / "sitemap.xml").getroot().tag.endswith("urlset")


def test_the_nu_checker_finds_no_error(demo: Path, nu_checker: Callable[[Path], str]) -> None:
    complaints = nu_checker(demo)
    assert not complaints, "\n" + complaints


@pytest.mark.browser
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_sound_at_every_width_in_light_and_dark(
    kind: str, server: Server, visit: Callable[..., Visit], axe_source: str
) -> None:
    seen = visit(server.url + PAGES[kind])
    for width in (390, 1280):
        seen.page.set_viewport_size({"width": width, "height": 844})
        for scheme in COLOUR_SCHEMES:
            seen.page.emulate_media(color_scheme=scheme)
            assert seen.violations(axe_source) == [], f"{width} pixels, {scheme}"
    for width in (320, 390, 768, 1280):
        seen.page.set_viewport_size({"width": width, "height": 844})
        assert seen.sideways_scroll() <= 0, f"the page scrolls sideways at {width} pixels"
    assert seen.foreign_requests() == []
    assert seen.complaints == []


@pytest.mark.browser
def test_every_picture_of_a_page_arrives(server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(server.url + "rider/", width=1280, height=4000).page
    broken = page.evaluate(
        """async () => {
          const shown = [...document.images].filter((image) => image.checkVisibility());
          shown.forEach((image) => { image.loading = "eager"; });
          await Promise.all(shown.map((image) => image.decode().catch(() => {})));
          return shown.filter((image) => !image.naturalWidth).map((image) => image.src);
        }"""
    )
    assert broken == []
    assert page.locator("img").count() >= 4


@pytest.mark.browser
def test_a_lost_page_finds_its_way_home_under_a_base_path(
    below: Path, serve: Callable[..., Server], visit: Callable[..., Visit]
) -> None:
    here = serve(below, "/mobile/apps/")
    lost = visit(here.url + "no/such/page/", width=1280)
    assert not [line for line in lost.complaints if "/assets/" in line], "its styles come from the right place"
    lost.page.locator("a[href]:visible").first.click()
    assert lost.page.url == here.url
