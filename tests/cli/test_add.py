"""``otasite add``: from a binary to a release that builds, and nothing overwritten on the way."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from otasite.binaries.device_check import ITERATIONS, hash_devices
from otasite.problems import Problem, ProblemsFound
from otasite.workshop import drafts
from otasite.workshop.add_request import AddRequest
from tests.binaries import apks, apple
from tests.binaries.ipas import info_values, write_ipa
from tests.cli.adding import RELEASE, add, added, apk, ipa, refusal, signed_profile, yaml
from tests.projects import Sandbox


def test_a_new_app_from_its_binary(sandbox: Sandbox) -> None:
    item = added(
        sandbox, ipa(sandbox), "--notes", "First.", "--date", "2026-03-31", "--commit", "abc", "--branch", "m"
    )

    assert yaml(sandbox, "content/apps/example-app/app.yaml") == {
        "name": "Example App",
        "bundle_id": "com.example.app",
        "icon": "icon.png",
    }
    assert (sandbox.root / "content/apps/example-app/icon.png").read_bytes().startswith(b"\x89PNG")
    release = yaml(sandbox)
    ios = release.pop("ios")
    assert release == {
        "version": "1.10", "build": "0123", "date": "2026-03-31", "commit": "abc", "branch": "m", "notes": "First.\n"
    }  # fmt: skip
    assert ios["file"] == "1.10-0123.ipa"
    assert ios["sha256"] == ios["chunks"][0] == item["sha256"]
    assert (ios["minimum_os"], ios["device_family"]) == ("15.0", ["iphone", "ipad"])
    assert ios["signing"] == {
        "type": "ad-hoc", "team": "Example GmbH", "team_id": apple.TEAM, "profile": "Example ad-hoc",
        "expires": "2099-01-10T08:00:00Z", "devices": "2",
    }  # fmt: skip
    assert "identifier" not in ios and "device_check" not in ios
    assert item["page_url"] == "https://apps.example.org/x/example-app/1.10-0123/"
    assert item["install_url"].startswith("itms-services://?action=download-manifest&url=https%3A%2F%2Fapps.")


def test_what_was_added_builds_without_a_complaint(sandbox: Sandbox) -> None:
    item = added(sandbox, ipa(sandbox), "--date", "2026-03-31")
    report = sandbox.build(strict=True)
    assert report.releases == 1
    assert (sandbox.dist / "example-app/1.10-0123/manifest.plist").is_file()
    (published,) = sandbox.dist.glob("example-app/1.10-0123/*.ipa")
    assert published.stat().st_size == item["size"]


def test_device_identifiers_are_nowhere(sandbox: Sandbox) -> None:
    result = add(
        sandbox, ipa(sandbox), "--url", "https://d.example.com/a.ipa", "--device-check", "--date", "2026-03-31"
    )
    assert result.exit_code == 0, result.output
    sandbox.build()
    everything = result.output.encode() + b"".join(sandbox.files(sandbox.root).values())
    assert not any(device.encode() in everything for device in apple.DEVICES)


def test_device_check(sandbox: Sandbox) -> None:
    add(sandbox, ipa(sandbox), "--device-check")
    check = yaml(sandbox)["ios"]["device_check"]
    expected = hash_devices(apple.DEVICES, bytes.fromhex(check["salt"]))
    assert check["hashes"] == list(expected.hashes)
    assert check["iterations"] == str(ITERATIONS)
    before = (sandbox.root / RELEASE).read_bytes()
    add(sandbox, ipa(sandbox), "--device-check")
    assert (sandbox.root / RELEASE).read_bytes() == before, "the salt stays when the same build is added again"


def test_device_check_needs_a_list(sandbox: Sandbox) -> None:
    path = write_ipa(
        sandbox.root.parent / "x.ipa", profile=signed_profile("enterprise"), signer=apple.lasting_certificate()
    )
    assert "no list of devices" in refusal(add(sandbox, path, "--device-check"))


def test_adding_again_changes_nothing(sandbox: Sandbox) -> None:
    add(sandbox, ipa(sandbox), "--date", "2026-03-31")
    before = sandbox.files(sandbox.root / "content")
    assert added(sandbox, ipa(sandbox))["written"] == []
    assert sandbox.files(sandbox.root / "content") == before


def test_another_binary_under_the_same_build_is_refused(sandbox: Sandbox) -> None:
    add(sandbox, ipa(sandbox), "--date", "2026-03-31")
    before = sandbox.files(sandbox.root / "content")
    other = ipa(sandbox, "Other.ipa", {"extra": b"x"})
    message = refusal(add(sandbox, other))
    assert "records another .ipa" in message
    assert sandbox.files(sandbox.root / "content") == before

    item = added(sandbox, other, "--replace")
    assert yaml(sandbox)["ios"]["sha256"] == item["sha256"]
    assert (sandbox.root / "content/apps/example-app/releases/1.10-0123.ipa").read_bytes() == other.read_bytes()


def test_comments_in_an_existing_release_stay(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/example-app/app.yaml", "name: Mine  # my name\nbundle_id: com.example.app\nicon: i.png\n"
    )
    sandbox.write(
        RELEASE,
        """\
        version: 1.10  # as announced
        build: 0123
        date: 2026-01-01
        notes: By hand.
        ios:
          # hosted by the other team
          url: https://other.example.com/a.ipa
          signing:
            team: Ours  # not as in the profile
        """,
    )
    item = added(sandbox, ipa(sandbox), "--commit", "abc")
    text = (sandbox.root / RELEASE).read_text()
    assert all(comment in text for comment in ("# as announced", "# hosted by the other team", "# not as in the"))
    release = yaml(sandbox)
    assert (release["date"], release["notes"], release["commit"]) == ("2026-01-01", "By hand.", "abc")
    assert release["ios"]["url"] == "https://other.example.com/a.ipa"
    assert release["ios"]["sha256"] == item["sha256"]
    assert item["written"] == [RELEASE.replace(".yaml", ".facts.json"), RELEASE]


def test_words_that_differ_are_not_overwritten(sandbox: Sandbox) -> None:
    add(sandbox, ipa(sandbox), "--notes", "One.", "--date", "2026-03-31")
    assert "another notes" in refusal(add(sandbox, ipa(sandbox), "--notes", "Two."))
    assert "another date" in refusal(add(sandbox, ipa(sandbox), "--date", "2026-04-01"))
    assert add(sandbox, ipa(sandbox), "--notes", "Two.", "--replace").exit_code == 0
    assert yaml(sandbox)["notes"] == "Two.\n"


def test_both_platforms_in_one_release(sandbox: Sandbox) -> None:
    add(sandbox, ipa(sandbox, CFBundleVersion="42"), apk(sandbox), "--date", "2026-03-31")
    release = yaml(sandbox, "content/apps/example-app/releases/1.10-42.yaml")
    assert release["ios"]["file"] == "1.10-42.ipa"
    assert release["android"]["file"] == "1.10-42.apk"
    assert release["android"]["minimum_os"] == "8.0"
    assert yaml(sandbox, "content/apps/example-app/app.yaml")["application_id"] == "com.example.app"
    sandbox.build(strict=True)


def test_an_identifier_that_is_another_apps(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/rider/app.yaml", "name: Rider\nbundle_id: com.example.rider\n")
    result = add(sandbox, ipa(sandbox), "--app", "rider")
    assert isinstance(result.exception, ProblemsFound)
    (problem,) = result.exception.problems
    assert problem.code == "identifier-mismatch"
    assert "com.example.rider" in problem.message and "com.example.app" in problem.message
    assert str(problem.location) == "content/apps/rider/app.yaml:2:12"


def test_a_name_that_is_taken_asks_which(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/example-app/app.yaml", "name: Other\nbundle_id: com.example.other\n")
    assert "com.example.other" in refusal(add(sandbox, ipa(sandbox)))
    assert add(sandbox, ipa(sandbox), "--app", "second").exit_code == 0
    assert (sandbox.root / "content/apps/second/releases/1.10-0123.yaml").is_file()


def test_two_apps_with_one_identifier_ask_which(sandbox: Sandbox) -> None:
    for name in ("a", "b"):
        sandbox.write(f"content/apps/{name}/app.yaml", "name: Two\nbundle_id: com.example.app\n")
    assert "a, b" in refusal(add(sandbox, ipa(sandbox)))


@pytest.mark.parametrize(
    ("name", "slug"), [("Café Über & Co.", "cafe-uber-co"), ("例", "app"), ("Assets", "assets-app")]
)
def test_names_become_addresses(sandbox: Sandbox, name: str, slug: str) -> None:
    assert added(sandbox, ipa(sandbox, CFBundleDisplayName=name))["app"] == slug


@pytest.mark.parametrize("leads", ["file", "link"])
def test_nothing_is_written_outside_of_the_content_folder(sandbox: Sandbox, tmp_path: Path, leads: str) -> None:
    """A project may be somebody else's: neither its ``file:`` nor its links decide where we write."""
    binary = ipa(sandbox)
    added(sandbox, binary)
    release = sandbox.root / RELEASE
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    victim = elsewhere / "victim.ipa"
    victim.write_bytes(b"somebody's own")
    if leads == "file":
        recorded = "file: 1.10-0123.ipa"
        text = release.read_text("utf-8")
        assert recorded in text
        release.write_text(text.replace(recorded, f"file: {'../' * 5}elsewhere/victim.ipa"), "utf-8")
    else:
        release.with_suffix(".ipa").unlink()
        shutil.move(release.parent, elsewhere / "releases")
        release.parent.symlink_to(elsewhere / "releases")
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    assert "outside of the content folder" in refusal(add(sandbox, binary, "--replace"))
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before


