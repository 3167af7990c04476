"""The F-Droid repository: what it says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from otasite.catalogue.model import Binary
from otasite.hosting.deploy.plan import Turn, turn
from otasite.hosts.headers import headers_for
from otasite.hosts.repository_key import read_key
from otasite.outputs.qr import qr_svg
from otasite.outputs.registry import output_kinds
from otasite.problems import ProblemsFound
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop
from tests.outputs.fdroid import REPO, index, pem, publish, repository_site
from tests.outputs.projects import ANDROID_APP, certificate, own_apk
from tests.projects import NOW, SITE, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return repository_site(tmp_path)


def test_every_apk_is_there_under_its_hash(sandbox: Sandbox) -> None:
    publish(sandbox)
    package = index(sandbox)["packages"]["com.example.app"]
    found = {}
    for sha256, version in package["versions"].items():
        data = (sandbox.dist / REPO / version["file"]["name"].removeprefix("/")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256 == version["file"]["sha256"]
        assert len(data) == version["file"]["size"]
        manifest = version["manifest"]
        found[manifest["versionName"]] = (manifest["versionCode"], version.get("releaseChannels", []))
    assert found == {"2.0": (50, ["Beta"]), "1.10": (42, []), "1.9": (41, [])}


def test_what_is_known_of_an_apk_comes_from_the_file(sandbox: Sandbox) -> None:
    publish(sandbox)
    package = index(sandbox)["packages"]["com.example.app"]
    signer = hashlib.sha256(certificate()).hexdigest()
    assert package["metadata"]["preferredSigner"] == signer
    for version in package["versions"].values():
        assert version["manifest"]["usesSdk"] == {"minSdkVersion": 21, "targetSdkVersion": 34}
        assert version["manifest"]["signer"] == {"sha256": [signer]}
        assert version["manifest"]["usesPermission"] == [{"name": "android.permission.CAMERA"}]
        assert version["manifest"]["nativecode"] == ["arm64-v8a"]


def version_names(sandbox: Sandbox) -> dict[str, set[str]]:
    """The versions of each application ID."""
    return {
        identifier: {version["manifest"]["versionName"] for version in package["versions"].values()}
        for identifier, package in index(sandbox)["packages"].items()
    }


def test_builds_with_another_application_id_are_another_package(sandbox: Sandbox) -> None:
    """Android installs them beside each other: a client would refuse the one as an update of the other."""
    own_apk(sandbox, "2.1", 51, channel="beta", date="2026-05-11", identifier="com.example.app.beta")
    publish(sandbox)
    assert version_names(sandbox) == {"com.example.app": {"1.9", "1.10", "2.0"}, "com.example.app.beta": {"2.1"}}


def test_two_apps_with_one_application_id_are_one_package(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/zoo/app.yaml", ANDROID_APP.replace("Notes", "Zoo"))
    own_apk(sandbox, "3.0", 60, app="zoo", date="2026-05-12")
    publish(sandbox)
    assert version_names(sandbox) == {"com.example.app": {"1.9", "1.10", "2.0", "3.0"}}
    found = index(sandbox)
    metadata = found["packages"]["com.example.app"]["metadata"]
    assert metadata["name"] == {"en-US": "Notes"}
    assert metadata["lastUpdated"] == found["repo"]["timestamp"] == 1778544000000  # 2026-05-12T00:00:00Z


@pytest.mark.parametrize(("channel", "date"), [("stable", "2026-05-20"), ("beta", "2026-05-01")])
def test_an_apk_in_two_channels_is_offered_to_everybody(sandbox: Sandbox, channel: str, date: str) -> None:
    """A build that beta testers found good becomes stable: the same file, in two releases."""
    other = {"stable": ("2.0-50", "beta"), "beta": ("1.10-42", "stable")}[channel]
    version, _, build = other[0].partition("-")
    sandbox.write(
        "content/apps/notes/releases/again.yaml",
        f"version: '{version}'\nbuild: '{build}'\nid: again\ndate: {date}\nchannel: {channel}\n"
        f"android: {{file: {other[0]}.apk}}\n",
    )
    publish(sandbox)
    versions = index(sandbox)["packages"]["com.example.app"]["versions"].values()
    (one,) = [each for each in versions if each["manifest"]["versionName"] == version]
    assert "releaseChannels" not in one
    assert (sandbox.dist / REPO / one["file"]["name"].removeprefix("/")).is_file()


@pytest.mark.parametrize(
    ("build", "code"),
    [("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("1.2", None), ("", None), ("٤٢", None), ("-1", None)],
)
def test_a_version_code_is_a_number_that_android_can_have(build: str, code: int | None) -> None:
    assert Binary(platform="android", version="1", build=build).version_code == code


def test_the_address_shows_people_how_to_follow_it(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/other/app.yaml", ANDROID_APP.replace("Notes", "Other"))
    publish(sandbox)
    page = sandbox.read(f"{REPO}index.html")
    fingerprint = read_key(pem()).fingerprint
    address = f"://apps.example.com/fdroid/repo?fingerprint={fingerprint}"
    assert f'href="fdroidrepos{address}"' in page
    assert f"<code class=sum>{fingerprint}</code>" in page.replace('"', "")
    assert f'src="../../{REPO}qr-f-droid.svg"' in page
    assert (sandbox.dist / REPO / "qr-f-droid.svg").read_bytes() == qr_svg(f"https{address}")
    assert 'href="../../notes/"' in page
    assert "../../other/" not in page, "it has no APK"


def test_there_is_no_page_of_a_repository_that_nobody_can_add(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", ANDROID_APP + "outputs: {fdroid: false}\n")
    publish(sandbox)
    assert not [path for path in sandbox.files() if path.startswith("fdroid/")]


def test_nothing_names_an_app_that_is_not_public(sandbox: Sandbox) -> None:
    """With every output on, for the site and in the apps' own files."""
    every = ", ".join(kind.name for kind in output_kinds())
    sandbox.write("content/site.yaml", SITE + f"outputs: [{every}]\n")
    for visibility in ("unlisted", "hidden"):
        app = f"{visibility}-secret"
        described = ANDROID_APP.replace("Notes", "Secret").replace("com.example.app", "com.example.secret")
        own = f"visibility: {visibility}\noutputs: [{every}]\n"
        sandbox.write(f"content/apps/{app}/app.yaml", described + own)
        own_apk(sandbox, "3.0", 60, app=app, identifier="com.example.secret", notes="Secret.")
        sandbox.write(
            f"content/apps/{app}/releases/3.1-61.yaml",
            "version: '3.1'\nbuild: '61'\ndate: 2026-05-12\nios: {url: 'https://d.example.com/s', size: 7}\n",
        )
    publish(sandbox)
    secret = [path for path in sandbox.files() if path.startswith("u/")]
    assert any(path.endswith(".apk") for path in secret)
    assert not [path for path in secret if "badge" in path or "app-managed" in path or "management" in path]
    named = [
        path
        for path in {*sandbox.files()} - {*secret}
        if "secret" in path.lower() or b"secret" in (sandbox.dist / path).read_bytes().lower()
    ]
    assert named == []


