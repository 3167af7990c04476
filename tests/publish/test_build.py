"""A build as a whole: what it writes, what it leaves, what it refuses."""

from __future__ import annotations

import datetime as dt
import json
import plistlib
import re
import time
from pathlib import Path

import pytest

from otasite.hosts.headers import headers_for
from otasite.hosts.targets import HOST_FILES
from otasite.problems import ProblemsFound, Refused
from tests.projects import APP, NOW, SITE, Sandbox, example, own_binary
from tests.site.test_urls import as_ios_reads


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def test_a_complete_site(sandbox: Sandbox) -> None:
    report = sandbox.build()
    files = sandbox.files()
    for path in (
        "index.html", "404.html", "feed.xml", "catalogue.json", "sitemap.xml", "robots.txt", "_headers", ".nojekyll",
        "notes/index.html", "notes/stable/index.html", "notes/1.1-2/index.html", "notes/1.1-2/manifest.plist",
        "notes/1.1-2/qr.svg", "notes/feed.xml", "notes/latest.json", "notes/app.webmanifest", "help/index.html",
    ):  # fmt: skip
        assert path in files
    assert (report.apps, report.releases, report.files) == (1, 2, len(files))
    assert report.written == len(files)


def test_every_page_has_a_title(sandbox: Sandbox) -> None:
    sandbox.write("content/pages/about.md", "# About\n\nText")
    sandbox.build()
    for path in sandbox.files():
        if path.endswith(".html"):
            page = sandbox.read(path)
            assert "<title> " not in page, path
            assert 'property="og:title" content=""' not in page, path


def test_a_manifest_says_what_ios_needs(sandbox: Sandbox) -> None:
    sandbox.build()
    manifest = plistlib.loads((sandbox.dist / "notes/1.1-2/manifest.plist").read_bytes())
    (item,) = manifest["items"]
    package, display, full = item["assets"]
    assert package == {"kind": "software-package", "url": "https://downloads.example.com/notes-2.ipa"}
    assert (display["kind"], full["kind"]) == ("display-image", "full-size-image")
    for image in (display, full):
        assert (sandbox.dist / image["url"].removeprefix("https://apps.example.com/")).is_file()
    assert item["metadata"] == {
        "bundle-identifier": "com.example.app",
        "bundle-version": "2",
        "kind": "software",
        "platform-identifier": "com.apple.platform.iphoneos",
        "title": "Notes",
        "subtitle": "Example & Sons",
    }


def test_pages_link_to_the_manifest_as_ios_reads_it(sandbox: Sandbox) -> None:
    import html
    import re

    sandbox.build(base_url="https://example.github.io/repo/")
    for page in ("notes/index.html", "notes/1.1-2/index.html", "notes/stable/index.html"):
        links = re.findall(r'href="(itms-services[^"]*)"', sandbox.read(page))
        assert links
        for link in links:
            url = as_ios_reads(html.unescape(link))
            assert url == "https://example.github.io/repo/notes/1.1-2/manifest.plist"


def test_a_binary_of_this_repository_is_published_under_its_hash(sandbox: Sandbox) -> None:
    data = own_binary(sandbox, filler=12_000_000)
    sandbox.build()
    (published,) = sandbox.dist.glob("notes/1.10-0123/*.ipa")
    assert published.read_bytes() == data
    package = plistlib.loads((sandbox.dist / "notes/1.10-0123/manifest.plist").read_bytes())["items"][0]["assets"][0]
    assert package["url"] == f"https://apps.example.com/notes/1.10-0123/{published.name}"
    assert package["sha256-size"] == 10 * 2**20
    assert len(package["sha256s"]) == 2


def test_data_for_machines(sandbox: Sandbox) -> None:
    sandbox.build()
    catalogue = json.loads(sandbox.read("catalogue.json"))
    (app,) = catalogue["apps"]
    assert [release["id"] for release in app["releases"]] == ["1.1-2", "1.0-1"]
    latest = json.loads(sandbox.read("notes/latest.json"))["channels"]["stable"]
    assert latest["url"] == "https://apps.example.com/notes/1.1-2/"
    assert as_ios_reads(latest["ios"]["install"]) == latest["ios"]["manifest"]
    assert "<em>1.1</em>" in latest["notes_html"]