def test_an_app_in_one_file(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/small.yaml",
        "name: Small\nbundle_id: com.example.app\nreleases:\n  - version: 1.0  # old\n    build: 1\n"
        "    date: 2026-01-01\n    ios: {url: https://d.example.com/a.ipa}\n",
    )
    item = added(sandbox, ipa(sandbox), "--date", "2026-03-31")
    assert item["written"] == [
        "content/binaries/small/1.10-0123.ipa",
        "content/apps/small.1.10-0123.facts.json",
        "content/apps/small.yaml",
    ]
    releases = yaml(sandbox, "content/apps/small.yaml")["releases"]
    assert [release["version"] for release in releases] == ["1.10", "1.0"]
    assert "# old" in (sandbox.root / "content/apps/small.yaml").read_text()
    sandbox.build(strict=True)
    assert added(sandbox, ipa(sandbox))["written"] == []


def test_a_binary_in_the_content_folder_is_used_where_it_is(sandbox: Sandbox) -> None:
    inside = sandbox.root / "content/files/Example.ipa"
    inside.parent.mkdir(parents=True)
    ipa(sandbox).rename(inside)
    item = added(sandbox, inside, "--date", "2026-03-31")
    assert yaml(sandbox)["ios"]["file"] == "../../../files/Example.ipa"
    assert not any(path.endswith(".ipa") for path in item["written"])
    sandbox.build(strict=True)


