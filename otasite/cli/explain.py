"""``otasite explain``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from otasite.catalogue.sources import Sources
from otasite.cli.options import environment, open_project, project_option, wish_options
from otasite.problems import Findings, Refused, suggest
from otasite.site.artifacts import Artifact
from otasite.site.assembly import Assembly, Wishes
from otasite.site.digests import AppDigest
from otasite.site.notes import Notes
from otasite.site.own_binaries import OwnBinary
from otasite.site.views import TEMPLATES


@click.command()
@project_option
@wish_options
@click.argument("path")
@click.option("--inputs", is_flag=True, help="Show everything that the file is made from, as JSON.")
def command(project: Path | None, base_url: str | None, drafts: bool, future: bool, path: str, inputs: bool) -> None:
    """Tell where the file at PATH of dist/ comes from: its source, its template, what it depends on."""
    found = open_project(project)
    wishes = Wishes(base_url=base_url, environment=environment(), drafts=drafts, future=future, needs_base_url=False)
    assembly = Assembly(found, wishes)
    assembly.findings.raise_errors()
    wanted = path.removeprefix("./").removeprefix("dist/").lstrip("/")
    if not wanted or wanted.endswith("/"):
        wanted += "index.html"
    known = []
    elsewhere: list[OwnBinary] = []
    for artifact in _artifacts(assembly, elsewhere):
        if artifact.path == wanted:
            click.echo(_described(artifact, assembly, inputs))
            return
        known.append(artifact.path)
    for binary in elsewhere:
        if binary.path == wanted:
            click.echo(f"{binary.path}\n  kind         binary, not in dist/\n  source       {binary.source}")
            click.echo(f"  belongs at   {binary.url}")
            return
        known.append(binary.path)
    raise Refused(f"this site has no file {wanted}", suggest(wanted, known))


def _artifacts(assembly: Assembly, elsewhere: list[OwnBinary]) -> Iterator[Artifact]:
    """Every file of dist/; binaries that are not part of it are added to ``elsewhere``."""
    digests: list[AppDigest] = []
    for source in assembly.apps:
        findings = Findings()
        plan = assembly.plan_app(source, findings, Sources(assembly.project.root), Notes())
        findings.raise_errors()
        yield from plan.artifacts
        elsewhere += (binary for binary in plan.binaries.values() if not binary.in_dist)
        if plan.digest is not None:
            digests.append(plan.digest)
    yield from assembly.plan_site(digests)


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
