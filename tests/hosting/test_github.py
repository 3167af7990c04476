"""What GitHub runs: the workflow, the action and the pre-commit hook. Their scripts are really run, by bash."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from otasite.cli import cli
from otasite.hosting.github import markdown, pages_workflow, summary
from otasite.hosts.targets import TARGETS
from otasite.problems import Refused
from otasite.workshop.add_request import AddRequest
from tests.binaries import apple
from tests.binaries.rich import rich_ipa
from tests.projects import Sandbox, example

ROOT = Path(__file__).resolve().parent.parent.parent
#: What GitHub fills in.
CONTEXT = {
    "steps.pages.outputs.base_url": "http://octocat.github.io/apps",
    "secrets.OTASITE_SECRET": "",
    "inputs.cache-key": "",
    "inputs.project": ".",
    "inputs.strict": "true",
    "inputs.fail-on": "",
    "github.event.pull_request.base.sha || github.event.before": "0" * 40,
    "inputs.base-url || steps.pages.outputs.base_url": "http://octocat.github.io/apps",
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path, "example.net")


def filled(text: str, context: Mapping[str, str] = CONTEXT) -> str:
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: context[match[1]], text)


def run_steps(steps: list[dict[str, Any]], folder: Path, context: Mapping[str, str] = CONTEXT) -> dict[str, str]:
    """Run the steps that call otasite, as a runner does; return what they wrote for the runner."""
    files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    ran = 0
    for step in steps:
        script = step.get("run", "")
        if not re.search(r"^\s*otasite ", script, re.MULTILINE):
            continue
        environment = {
            **os.environ,
            **{name: str(path) for name, path in files.items()},
            **{name: filled(str(value), context) for name, value in step.get("env", {}).items()},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", filled(script, context)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        ran += 1
    assert ran >= 3
    return {name: path.read_text() if path.exists() else "" for name, path in files.items()}


@pytest.mark.slow
def test_the_workflow_runs(sandbox: Sandbox) -> None:
    workflow = yaml.load(pages_workflow("otasite"), yaml.BaseLoader)
    assert workflow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    written = run_steps(workflow["jobs"]["build"]["steps"], sandbox.root)
    assert 'href="https://octocat.github.io/apps/' in sandbox.read("index.html")
    assert b"https://octocat.github.io/apps/" in (sandbox.dist / "notes/1.1-2/manifest.plist").read_bytes()
    assert "### [Test Apps](https://octocat.github.io/apps/)" in written["GITHUB_STEP_SUMMARY"]


@pytest.mark.slow
def test_the_action_runs(sandbox: Sandbox) -> None:
    action = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)
    assert action["runs"]["using"] == "composite"
    steps = action["runs"]["steps"]
    assert all("shell" in step for step in steps if "run" in step), "composite actions need a shell at each step"
    written = run_steps(steps, sandbox.root)
    outputs = dict(line.split("=", 1) for line in written["GITHUB_OUTPUT"].splitlines())
    assert outputs == {"base-url": "https://octocat.github.io/apps/", "dist": "./dist"}
    declared = {name: value["value"] for name, value in action["outputs"].items()}
    assert declared == {name: f"${{{{ steps.build.outputs.{name} }}}}" for name in outputs}
    assert "| Notes | 1.1 (2), 2026-05-02 |" in written["GITHUB_STEP_SUMMARY"]


@pytest.mark.slow
def test_the_action_without_pages_says_the_address_of_the_site(sandbox: Sandbox) -> None:
    steps = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)["runs"]["steps"]
    steps = [step for step in steps if step.get("if") != "inputs.pages == 'true'"]
    nothing = {"inputs.base-url || steps.pages.outputs.base_url": ""}
    written = run_steps(steps, sandbox.root, CONTEXT | nothing)
    assert "base-url=https://apps.example.net/\n" in written["GITHUB_OUTPUT"]


@pytest.mark.slow
def test_a_pull_request_with_a_new_build_is_told_what_changed_inside(sandbox: Sandbox, tmp_path: Path) -> None:
    """Both ways to publish run the comparison on a shallow clone; the action's fails when it is asked to."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")

    def git(folder: Path, *words: str) -> str:
        done = subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    revisions = []
    for build, values in (("1", {}), ("2", {"NSContactsUsageDescription": "To invite"})):
        file = tmp_path.parent / f"{tmp_path.name}-{build}.ipa"
        path = rich_ipa(file, None, **{"CFBundleVersion": build, **values})
        request = AddRequest(
            app="notes", date=f"2026-05-1{build}", now=apple.NOW, url="https://example.com/{build}.ipa"
        )
        sandbox.open().add(path, request)
        git(sandbox.root, "init", "-q", "-b", "main")
        git(sandbox.root, "add", "content")
        git(sandbox.root, "commit", "-qm", build)
        revisions.append(git(sandbox.root, "rev-parse", "HEAD"))
    clone = tmp_path.parent / f"{tmp_path.name}-clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", sandbox.root.as_uri(), clone], check=True)
    workflow = yaml.load(pages_workflow("otasite"), yaml.BaseLoader)["jobs"]["build"]["steps"]
    action = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)["runs"]["steps"]
    context = {
        **CONTEXT,
        "github.event.pull_request.base.sha || github.event.before": revisions[0],
        "inputs.fail-on": "permission",
    }
    for steps, code in ((workflow, 0), (action, 1)):
        (step,) = (step for step in steps if "otasite diff" in step.get("run", ""))
        environment = {
            **os.environ,
            **{name: filled(value, context) for name, value in step["env"].items()},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        assert "+ NSContactsUsageDescription (To invite)" in done.stdout
        assert f"::{'error' if code else 'warning'} file=content/apps/notes/releases/1.10-2.yaml" in done.stdout


def test_the_workflow_installs_from_where_it_is_told() -> None:
    done = CliRunner().invoke(cli, ["hosting", "workflow", "--install", "git+https://example.com/otasite"])
    steps = yaml.load(done.stdout, yaml.BaseLoader)["jobs"]["build"]["steps"]
    assert "python -I -m pip install git+https://example.com/otasite" in [step.get("run") for step in steps]


def cache_steps() -> list[dict[str, str]]:
    workflow = yaml.load(pages_workflow("otasite"), yaml.BaseLoader)["jobs"]["build"]["steps"]
    action = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)["runs"]["steps"]
    return [step["with"] for step in (*workflow, *action) if step.get("uses", "").startswith("actions/cache@")]


