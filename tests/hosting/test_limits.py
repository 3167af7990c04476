"""What hosts refuse is found before the upload. The large files here are sparse: they take no space."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from otasite.hosting.catalogue import check_limits
from otasite.hosts.limits import GIB, LIMITS, MIB, PAID, binary_problems
from otasite.hosts.names import HOSTS, Host, HostName, Plan
from otasite.problems import Location, Problem, ProblemsFound, Refused
from otasite.sizes import size_text
from tests.projects import SITE, Sandbox, example, own_binary


def site(folder: Path, **sizes: int) -> Path:
    (folder / "index.html").write_text("index")
    for name, size in sizes.items():
        with (folder / f"{name}.ipa").open("wb") as file:
            file.truncate(size)
    return folder


def found(folder: Path, target: HostName, plan: Plan = "paid") -> list[tuple[str, str, str]]:
    problems = check_limits(folder, [Host(name=target, plan=plan)])
    return [(p.code, p.severity, str(p.location or "")) for p in problems]


@pytest.mark.parametrize("target", HOSTS)
def test_a_small_site_fits_everywhere(tmp_path: Path, target: HostName) -> None:
    assert found(site(tmp_path, a=20 * MIB), target) == []


@pytest.mark.parametrize(
    ("target", "size"), [("github-pages", 100 * MIB), ("cloudflare-pages", 25 * MIB), ("firebase", 2 * GIB)]
)
def test_a_file_may_be_just_as_large(tmp_path: Path, target: HostName, size: int) -> None:
    assert found(site(tmp_path, a=size), target) == []
    assert found(site(tmp_path, a=size + 1), target) == [("host-file-too-large", "error", "a.ipa")]


def test_the_site_as_a_whole(tmp_path: Path) -> None:
    folder = site(tmp_path, **{f"a{number}": 95 * MIB for number in range(11)})
    assert found(folder, "github-pages") == [("host-site-too-large", "error", "")]
    assert found(folder, "azure-static-web-apps") == [("host-site-too-large", "error", "")]
    assert found(folder, "s3") == []


def test_a_plan_raises_some_limits(tmp_path: Path) -> None:
    folder = site(tmp_path, a=300 * MIB)
    assert found(folder, "firebase", "free") == [("host-refuses-binaries", "error", "a.ipa")]
    assert found(folder, "firebase", "paid") == []
    assert found(folder, "azure-static-web-apps", "free") == [("host-site-too-large", "error", "")]
    assert found(folder, "azure-static-web-apps", "paid") == []
    assert found(folder, "netlify", "free") == [("host-file-too-large", "warning", "a.ipa")]


def test_the_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = msgspec.structs.replace(LIMITS["cloudflare-pages"], files=2)
    monkeypatch.setitem(LIMITS, "cloudflare-pages", few)
    assert found(site(tmp_path, a=1), "cloudflare-pages", "free") == []
    assert found(site(tmp_path, b=1), "cloudflare-pages", "free") == [("host-too-many-files", "error", "")]
    assert found(tmp_path, "cloudflare-pages", "paid") == []


def test_nothing_built(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no built site"):
        check_limits(tmp_path, [Host(name="github-pages")])


@pytest.mark.parametrize("host", HOSTS)
def test_the_guide_has_these_figures(host: HostName) -> None:
    guide = (Path(__file__).parents[2] / "docs/hosting.md").read_text("utf-8")
    row = next((line for line in guide.splitlines() if line.startswith(f"| {LIMITS[host].title} |")), "")
    for limits in (LIMITS[host], PAID.get(host, LIMITS[host])):
        figures = [size_text(size) for size in (limits.file_size, limits.total_size) if size]
        figures += [f"{limits.files:,}"] if limits.files else []
        assert all(figure in row for figure in figures), row


# --- build and check ----------------------------------------------------------------------------------------


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def on(sandbox: Sandbox, hosting: str, more: str = "") -> None:
    sandbox.write("content/site.yaml", f"{SITE}hosting: {hosting}\n{more}")


def refused(sandbox: Sandbox) -> tuple[Problem, ...]:
    with pytest.raises(ProblemsFound) as caught:
        sandbox.build()
    return caught.value.problems


def test_a_binary_that_is_too_large_is_named_where_the_catalogue_names_it(sandbox: Sandbox) -> None:
    sandbox.build()
    good = sandbox.files()
    own_binary(sandbox, filler=26 * MIB)
    on(sandbox, "cloudflare-pages")
    (problem,) = refused(sandbox)
    assert (problem.code, str(problem.location)) == (
        "host-file-too-large",
        "content/apps/notes/releases/own.yaml:5:9",
    )
    assert problem.message == "27.3 MB is more than the 26.2 MB that Cloudflare Pages takes per file"
    assert "“binaries: base_url:” in site.yaml" in problem.hint and "“url:” instead of “file:”" in problem.hint
    assert sandbox.files() == good, "nothing was written"
    assert tuple(found for found in sandbox.check() if found.is_error) == (problem,)


def test_a_file_that_is_hardly_too_large_is_told_by_its_bytes() -> None:
    (problem,) = binary_problems([Host(name="cloudflare-pages")], 25 * MIB + 1, Location("release.yaml"))
    assert problem.message == "26,214,401 bytes are more than the 26,214,400 that Cloudflare Pages takes per file"


def test_the_fix_that_the_message_names_works(sandbox: Sandbox) -> None:
    own_binary(sandbox, filler=26 * MIB)
    on(sandbox, "[cloudflare-pages, firebase]")
    assert {problem.code for problem in refused(sandbox)} == {"host-file-too-large", "host-refuses-binaries"}
    on(sandbox, "[cloudflare-pages, firebase]", "binaries: {base_url: https://downloads.example.com/}\n")
    assert sandbox.build().problems == ()
    assert not any(found.is_error for found in sandbox.check())


def test_a_file_of_another_kind_is_named_itself(sandbox: Sandbox) -> None:
    on(sandbox, "cloudflare-pages")
    sandbox.write("content/static/film.mp4", bytes(25 * MIB + 1))
    (problem,) = refused(sandbox)
    assert (problem.code, str(problem.location)) == ("host-file-too-large", "content/static/film.mp4")


def test_the_whole_site_counts_after_a_change_of_one_app(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    on(sandbox, "github-pages")
    own_binary(sandbox)
    sandbox.build()
    total = sum(map(len, sandbox.files().values()))
    monkeypatch.setitem(LIMITS, "github-pages", msgspec.structs.replace(LIMITS["github-pages"], total_size=total))
    assert sandbox.build().problems == ()
    own_binary(sandbox, filler=5_001)
    (problem,) = refused(sandbox)
    assert (problem.code, str(problem.location)) == ("host-site-too-large", "content/site.yaml:8:10")
    assert tuple(found for found in sandbox.check() if found.is_error) == (problem,)


def test_warnings_are_remembered_with_the_build(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "netlify", msgspec.structs.replace(LIMITS["netlify"], file_size=1000))
    own_binary(sandbox)
    on(sandbox, "netlify")
    first = sandbox.build().problems
    again = sandbox.build()
    assert again.written == 0
    assert again.problems == first
    assert {problem.severity for problem in first} == {"warning"}
    with pytest.raises(ProblemsFound):
        sandbox.build(strict=True)


def test_other_mistakes_are_reported_in_the_same_run(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    on(sandbox, "firebase")
    sandbox.write("templates/release.html", "{{ nothing.there }}")
    assert {problem.code for problem in sandbox.check()} >= {"host-refuses-binaries", "template-undefined"}