def test_an_apk_is_published_once(sandbox: Sandbox) -> None:
    publish(sandbox)
    apks = [path for path in sandbox.files() if path.endswith(".apk")]
    assert len(apks) == 3
    assert all(path.startswith(REPO) for path in apks)
    newest = next(path for path in apks if "1.10" in path)
    assert f'href="../{newest}"' in sandbox.read("notes/index.html")


def test_the_app_has_its_texts_and_pictures(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/site.yaml", SITE + "languages: [en, de]\noutputs: {fdroid: {name: {en: Ours, de: Unsere}}}\n"
    )
    publish(sandbox)
    found = index(sandbox)
    assert found["repo"]["name"] == {"en-US": "Ours", "de": "Unsere"}
    metadata = found["packages"]["com.example.app"]["metadata"]
    assert metadata["name"] == {"en-US": "Notes"}
    assert metadata["authorName"] == "Example & Sons"
    assert "Unsere" in sandbox.read(f"de/{REPO}index.html")
    pictures = [metadata["icon"]["en-US"]["name"], metadata["screenshots"]["phone"]["en-US"][0]["name"]]
    assert all((sandbox.dist / REPO / name.removeprefix("/")).is_file() for name in pictures)
    versions = found["packages"]["com.example.app"]["versions"].values()
    assert {version["whatsNew"]["en-US"] for version in versions} == {
        "Notes of *1.9*.",
        "Notes of *1.10*.",
        "Notes of *2.0*.",
    }


