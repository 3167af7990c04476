"""What commands print with ``--json`` is what the published schemas say, and nothing else is printed with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from otasite.cli import COMMANDS, cli
from otasite.cli.deploy import DeployAnswer, _place
from otasite.cli.schema import answers
from otasite.hosting.deploy.uploads import Deployed
from otasite.hosting.verify.report import Row, report
from tests.cli.adding import ipa
from tests.projects import Sandbox, example

SCHEMAS = Path(__file__).resolve().parents[2] / "schema/answers"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    sandbox = example(tmp_path_factory.mktemp("answers") / "project")
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\nx-old: 1\n")
    sandbox.write("templates/404.html", "{{ site.policy }}\n")
    return sandbox


def run(project: Sandbox, command: str, *words: str | Path) -> Result:
    return CliRunner().invoke(cli, [*command.split(), *map(str, words), "-C", str(project.root)])


def validated(command: str, answer: Any) -> Any:
    schema = json.loads((SCHEMAS / f"{command.replace(' ', '-')}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    mistakes = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer)]
    assert not mistakes
    return answer


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("list", []),
        ("explain", ["notes/index.html", "--inputs"]),
        ("explain", ["unknown-key"]),
        ("links", ["--all"]),
        ("theme list", []),
        ("theme options", []),
        ("doctor", ["--offline"]),
        ("upgrade", ["--dry-run"]),
    ],
)
def test_answers_are_what_their_schemas_say(project: Sandbox, command: str, words: list[str]) -> None:
    result = run(project, command, *words, "--json")
    assert validated(command, json.loads(result.stdout))


def test_a_build_says_what_it_made_and_what_kept_it_from_that(tmp_path: Path) -> None:
    sandbox = example(tmp_path / "project")
    good = validated("build", json.loads(run(sandbox, "build", "--json").stdout))
    assert good["built"] and good["apps"] == 1 and good["out"] == "dist"
    assert validated("hosting check", json.loads(run(sandbox, "hosting check", "netlify", "--json").stdout)) == []
    sandbox.write("content/apps/notes/app.yaml", "nam: Notes\n")
    bad = run(sandbox, "build", "--json")
    assert bad.exit_code == 1
    answer = validated("build", json.loads(bad.stdout))
    assert not answer["built"] and answer["problems"][0]["location"]["line"] == 1
    checked = run(sandbox, "check", "--json")
    assert validated("check", json.loads(checked.stdout))[0]["code"] == "unknown-key"


def test_binaries_that_are_added_read_and_compared(tmp_path: Path) -> None:
    sandbox = example(tmp_path / "project")
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\n")
    file = ipa(sandbox)
    read = CliRunner().invoke(cli, ["inspect", str(file), "--json"])
    assert validated("inspect", json.loads(read.stdout))["identifier"] == "com.example.app"
    compared = run(sandbox, "diff", file, file, "--json")
    assert validated("diff", json.loads(compared.stdout))["compared"][0]["changes"] == []
    added = run(sandbox, "add", file, "--json")
    assert validated("add", json.loads(added.stdout))["added"][0]["app"] == "notes"


def test_reports_of_hosts() -> None:
    row = Row(
        check="manifest", subject="https://apps.example.com/m.plist", result="fail", found="404", fix="upload it"
    )
    found = report("https://apps.example.com/", [row], pages=1)
    validated("verify", json.loads(msgspec.json.encode(found.document())))
    done = Deployed(destination="s3://b/apps", uploaded=("index.html",), uploaded_bytes=3, unchanged=1)
    answer = DeployAnswer(dry_run=True, places=(_place(done),))
    validated("deploy", json.loads(msgspec.json.encode(answer)))


def leaves(command: click.Command, words: str, context: click.Context) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {words: command}
    found: dict[str, click.Command] = {}
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        found |= leaves(child, f"{words} {name}".strip(), context)
    return found


def test_every_command_with_json_says_what_it_prints_and_every_command_can_be_quiet() -> None:
    commands = leaves(cli, "", click.Context(cli))
    assert len(commands) > len(COMMANDS)
    options = {
        words: {name for param in command.params for name in param.opts} for words, command in commands.items()
    }
    assert {words for words, names in options.items() if "--json" in names} == answers().keys()
    assert not {words for words, names in options.items() if "--quiet" not in names}


def test_quiet_leaves_out_what_nobody_asked_for_and_no_problem(tmp_path: Path) -> None:
    sandbox = example(tmp_path / "project", "apps-of-ours.org")
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\n")
    assert run(sandbox, "check", "--quiet").output == ""
    assert "no problem" in run(sandbox, "check").output
    assert run(sandbox, "list", "-q").output != ""
    sandbox.write("content/apps/notes/app.yaml", "nam: Notes\n")
    assert "unknown-key" in run(sandbox, "check", "-q").stderr


def test_a_schema_of_an_answer_can_be_printed_and_an_unknown_one_gets_a_suggestion() -> None:
    printed = CliRunner().invoke(cli, ["schema", "--answer", "theme list"])
    assert json.loads(printed.stdout) == json.loads((SCHEMAS / "theme-list.json").read_text("utf-8"))
    refused = CliRunner().invoke(cli, ["schema", "--answer", "lst"])
    assert "did you mean “list”?" in str(getattr(refused.exception, "hint", ""))