def test_what_earlier_runs_converted_is_kept_between_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    """A fresh checkout with the cache of the last run: nothing is converted again, the bytes are the same."""
    sandbox.build()
    fresh = Sandbox(tmp_path / "fresh")
    shutil.copytree(sandbox.root / "content", fresh.root / "content", copy_function=shutil.copyfile)
    steps = cache_steps()
    assert len(steps) == 2
    for step in steps:
        kept = filled(step["path"])
        shutil.copytree(sandbox.root / kept, fresh.root / kept, dirs_exist_ok=True)
        assert step["key"].startswith(step["restore-keys"]), "the newest cache of other content will do"
        assert "hashFiles(" in step["key"], "other content, another cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("otasite.outputs.qr.qr_svg", lambda url: pytest.fail(f"drawn again: {url}"))
        patch.setattr("otasite.site.notes._convert", lambda text, heading: pytest.fail(f"converted again: {text}"))
        fresh.build()
    assert fresh.files() == sandbox.files()


def test_no_script_contains_an_input() -> None:
    """An expression inside a script is how strangers run code in a workflow: values go through the environment."""
    texts = [pages_workflow("otasite"), (ROOT / "action.yml").read_text()]
    for text in texts:
        document = yaml.load(text, yaml.BaseLoader)
        steps = document["runs"]["steps"] if "runs" in document else document["jobs"]["build"]["steps"]
        assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_the_pre_commit_hook_is_a_command_that_exists(sandbox: Sandbox) -> None:
    (hook,) = yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(), yaml.BaseLoader)
    name, *words = hook["entry"].split()
    assert name == "otasite"
    done = CliRunner().invoke(cli, [*words, "-C", str(sandbox.root)])
    assert done.exit_code == 0, done.output
    assert re.match(hook["files"], "content/apps/a/app.yaml")
    assert not re.match(hook["files"], "README.md")


def test_a_summary_is_safe_markdown(sandbox: Sandbox) -> None:
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text().replace("name: Notes", 'name: "A | <b> [x](y)"'))
    sandbox.build()
    assert "| A \\| \\<b\\> \\[x\\](y) |" in summary(sandbox.dist)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.2 (3), 2026-05-02", "1.2 (3), 2026-05-02"),
        ("@octocat", "\\@\u2060octocat"),
        ("fix #12", "fix \\#\u206012"),
        ("https://a.example", "https\\://a.example"),
        ("WWW.a.example", "WWW\\.a.example"),
        ("a@b.example", "a\\@\u2060b.example"),
        ("![x](y) <b>&lt;", "\\!\\[x\\](y) \\<b\\>\\&lt;"),
        ("a\n\n| b\u2028c", "a \\| b c"),
    ],
)
def test_names_become_neither_links_nor_mentions(text: str, written: str) -> None:
    assert markdown(text) == written


def test_a_repository_cannot_stand_in_for_python(sandbox: Sandbox) -> None:
    """Files of the repository named as modules of Python's own: the action must not run them."""
    for name in ("json", "pip", "venv", "sys", "os"):
        sandbox.write(f"{name}.py", "raise SystemExit('this ran')")
    test_the_action_runs(sandbox)
    for text in ((ROOT / "action.yml").read_text(), pages_workflow("otasite")):
        calls = re.findall(r"(?:^|[\s(/])python\"? (.*)", text)
        assert calls and all(call.startswith("-I ") for call in calls), calls


def test_nothing_built(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no built site"):
        summary(tmp_path)


# --- the other commands -------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_configurations_are_printed(target: str) -> None:
    done = CliRunner().invoke(cli, ["hosting", "config", target, "--base-path", "apps"])
    assert done.exit_code == 0
    assert done.stdout.encode() == TARGETS[target].render("/apps/")
    assert TARGETS[target].file in done.stderr


def test_limits_as_a_command(sandbox: Sandbox) -> None:
    sandbox.build()
    words = ["hosting", "check", "cloudflare-pages", "-C", str(sandbox.root)]
    good = CliRunner().invoke(cli, words)
    assert (good.exit_code, good.output) == (0, "Cloudflare Pages can take this site\n")
    with (sandbox.dist / "large.ipa").open("wb") as file:
        file.truncate(26 * 2**20)
    bad = CliRunner().invoke(cli, words)
    assert bad.exit_code == 1
    assert "large.ipa: error: 27.3 MB is more than the 26.2 MB" in bad.output