def test_what_is_left_out(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/releases/d.yaml", "version: 3\nbuild: 3\ndate: 2026-05-03\ndraft: true\n"
                  "ios: {url: 'https://h/x.ipa'}\n")  # fmt: skip
    sandbox.release("4.0", "4", date="2026-07-01")
    for number in range(5):
        sandbox.release("0.9", str(number), date=f"2026-04-0{number + 1}", channel="beta")
    report = sandbox.build()
    assert (report.drafts, report.future, report.dropped) == (1, 1, 2)
    assert not (sandbox.dist / "notes/3-3").exists()
    assert not (sandbox.dist / "notes/0.9-1").exists()
    assert (sandbox.dist / "notes/0.9-2").exists()
    report = sandbox.build(drafts=True, future=True)
    assert (report.drafts, report.future) == (0, 0)
    assert (sandbox.dist / "notes/3-3/index.html").exists()
    assert (sandbox.dist / "notes/4.0-4/index.html").exists()


def test_a_future_release_appears_when_its_time_comes(sandbox: Sandbox) -> None:
    sandbox.release("4.0", "4", date="2026-07-01")
    sandbox.build()
    report = sandbox.build(now=NOW + dt.timedelta(days=40))
    assert report.future == 0
    assert (sandbox.dist / "notes/4.0-4/index.html").exists()


SECRET = """\
name: Zephyrine
bundle_id: com.example.z
visibility: unlisted
releases: [{version: 1, build: 1, date: 2026-05-01, ios: {url: 'https://h/z.ipa'}}]
"""


def unlisted_folder(sandbox: Sandbox) -> str:
    (folder,) = (sandbox.dist / "u").iterdir()
    return f"u/{folder.name}"


