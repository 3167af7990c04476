"""The recipes of docs/hosting.md and docs/hosts/, run as they stand: GitLab, Netlify, Cloudflare and more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.binaries.ipas import write_ipa
from tests.projects import Sandbox, example
from tests.tools import program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
#: What the runner of a recipe finds: this otasite before any other.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

Tool = Callable[[str, str], str]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "site")


def recipe(heading: str, language: str) -> str:
    """The first block in ``language`` on a host's page, or below a heading of the guide."""
    page = ROOT / f"docs/hosts/{heading.lower().replace(' ', '-')}.md"
    if page.is_file():
        section = page.read_text("utf-8").split("\n## What is special here\n", 1)[1]
    else:
        guide = (ROOT / "docs/hosting.md").read_text("utf-8")
        section = guide.split(f"\n### {heading}\n", 1)[1].split("\n### ", 1)[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, f"{heading} has no recipe in {language}"
    return found[1]


def shell(script: str, folder: Path, **environment: str) -> None:
    """Run a script as CI systems do; pip stays out of it, because otasite is installed."""
    script = re.sub(r'pip install "?\$OTASITE"?( && )?', "", script)
    own = {name: text for name, text in os.environ.items() if not name.startswith(("OTASITE_", "NETLIFY"))}
    own |= {"PATH": PATH, **environment}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


def leads_to(folder: Path, address: str) -> bool:
    """Whether page and manifest of the newest release are made for this address."""
    page = (folder / "notes/1.1-2/index.html").read_text("utf-8")
    assert f'href="{address}notes/1.1-2/"' in page, "the canonical address"
    return f"{address}notes/icon-".encode() in (folder / "notes/1.1-2/manifest.plist").read_bytes()


def test_gitlab(sandbox: Sandbox) -> None:
    job = yaml.load(recipe("GitLab", "yaml"), yaml.BaseLoader)["pages"]
    shell("\n".join(job["script"]), sandbox.root, CI_PAGES_URL="https://group.gitlab.io/apps")
    (folder,) = job["artifacts"]["paths"]
    assert leads_to(sandbox.root / folder, "https://group.gitlab.io/apps/")
    (cached,) = job["cache"]["paths"]
    assert any((sandbox.root / cached).rglob("*.msgpack"))


@pytest.mark.parametrize(
    ("context", "address"),
    [
        ("production", "https://apps.example.net/"),
        ("deploy-preview", "https://deploy-preview-7--apps.example.net/"),
        ("branch-deploy", "https://deploy-preview-7--apps.example.net/"),
    ],
)
def test_netlify(sandbox: Sandbox, context: str, address: str) -> None:
    settings = tomllib.loads(recipe("Netlify", "toml"))["build"]
    own = {"NETLIFY": "true", "CONTEXT": context, "URL": "https://apps.example.net"}
    own["DEPLOY_PRIME_URL"] = "https://deploy-preview-7--apps.example.net"
    shell(settings["command"], sandbox.root, **own)
    assert leads_to(sandbox.root / settings["publish"], address)


@pytest.mark.parametrize(
    ("branch", "address"), [("main", "https://apps.example.com/"), ("fix", "https://0a1b.apps.pages.example/")]
)
def test_cloudflare_pages(sandbox: Sandbox, branch: str, address: str) -> None:
    own = {"CF_PAGES_BRANCH": branch, "CF_PAGES_URL": "https://0a1b.apps.pages.example"}
    shell(recipe("Cloudflare Pages", "sh"), sandbox.root, **own)
    assert leads_to(sandbox.dist, address)


#: What fastlane brings, as far as the recipe uses it. ``sh`` runs its words without a shell and stops on failure.
FASTLANE = """\
module SharedValues; IPA_OUTPUT_PATH = :IPA_OUTPUT_PATH; end
def lane_context; $context ||= {}; end
def gym(export_method:); lane_context[SharedValues::IPA_OUTPUT_PATH] = ENV.fetch("IPA"); end
def last_git_commit; { commit_hash: "0123abcd" }; end
def sh(*words); system(*words) or raise "#{words} failed"; end
def lane(name); yield; end
"""


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    return subprocess.run(
        [program("git", "git"), *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def in_git(sandbox: Sandbox) -> Path:
    """Put the project into a repository with a remote; returns the remote."""
    remote = sandbox.root.parent / "remote.git"
    git(sandbox.root.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    git(sandbox.root, "init", "--quiet", "--initial-branch=main")
    git(sandbox.root, "add", ".")
    git(sandbox.root, "commit", "--quiet", "--message", "Start")
    git(sandbox.root, "remote", "add", "origin", str(remote))
    git(sandbox.root, "push", "--quiet", "--set-upstream", "origin", "main")
    return remote


def test_fastlane(sandbox: Sandbox, tmp_path: Path, tool: Tool) -> None:
    ruby = tool("ruby", "ruby")
    remote = in_git(sandbox)
    ipa = tmp_path / "App.ipa"
    write_ipa(ipa)
    own = {"PATH": PATH, "SITE": str(sandbox.root), "IPA": str(ipa), "HOME": str(tmp_path)}
    for name in ("AUTHOR", "COMMITTER"):
        own |= {f"GIT_{name}_NAME": "Test", f"GIT_{name}_EMAIL": "test@example.com"}
    script = FASTLANE + recipe("fastlane", "ruby")
    done = subprocess.run([ruby, "-e", script], env=own, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pushed = git(remote, "show", "--stat", "--format=%s", "main")
    assert "Add a build" in pushed and "content/apps/notes/releases/" in pushed
    (written,) = (sandbox.root / "content/apps/notes/releases").glob("1.10-*.yaml")
    assert "commit: 0123abcd" in written.read_text() and "channel: beta" in written.read_text()
    assert sandbox.build(future=True).releases == 3


def pre_commit(sandbox: Sandbox, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    own = os.environ | {"PATH": PATH, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    command = [sys.executable, "-m", "pre_commit", *words, "--all-files"]
    return subprocess.run(command, cwd=sandbox.root, env=own, capture_output=True, text=True, check=False)


def test_pre_commit_with_the_configuration_of_a_new_site(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "otasite", "new", "site", str(tmp_path / "site"), "--pre-commit"]
    subprocess.run(command, check=True, capture_output=True)
    sandbox = Sandbox(tmp_path / "site")
    in_git(sandbox)
    good = pre_commit(sandbox, tmp_path, "run")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "otasite check" in good.stdout and "Passed" in good.stdout
    sandbox.write("content/site.yaml", "titel: x\n")
    bad = pre_commit(sandbox, tmp_path, "run")
    assert bad.returncode == 1
    assert "content/site.yaml:1:1: error: there is no key “titel”" in bad.stdout


def test_pre_commit_with_the_hook_of_the_repository(sandbox: Sandbox, tmp_path: Path) -> None:
    """As the recipe says it: pre-commit clones the repository and makes an environment with otasite of its own."""
    (entry,) = yaml.load(recipe("pre-commit", "yaml"), yaml.BaseLoader)["repos"]
    (hook,) = entry["hooks"]
    repository = tmp_path / "otasite"
    git(tmp_path, "clone", "--quiet", "--depth=1", ROOT.as_uri(), str(repository))
    in_git(sandbox)
    done = pre_commit(sandbox, tmp_path, "try-repo", str(repository), hook["id"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
