"""``otasite explain``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from otasite.cli.options import build_options, open_project, project_option
from otasite.cli.report import print_problems
from otasite.site.artifacts import Artifact
from otasite.site.own_binaries import OwnBinary
from otasite.site.views import TEMPLATES
from otasite.workshop.assembly import Assembly


@click.command()
@project_option
@build_options
@click.argument("path")
@click.option("--inputs", is_flag=True, help="Show everything that the file is made from, as JSON.")
def command(project: Path | None, base_url: str | None, drafts: bool, future: bool, path: str, inputs: bool) -> None:
    """Tell where the file at PATH of dist/ comes from: its source, its template, what it depends on."""
    workshop = open_project(project, base_url=base_url, drafts=drafts, future=future)
    wanted = path.removeprefix("./").removeprefix("dist/").lstrip("/")
    if not wanted or wanted.endswith("/"):
        wanted += "index.html"
    found = workshop.find(wanted)
    if isinstance(found, OwnBinary):
        click.echo(f"{found.path}\n  kind         binary, not in dist/\n  source       {found.source}")
        click.echo(f"  belongs at   {found.url}")
    else:
        click.echo(_described(found, workshop.assembly, inputs))
    print_problems(workshop.problems(), root=workshop.project.root)


def _described(artifact: Artifact, assembly: Assembly, inputs: bool) -> str:
    lines = [f"{artifact.path}", f"  kind         {artifact.kind}", f"  source       {artifact.source}"]
    template = TEMPLATES.get(type(artifact.inputs))
    if template is not None and assembly.theme is not None:
        file = assembly.theme.find(template)
        lines.append(f"  template     {file.path if file else template}")
        lines.append(f"  view         {type(artifact.inputs).__name__} (otasite.site.views)")
    if artifact.copy is not None:
        lines.append("  made by      copying the source")
    lines.append(f"  fingerprint  {assembly.fingerprint(artifact).hex()}")
    if inputs:
        lines.append(msgspec.json.format(msgspec.json.encode(artifact.inputs), indent=2).decode())
    return "\n".join(lines)
