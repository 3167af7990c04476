"""The F-Droid repository: what it says, when it refuses, and what F-Droid's own code makes of it.

Those tests need an environment with fdroidserver (``OTASITE_FDROIDSERVER`` is its Python) and a JDK's ``jarsigner``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from otasite.binaries.inspect import inspect_binary
from otasite.catalogue.model import Binary
from otasite.cli import cli
from otasite.hosting.deploy.plan import Turn, turn
from otasite.hosts.headers import headers_for
from otasite.hosts.repository_key import new_key, read_key
from otasite.outputs.jar import signed_jar
from otasite.outputs.qr import qr_svg
from otasite.outputs.registry import output_kinds
from otasite.problems import ProblemsFound
from otasite.publish.engine import build
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop
from tests.outputs.projects import ANDROID_APP, android_example, certificate, own_apk
from tests.projects import NOW, SITE, Sandbox
from tests.site.pictures import png

REPO = "fdroid/repo/"


@cache
def pem() -> bytes:
    """A key for all tests of a run: the smallest that Android takes, because making one takes long."""
    return new_key(NOW, 2048)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = android_example(tmp_path / "project", "[fdroid]", "icon: icon.png\nscreenshots: [shot.png]\n")
    sandbox.write("content/apps/notes/icon.png", png(64, 1))
    sandbox.write("content/apps/notes/shot.png", png(90, 2))
    return sandbox


def publish(sandbox: Sandbox, key: str | None = None, out: Path | None = None) -> None:
    key = pem().decode() if key is None else key
    environment = {"OTASITE_FDROID_KEY": key, "OTASITE_CONFIG_DIR": "/nowhere", "OTASITE_SECRET": "s" * 32}
    options = BuildOptions(now=NOW, environment=environment, workers=1, cache=out is None)
    build(Workshop(sandbox.project, options), out=out)


def index(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sandbox.read(f"{REPO}index-v2.json"))
    return found


# --- what it says -------------------------------------------------------------------------------------------


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


# --- keys ---------------------------------------------------------------------------------------------------


def refused(sandbox: Sandbox, key: str | None = None) -> str:
    with pytest.raises(ProblemsFound) as caught:
        publish(sandbox, key)
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.location)) == ("fdroid-key", "content/site.yaml")
    assert "PRIVATE" not in problem.message + problem.hint
    return problem.message


def test_a_build_without_a_key_is_refused(sandbox: Sandbox) -> None:
    assert "there is no key" in refused(sandbox, "")
    assert not sandbox.dist.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/nowhere/key.pem", "its file cannot be read: No such file"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "it holds no private key"),
    ],
)
def test_a_key_that_is_none_is_told_without_quoting_it(sandbox: Sandbox, text: str, words: str) -> None:
    assert words in refused(sandbox, text)


def test_a_key_needs_its_own_certificate(sandbox: Sandbox) -> None:
    private = pem().partition(b"-----BEGIN CERTIFICATE")[0].decode()
    assert "it holds no certificate" in refused(sandbox, private)
    other = new_key(NOW, 2048).partition(b"-----BEGIN CERTIFICATE")
    assert "belongs to another key" in refused(sandbox, private + (other[1] + other[2]).decode())


def test_another_key_than_clients_trust_is_refused(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE + f"outputs: {{fdroid: {{fingerprint: {'ab' * 32}}}}}\n")
    assert "clients would refuse it" in refused(sandbox)


def test_a_check_needs_no_key(sandbox: Sandbox) -> None:
    """In the CI of a pull request there is none; the fingerprint of site.yaml makes the same pages."""
    fingerprint = read_key(pem()).fingerprint
    sandbox.write("content/site.yaml", SITE + f"outputs: {{fdroid: {{fingerprint: {fingerprint}}}}}\n")
    assert [problem for problem in sandbox.check() if problem.severity == "error"] == []


def run(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    variables = {"OTASITE_CONFIG_DIR": str(folder / "config"), "OTASITE_FDROID_KEY": "", **environment}
    done = CliRunner().invoke(cli, list(words), env=variables)
    return done.exit_code, done.output


def test_a_new_key_is_made_once_and_found(tmp_path: Path) -> None:
    status, told = run(tmp_path, "key", "new", "fdroid")
    assert status == 0, told
    file = tmp_path / "config" / "fdroid.pem"
    fingerprint = read_key(file.read_bytes()).fingerprint
    assert f"fingerprint: {fingerprint}" in told
    assert "If it is lost" in told
    assert "PRIVATE" not in told
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run(tmp_path, "key", "show", "fdroid") == (0, f"{fingerprint}\n")
    again = run(tmp_path, "key", "new", "fdroid")
    assert again[0] != 0
    assert read_key(file.read_bytes()).fingerprint == fingerprint


def test_no_key_is_written_into_a_project(sandbox: Sandbox) -> None:
    status, _ = run(sandbox.root, "key", "new", "fdroid", "--out", str(sandbox.root / "new" / "key.pem"))
    assert status != 0
    assert not (sandbox.root / "new").exists()
    assert run(sandbox.root / "none", "key", "show", "fdroid")[0] != 0


# --- F-Droid's own code -------------------------------------------------------------------------------------

READ = """
import json, sys
from fdroidserver import common, index
from fdroidserver.exception import VerificationException
jarsigner, what, *rest = sys.argv[1:]
common.config = {"jarsigner": jarsigner, "cachedir": "."}
try:
    if what == "jar":
        entry, _, fingerprint = index.get_index_from_jar(*rest)
        found = {"entry": entry, "fingerprint": fingerprint}
    else:
        found = {"index": index.download_repo_index_v2(*rest)[0]}