def test_a_hard_link_takes_no_space(sandbox: Sandbox) -> None:
    path = ipa(sandbox)
    assert add(sandbox, path, "--link").exit_code == 0
    assert os.path.samefile(path, sandbox.root / "content/apps/example-app/releases/1.10-0123.ipa")


def test_a_binary_hosted_elsewhere(sandbox: Sandbox) -> None:
    url = "https://d.example.com/{app}/{version}-{build}/{file}"
    item = added(sandbox, ipa(sandbox, "My App.ipa"), "--url", url)
    assert yaml(sandbox)["ios"]["url"] == "https://d.example.com/example-app/1.10-0123/My%20App.ipa"
    assert not any(path.endswith(".ipa") for path in item["written"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--no-binary"], "--url"),
        (["--url", "http://d.example.com/a.ipa"], "https"),
        (["--channel", "bta"], "bta"),
        (["--date", "31.3.2026"], "date"),
        (["--app", "not good"], "address"),
        (["--app", "assets"], "address"),
    ],
)
def test_wrong_words(sandbox: Sandbox, words: list[str], says: str) -> None:
    before = sandbox.files(sandbox.root / "content")
    result = add(sandbox, ipa(sandbox), *words)
    error = result.exception
    assert says in f"{error} {getattr(error, 'hint', '')}"
    assert sandbox.files(sandbox.root / "content") == before


def test_one_address_for_two_files_is_refused(sandbox: Sandbox) -> None:
    assert "several files" in refusal(add(sandbox, ipa(sandbox), apk(sandbox), "--url", "https://d.example.com/x"))


def test_notes_from_a_file_and_from_standard_input(sandbox: Sandbox) -> None:
    notes = sandbox.root.parent / "notes.md"
    notes.write_text("New:\r\n\r\n- a\r\n", "utf-8")
    add(sandbox, ipa(sandbox), "--notes", notes)
    assert yaml(sandbox)["notes"] == "New:\n\n- a\n"
    add(sandbox, ipa(sandbox), "--notes", "-", "--replace", text="From a pipe\n")
    assert yaml(sandbox)["notes"] == "From a pipe\n"


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ({"profile": apple.profile("app-store")}, "store-build"),
        ({"sealed": False}, "unsigned"),
        ({"info": info_values(CFBundleSupportedPlatforms=["iPhoneSimulator"])}, "simulator-build"),
        ({"info": info_values(CFBundleSupportedPlatforms=["AppleTVOS"])}, "not-for-iphone"),
    ],
)
def test_builds_that_no_phone_takes_are_refused(sandbox: Sandbox, description: dict[str, Any], code: str) -> None:
    before = sandbox.files(sandbox.root / "content")
    result = add(sandbox, write_ipa(sandbox.root.parent / "x.ipa", **description))
    assert code in [problem.code for problem in getattr(result.exception, "problems", ())]
    assert sandbox.files(sandbox.root / "content") == before