def test_an_unlisted_app_is_named_nowhere(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/secret.yaml", SECRET)
    sandbox.build(secret="correct horse battery staple")
    folder = unlisted_folder(sandbox)
    key = folder.removeprefix("u/")
    assert len(key) == 26
    for path, data in sandbox.files().items():
        if not path.startswith(folder):
            assert b"Zephyrine" not in data
            assert key.encode() not in data
    assert "noindex" in sandbox.read(f"{folder}/index.html")
    manifest = plistlib.loads((sandbox.dist / folder / "1-1/manifest.plist").read_bytes())
    assert f"/{folder}/icon-57." in manifest["items"][0]["assets"][1]["url"]
    for stored in (sandbox.root / ".otasite").rglob("*"):
        assert not stored.is_file() or b"battery" not in stored.read_bytes()


def test_an_unlisted_app_is_named_nowhere_in_any_language(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", f"{SITE}languages: [en, de]\n")
    sandbox.write("content/apps/secret.yaml", SECRET)
    sandbox.build(secret="one")
    folder = unlisted_folder(sandbox)
    files = sandbox.files()
    own = {path for path in files if path.startswith((folder, f"de/{folder}"))}
    assert f"de/{folder}/index.html" in own
    for path in own:
        assert headers_for(path.removesuffix("index.html"))["X-Robots-Tag"] == "noindex, nofollow"
        if path.endswith(".html"):
            assert re.search(rb'<meta name="?robots"? content="?noindex', files[path]), path
    for path in files.keys() - own:
        assert b"Zephyrine" not in files[path]
        assert folder.encode() not in files[path]


@pytest.mark.parametrize(("secret", "codes"), [("x" * 19, ["weak-secret"]), ("x" * 20, [])])
def test_a_secret_that_can_be_guessed(sandbox: Sandbox, secret: str, codes: list[str]) -> None:
    sandbox.write("content/apps/secret.yaml", SECRET)
    assert [problem.code for problem in sandbox.build(secret=secret).problems] == codes


def test_another_secret_moves_an_unlisted_app(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/secret.yaml", SECRET)
    sandbox.build(secret="one")
    before = unlisted_folder(sandbox)
    sandbox.build(secret="two")
    assert unlisted_folder(sandbox) != before
    sandbox.build(secret="one")
    assert unlisted_folder(sandbox) == before


def test_an_unlisted_app_needs_a_secret(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/secret.yaml", SECRET)
    assert sandbox.mistakes() == ["content/apps/secret.yaml: no-secret"]
    assert sandbox.check() == ()


def test_a_hidden_app_is_not_built(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", APP + "visibility: hidden\n")
    sandbox.build()
    assert not (sandbox.dist / "notes").exists()


def test_nothing_is_done_when_nothing_changed(sandbox: Sandbox) -> None:
    time.sleep(0.05)  # a file changed in the same clock tick in which it is read would be read again
    sandbox.build()
    before = {path: path.stat().st_mtime_ns for path in sandbox.dist.rglob("*")}
    report = sandbox.build()
    assert (report.loaded, report.written, report.removed, report.releases) == (0, 0, 0, 2)
    assert {path: path.stat().st_mtime_ns for path in sandbox.dist.rglob("*")} == before


def test_what_is_gone_from_the_content_goes_from_dist(sandbox: Sandbox) -> None:
    sandbox.build()
    (sandbox.root / "content/apps/notes/releases/1.0-1.yaml").unlink()
    report = sandbox.build()
    assert report.removed == 3
    assert not (sandbox.dist / "notes/1.0-1").exists()


def test_foreign_files_in_dist_stay(sandbox: Sandbox) -> None:
    sandbox.build()
    sandbox.write("dist/CNAME", "apps.example.com")
    sandbox.write("dist/notes/1.0-1/mine.txt", "mine")
    (sandbox.root / "content/apps/notes/releases/1.0-1.yaml").unlink()
    sandbox.build()
    assert (sandbox.dist / "CNAME").exists()
    assert [path.name for path in (sandbox.dist / "notes/1.0-1").iterdir()] == ["mine.txt"]


def test_a_damaged_file_of_dist_is_made_again(sandbox: Sandbox) -> None:
    sandbox.build()
    good = sandbox.files()
    (sandbox.dist / "notes/index.html").write_text("broken")
    (sandbox.dist / "notes/1.0-1/qr.svg").unlink()
    sandbox.build()
    assert sandbox.files() == good


def test_a_mistake_leaves_the_last_good_site(sandbox: Sandbox) -> None:
    sandbox.build()
    good = sandbox.files()
    sandbox.write("content/apps/notes/releases/1.1-2.yaml", "version: 1.1\n")
    with pytest.raises(ProblemsFound):
        sandbox.build()
    assert sandbox.files() == good
    assert list(sandbox.root.glob(".dist*")) == []


def test_a_broken_template_names_its_line_and_the_page(sandbox: Sandbox) -> None:
    sandbox.build()
    good = sandbox.files()
    sandbox.write("templates/release.html", '{% extends "@theme/release.html" %}\n{% block title %}\n{{ relese.id }}'
                  "{% endblock %}\n")  # fmt: skip
    with pytest.raises(ProblemsFound) as caught:
        sandbox.build()
    problem = caught.value.problems[0]
    assert problem.location is not None
    assert (problem.location.path, problem.location.line) == ("templates/release.html", 3)
    assert "notes/1." in problem.message
    assert sandbox.files() == good


@pytest.mark.parametrize("workers", [1, 3])
def test_two_builds_in_different_folders_are_the_same_bytes(tmp_path: Path, workers: int) -> None:
    one, two = example(tmp_path / "one"), example(tmp_path / "elsewhere" / "two")
    for sandbox in (one, two):
        sandbox.write("content/apps/other.yaml", "name: Other\nbundle_id: com.example.o\n")
    one.build()
    two.build(workers=workers, cache=False)
    assert one.files() == two.files()


def test_two_files_for_one_path_are_named(sandbox: Sandbox) -> None:
    sandbox.write("content/static/Feed.xml", "x")
    sandbox.write("content/pages/notes.md", "# Notes")
    with pytest.raises(ProblemsFound) as caught:
        sandbox.build()
    clash = [problem for problem in caught.value.problems if problem.code == "path-clash"]
    assert clash
    text = " ".join(problem.message for problem in clash)
    assert "content/static/Feed.xml" in text
    assert "content/pages/notes.md" in text


# --- the output folder ------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", [".", "content", "content/apps", "themes", ".git", "..", "/", ".otasite/x"])
def test_dangerous_output_folders_are_refused(sandbox: Sandbox, out: str) -> None:
    (sandbox.root / "themes").mkdir()
    with pytest.raises(Refused):
        sandbox.build(out=sandbox.root / out)
    assert (sandbox.root / "content/site.yaml").exists()


def test_home_is_refused(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(Refused):
        sandbox.build(out=home)


def test_python_packages_in_dist_are_called_by_their_name(sandbox: Sandbox) -> None:
    for name in ("apps-1.0.tar.gz", "apps-1.0-py3-none-any.whl"):
        sandbox.write(f"dist/{name}", "")
    with pytest.raises(Refused, match=r"dist holds Python packages .*, as “python -m build” leaves them") as refused:
        sandbox.build()
    assert "--outdir build/packages" in str(refused.value.hint)
    assert sorted(path.name for path in sandbox.dist.iterdir()) == ["apps-1.0-py3-none-any.whl", "apps-1.0.tar.gz"]


def test_a_foreign_folder_is_refused_and_untouched(sandbox: Sandbox) -> None:
    sandbox.write("dist/thesis.txt", "mine")
    with pytest.raises(Refused, match=r"thesis\.txt"):
        sandbox.build()
    assert sandbox.files() == {"thesis.txt": b"mine"}


def test_an_own_folder_is_known_without_the_state(sandbox: Sandbox) -> None:
    import shutil

    sandbox.build()
    good = sandbox.files()
    shutil.rmtree(sandbox.root / ".otasite")
    report = sandbox.build()
    assert report.written == 0
    assert sandbox.files() == good


def test_a_file_gives_way_to_a_folder_and_back(sandbox: Sandbox) -> None:
    sandbox.write("content/static/extra", "a file")
    sandbox.build()
    (sandbox.root / "content/static/extra").unlink()
    sandbox.write("content/static/extra/inside.txt", "a folder")
    sandbox.build()
    assert sandbox.read("extra/inside.txt") == "a folder"
    (sandbox.root / "content/static/extra/inside.txt").unlink()
    (sandbox.root / "content/static/extra").rmdir()
    sandbox.write("content/static/extra", "a file")
    sandbox.build()
    assert sandbox.read("extra") == "a file"


def test_no_base_url_is_an_error_for_a_build_but_not_for_a_check(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE.replace("base_url: https://apps.example.com/\n", ""))
    assert sandbox.mistakes() == ["content/site.yaml: missing-base-url"]
    assert sandbox.check() == ()


def test_warnings_fail_a_strict_check_only(sandbox: Sandbox) -> None:
    sandbox.write("locales/de.po", 'msgid "nonsense.key"\nmsgstr "x"\n')
    assert [problem.severity for problem in sandbox.check()] == ["warning"]
    sandbox.build()


def test_expiry_is_a_matter_of_check(sandbox: Sandbox) -> None:
    for number, day in enumerate(["2026-05-20", "2026-06-20", "2027-01-01"]):
        sandbox.write(f"content/apps/a{number}.yaml", f"""\
            name: App {number}
            bundle_id: com.example.a{number}
            releases:
              - version: 1
                build: 1
                date: 2026-01-01
                ios: {{url: 'https://h/x.ipa', signing: {{type: ad-hoc, expires: {day}}}}}
            """)  # fmt: skip
    found = [(str(problem.location), problem.code, problem.severity) for problem in sandbox.check()]
    assert found == [
        ("content/apps/a0.yaml:7:68", "expired", "error"),
        ("content/apps/a1.yaml:7:68", "expires-soon", "warning"),
    ]
    assert sandbox.mistakes() == []


@pytest.mark.parametrize(
    ("hosting", "files"),
    [
        ("", {"_headers", ".nojekyll"}),
        ("hosting: github-pages", {".nojekyll"}),
        ("hosting: [netlify, github-pages]", {"_headers", "_redirects", ".nojekyll"}),
        ("hosting: cloudflare-pages", {"_headers", "_redirects"}),
        ("hosting: azure-static-web-apps", {"staticwebapp.config.json"}),
        ("hosting: {s3: , firebase: , nginx: , caddy: }", set()),
        ("hosting: apache", {".htaccess"}),
    ],
)
def test_the_hosts_decide_which_files_for_hosts_there_are(sandbox: Sandbox, hosting: str, files: set[str]) -> None:
    sandbox.build()
    sandbox.write("content/site.yaml", f"{SITE}{hosting}\n")
    sandbox.build(base_url="https://example.com/repo/")
    found = sandbox.files()
    assert found.keys() & (HOST_FILES | {"firebase.json", "netlify.toml"}) == files
    if "_redirects" in files:
        assert found["_redirects"] == b"/repo / 200\n/repo/* /:splat 200\n"
        sandbox.build(base_url="https://example.com/")
        assert not (sandbox.dist / "_redirects").exists(), "nothing to lead anywhere"


def test_an_own_file_for_a_host_and_that_of_the_build(sandbox: Sandbox) -> None:
    sandbox.write("content/static/_headers", "/*\n  X-Own: yes\n")
    with pytest.raises(ProblemsFound) as caught:
        sandbox.build()
    (problem,) = caught.value.problems
    assert (problem.code, "“hosting:” in site.yaml" in problem.hint) == ("path-clash", True)
    sandbox.write("content/site.yaml", f"{SITE}hosting: s3\n")
    sandbox.build()
    assert "X-Own" in sandbox.read("_headers")
