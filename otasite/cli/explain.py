"""``otasite explain``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import msgspec

from otasite.cli.options import build_options, json_option, open_project, project_option
from otasite.cli.progress import waiting
from otasite.cli.report import print_problems
from otasite.cli.terminal import say_json, say_lines
from otasite.outputs.own_files import template_of
from otasite.problems import Refused, suggest
from otasite.problems.codes import Code
from otasite.problems.register import REGISTER
from otasite.site.addresses import OwnBinary
from otasite.site.artifacts import Artifact
from otasite.workshop.assembly import Assembly


class ExplainedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code of problems; ``severity`` is either where the case decides, ``since`` a version of otasite."""

    name: str
    meaning: str
    fix: str
    severity: str
    since: str


class ExplainedFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file of dist/ comes from. ``url`` is said of binaries that lie elsewhere, ``inputs`` with --inputs."""

    path: str
    kind: str
    source: str
    template: str = ""
    view: str = ""
    is_copied: bool = False
    fingerprint: str = ""
    url: str = ""
    inputs: Any = None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What ``otasite explain --json`` prints: what the code of a ``problem`` means, or a file."""

    problem: ExplainedCode | None = None
    file: ExplainedFile | None = None


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"explain": Explained}


@click.command()
@project_option
@build_options
@click.argument("what", metavar="PATH|CODE")
@json_option
@click.option("--inputs", is_flag=True, help="Show everything that the file is made from, as JSON.")
def command(
    project: Path | None,
    base_url: str | None,
    drafts: bool,
    future: bool,
    what: str,
    as_json: bool,
    inputs: bool,
) -> None:
    """Tell where the file at PATH of dist/ comes from, or what the CODE of a problem means.

    Of a file: its source, its template, what it depends on. Of a code: what it means, and what to do about it.
    """
    if code := REGISTER.get(what):
        if as_json:
            say_json(Explained(problem=ExplainedCode(**code._asdict())))
        else:
            say_lines([line] for line in _entry(code))
        return
    if re.fullmatch(r"[a-z0-9-]+", what) and (hint := suggest(what, REGISTER)):
        raise Refused(f"there is no code “{what}”", hint)
    workshop = open_project(project, base_url=base_url, drafts=drafts, future=future)
    wanted = what.removeprefix("./").removeprefix("dist/").lstrip("/")
    if not wanted or wanted.endswith("/"):
        wanted += "index.html"
    with waiting("Looking for the file"):
        found = workshop.find(wanted)
    if as_json:
        say_json(_answer(found, workshop.assembly, with_inputs=inputs))
    elif isinstance(found, OwnBinary):
        lines = [found.path, "  kind         binary, not in dist/", f"  source       {found.source}"]
        say_lines([line] for line in (*lines, f"  belongs at   {found.url}"))
    else:
        say_lines([line] for line in _described(found, workshop.assembly))
        if inputs:
            say_json(found.inputs)
    print_problems(workshop.problems(), root=workshop.project.root)


def _answer(found: Artifact | OwnBinary, assembly: Assembly, *, with_inputs: bool) -> Explained:
    if isinstance(found, OwnBinary):
        return Explained(file=ExplainedFile(path=found.path, kind="binary", source=found.source, url=found.url))
    template = template_of(found.inputs)
    file = assembly.theme.find(template) if template is not None and assembly.theme is not None else None
    return Explained(
        file=ExplainedFile(
            path=found.path,
            kind=found.kind,
            source=found.source,
            template=file.path if file else template or "",
            view=type(found.inputs).__name__ if template is not None else "",
            is_copied=found.copy is not None,
            fingerprint=assembly.fingerprint(found).hex(),
            inputs=msgspec.to_builtins(found.inputs) if with_inputs else None,
        )
    )


def _entry(code: Code) -> list[str]:
    severity = "error or warning" if code.severity == "either" else code.severity
    return [f"{code.name} ({severity}, since {code.since})", f"  means   {code.meaning}", f"  do      {code.fix}"]


def _described(artifact: Artifact, assembly: Assembly) -> list[str]:
    lines = [f"{artifact.path}", f"  kind         {artifact.kind}", f"  source       {artifact.source}"]
    template = template_of(artifact.inputs)
    if template is not None and assembly.theme is not None:
        file = assembly.theme.find(template)
        lines.append(f"  template     {file.path if file else template}")
        lines.append(f"  view         {type(artifact.inputs).__name__} (otasite.site.views)")
    if artifact.copy is not None:
        lines.append("  made by      copying the source")
    lines.append(f"  fingerprint  {assembly.fingerprint(artifact).hex()}")
    return lines