def test_a_draft(sandbox: Sandbox) -> None:
    assert add(sandbox, ipa(sandbox), "--draft").exit_code == 0
    assert yaml(sandbox)["draft"] == "true"
    assert sandbox.build().drafts == 1


def test_github_gets_outputs_and_a_summary(sandbox: Sandbox) -> None:
    output, summary = sandbox.root.parent / "output", sandbox.root.parent / "summary"
    name = "Evil | [x](y)"
    path = ipa(sandbox, CFBundleDisplayName=name)
    item = added(sandbox, path, GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary))
    values = dict(line.partition("=")[::2] for line in output.read_text().splitlines())
    assert values["page-url"] == item["page_url"]
    assert values["install-url"] == item["install_url"]
    assert json.loads(values["added"])[0]["name"] == name
    assert r"Evil \| \[x\](y)" in summary.read_text()
    assert item["page_url"] in summary.read_text()


def test_without_an_address_the_files_are_written_all_the_same(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", "title: Apps\n")
    result = add(sandbox, ipa(sandbox), OTASITE_BASE_URL="")
    assert result.exit_code == 0
    assert "base_url" in result.output
    assert added(sandbox, ipa(sandbox), "--base-url", "https://a.example.com")["page_url"] == (
        "https://a.example.com/example-app/1.10-0123/"
    )


def test_a_broken_file_leaves_no_trace(sandbox: Sandbox) -> None:
    path = sandbox.root.parent / "x.ipa"
    path.write_bytes(b"<!doctype html>")
    before = sandbox.files(sandbox.root / "content")
    assert "web page" in refusal(add(sandbox, path))
    assert sandbox.files(sandbox.root / "content") == before


def test_the_editor_is_told_of_the_schema_where_there_is_one(sandbox: Sandbox) -> None:
    sandbox.write("schema/release.json", "{}")
    add(sandbox, ipa(sandbox))
    first = (sandbox.root / RELEASE).read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../../../schema/release.json"
    assert not (sandbox.root / "content/apps/example-app/app.yaml").read_text().startswith("#")


def codes_of_added(sandbox: Sandbox, file: Path, version: str, code: int, *permissions: str) -> list[str]:
    root = apks.manifest(sdk={"minSdkVersion": 26, "targetSdkVersion": 29}, versionName=version, versionCode=code)
    root.children = [*root.children, *(apks.Tag("uses-permission", {"name": name}) for name in permissions)]
    apks.write_apk(file, apks.jar_signature(apple.signed(b"x")), root=root)
    url = f"https://d.example.com/{code}.apk"
    recorded = sandbox.open().add(file, AddRequest(date=f"2026-03-0{code}", channel="stable", url=url))
    return [problem.code for problem in recorded.warnings]


def test_what_a_new_build_asks_for_is_said_while_it_is_added(sandbox: Sandbox, tmp_path: Path) -> None:
    file, camera = tmp_path / "Example.apk", "android.permission.CAMERA"
    assert codes_of_added(sandbox, file, "1.0", 1) == []
    assert codes_of_added(sandbox, file, "1.1", 2, camera) == ["permission-added"]
    assert codes_of_added(sandbox, file, "1.2", 3, camera) == []
    sms = codes_of_added(sandbox, file, "1.3", 4, camera, "android.permission.READ_SMS")
    assert sorted(sms) == ["permission-added", "play-protect-sensitive"]


def test_a_good_build_is_judged_once(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[object] = []
    problems = drafts._Judge.problems

    def counted(judge: drafts._Judge) -> list[Problem]:
        judged.append(judge)
        return problems(judge)

    codes_of_added(sandbox, tmp_path / "Example.apk", "1.0", 1)
    monkeypatch.setattr(drafts._Judge, "problems", counted)
    assert codes_of_added(sandbox, tmp_path / "Example.apk", "1.1", 2, "android.permission.CAMERA") != []
    assert len(judged) == 1, "what is wrong in a file that was not there before is news"