except VerificationException as error:
    found = {"refused": str(error).splitlines()[0]}
print(json.dumps(found))
"""


@pytest.fixture
def oracle(tmp_path: Path) -> Any:
    """fdroidserver's reader: what it finds in a JAR (“jar”) or at an address (“repository”), or why it refuses."""
    python, jarsigner = os.environ.get("OTASITE_FDROIDSERVER", ""), shutil.which("jarsigner")
    if not python or jarsigner is None:
        pytest.skip("needs OTASITE_FDROIDSERVER (the Python of an environment with fdroidserver) and jarsigner (JDK)")

    def read(*what: str | Path) -> dict[str, Any]:
        command = [python, "-c", READ, jarsigner, *map(str, what)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return read


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on this machine that has a folder's files."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_fdroidserver_reads_back_what_the_apks_are(sandbox: Sandbox, oracle: Any) -> None:
    """Followed as a client follows it: from the address with the fingerprint to every APK."""
    own_apk(sandbox, "2.1", 51, channel="beta", date="2026-05-11", identifier="com.example.app.beta")
    publish(sandbox)
    fingerprint = read_key(pem()).fingerprint
    with served(sandbox.dist) as address:
        packages = oracle("repository", f"{address}/fdroid/repo?fingerprint={fingerprint}")["index"]["packages"]
        refused = oracle("repository", f"{address}/fdroid/repo?fingerprint={'ab' * 32}")["refused"]
        changed = sandbox.dist / REPO / "index-v2.json"
        changed.write_bytes(changed.read_bytes().replace(b"1.10", b"1.11"))
        assert (
            "does not match entry"
            in oracle("repository", f"{address}/fdroid/repo?fingerprint={fingerprint}")["refused"]
        )
    assert "fingerprint does not match" in refused
    read = [
        (
            identifier,
            version["manifest"]["versionName"],
            version["manifest"]["versionCode"],
            sha256,
            version["file"]["sha256"],
            version["file"]["size"],
            hashlib.sha256(
                (sandbox.dist / REPO / version["file"]["name"].removeprefix("/")).read_bytes()
            ).hexdigest(),
        )
        for identifier, package in packages.items()
        for sha256, version in package["versions"].items()
    ]
    files = [inspect_binary(path) for path in (sandbox.root / "content").rglob("*.apk")]
    assert len(files) == 4
    assert sorted(read) == sorted(
        (file.identifier, file.version, int(file.build), file.sha256, file.sha256, file.size, file.sha256)
        for file in files
    )


@pytest.mark.slow
def test_fdroidserver_takes_the_index_and_reads_it_back(sandbox: Sandbox, oracle: Any) -> None:
    publish(sandbox)
    fingerprint = read_key(pem()).fingerprint
    found = oracle("jar", sandbox.dist / REPO / "entry.jar", fingerprint)
    assert found["fingerprint"].lower() == fingerprint
    named = found["entry"]["index"]
    data = (sandbox.dist / REPO / named["name"].removeprefix("/")).read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (named["sha256"], named["size"])
    assert named["numPackages"] == len(json.loads(data)["packages"]) == 1
    assert (found["entry"]["version"], found["entry"]["timestamp"]) == (20002, json.loads(data)["repo"]["timestamp"])


@pytest.mark.slow
def test_fdroidserver_refuses_another_fingerprint(sandbox: Sandbox, oracle: Any) -> None:
    publish(sandbox)
    assert "fingerprint does not match" in oracle("jar", sandbox.dist / REPO / "entry.jar", "ab" * 32)["refused"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", ["entry.json", "META-INF/MANIFEST.MF", "META-INF/OTASITE.SF", "META-INF/OTASITE.RSA"]
)
def test_fdroidserver_refuses_a_changed_index(tmp_path: Path, oracle: Any, part: str) -> None:
    key = read_key(pem())
    good = tmp_path / "good.jar"
    good.write_bytes(signed_jar("entry.json", b'{"timestamp": 1}', key))
    assert "entry" in oracle("jar", good, key.fingerprint)
    bad = tmp_path / "bad.jar"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if name == part else data)
    assert "refused" in oracle("jar", bad, key.fingerprint)