def test_the_moment_is_that_of_the_newest_release(sandbox: Sandbox) -> None:
    publish(sandbox)
    assert index(sandbox)["repo"]["timestamp"] == 1778371200000  # 2026-05-10T00:00:00Z


def test_the_same_content_and_key_give_the_same_bytes(sandbox: Sandbox, tmp_path: Path) -> None:
    publish(sandbox)
    publish(sandbox, out=tmp_path / "again")
    assert sandbox.files() == sandbox.files(tmp_path / "again")


def test_pages_offer_it_with_its_fingerprint(sandbox: Sandbox) -> None:
    publish(sandbox)
    fingerprint = read_key(pem()).fingerprint
    for page in ("notes/index.html", "notes/beta/index.html"):
        html = sandbox.read(page)
        assert f'href="fdroidrepos://apps.example.com/fdroid/repo?fingerprint={fingerprint}"' in html
        assert "qr-f-droid.svg" in html


def test_what_no_client_could_fetch_is_left_out(sandbox: Sandbox) -> None:
    """Binaries elsewhere, builds without a version code, apps that nothing may name, and those that say no."""
    publish(sandbox)
    for app in (
        "binaries: {base_url: https://downloads.example.com/}\n",
        "visibility: hidden\n",
        "outputs: {fdroid: false}\n",
    ):
        sandbox.write("content/apps/notes/app.yaml", ANDROID_APP + app)
        publish(sandbox)
        assert not (sandbox.dist / REPO).exists()
        assert not [path for path, data in sandbox.files().items() if b"fdroidrepos" in data]


def test_the_preview_and_explain_find_what_lies_outside_of_the_app_s_folder(sandbox: Sandbox) -> None:
    """Pages link to these files, and they belong to an app all the same."""
    publish(sandbox)
    environment = {"OTASITE_FDROID_KEY": pem().decode()}
    workshop = Workshop(sandbox.project, BuildOptions(now=NOW, environment=environment))
    files = sandbox.files(sandbox.dist / REPO)
    assert {"entry.jar", "index-v2.json"} < set(files)
    for path, data in files.items():
        assert workshop.render(REPO + path) == data, path


def test_a_file_of_one_s_own_in_the_repository_clashes(sandbox: Sandbox) -> None:
    publish(sandbox)
    (apk, *_) = (path for path in sandbox.files() if path.endswith(".apk"))
    sandbox.write(f"content/static/{apk}", "mine")
    with pytest.raises(ProblemsFound) as caught:
        publish(sandbox)
    assert [problem.code for problem in caught.value.problems] == ["path-clash"]


def test_it_is_asked_for_again_and_comes_last() -> None:
    assert headers_for(f"{REPO}entry.jar")["Cache-Control"] == "no-cache"
    assert headers_for(f"{REPO}entry.jar")["Content-Type"] == "application/java-archive"
    names = ("a.apk", "index-v2.json", "entry.jar")
    assert [turn(REPO + name) for name in names] == [Turn.CONTENT, Turn.OVERVIEW, Turn.INDEX]
