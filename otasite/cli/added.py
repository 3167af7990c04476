"""What ``otasite add`` tells afterwards: to people, as JSON, and to GitHub Actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from otasite.binaries.verdict import valid_until
from otasite.catalogue.apps import AppLoader
from otasite.catalogue.project import Project
from otasite.cli.binary_report import size_text
from otasite.cli.recording import Recorded
from otasite.problems import Findings, ProblemsFound, Refused
from otasite.site.assembly import Assembly, Wishes
from otasite.site.pages import manifest_path
from otasite.site.selection import select
from otasite.site.urls import install_link, normal_url


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded binary with its future addresses: all "" while nothing says where the site will be.

    ``install`` is what goes into a link: ``itms-services://…`` for iOS, the APK's address for Android.
    """

    recorded: Recorded
    page: str = ""
    manifest: str = ""
    install: str = ""


def with_addresses(
    project: Project, recorded: Sequence[Recorded], base_url: str | None, environment: Mapping[str, str]
) -> list[Added]:
    """The addresses that the next build will give them. Drafts and dates ahead count as if they were due."""
    wishes = Wishes(base_url=base_url, environment=environment, drafts=True, future=True)
    try:
        assembly = Assembly(project, wishes)
        assembly.findings.raise_errors()
    except ProblemsFound:
        return [Added(recorded=each) for each in recorded]
    return [_with_addresses(assembly, each) for each in recorded]


def _with_addresses(assembly: Assembly, recorded: Recorded) -> Added:
    source = next(source for source in assembly.apps if source.id == recorded.app)
    app = AppLoader(assembly.sources, assembly.site, Findings()).load(source)
    context = assembly.context
    shown = select(app, context.channels, context.choice).releases
    release = next((release for release in shown if release.id.lower() == recorded.release.lower()), None)
    if release is None or app.visibility == "hidden":
        return Added(recorded=recorded)
    page = context.base.absolute(context.release_path(app, release))
    if recorded.platform == "ios":
        manifest = context.base.absolute(manifest_path(context, app, release))
        return Added(recorded=recorded, page=page, manifest=manifest, install=install_link(manifest))
    binary = release.android
    if binary is None or binary.file:
        return Added(recorded=recorded, page=page, install=page)  # the file's address holds its hash: see the page
    return Added(recorded=recorded, page=page, install=normal_url(binary.url))


def added_text(added: Added) -> str:
    """What was written, and where it will be."""
    recorded = added.recorded
    info = recorded.info
    until = valid_until(info)
    head = click.style(f"{info.name} {info.version} ({info.build})", bold=True)
    facts = [recorded.platform, info.identifier, size_text(info.size)]
    facts += [f"until {until:%Y-%m-%d}"] if until else []
    lines = [f"{head}: {', '.join(facts)}"]
    lines += [f"  wrote    {path}" for path in recorded.written] or ["  nothing to write: it is recorded already"]
    lines += [f"  note     {note}" for note in recorded.notes]
    if added.page:
        lines.append(f"  page     {added.page}")
    if added.install != added.page:
        lines.append(f"  install  {added.install}")
    if not added.page:
        lines.append("  its address is known once content/site.yaml has a base_url and otasite check is content")
    return "\n".join(lines)


def as_json(added: Sequence[Added]) -> dict[str, Any]:
    """A list, because several files can be added at once; its items keep their keys from version to version."""
    return {"added": [_item(each) for each in added]}


def _item(added: Added) -> dict[str, Any]:
    recorded, info = added.recorded, added.recorded.info
    until = valid_until(info)
    return {
        "app": recorded.app,
        "release": recorded.release,
        "platform": recorded.platform,
        "name": info.name,
        "identifier": info.identifier,
        "version": info.version,
        "build": info.build,
        "size": info.size,
        "sha256": info.sha256,
        "signing": info.ios.profile.type if info.ios and info.ios.profile else None,
        "until": until,
        "page_url": added.page,
        "manifest_url": added.manifest,
        "install_url": added.install,
        "written": recorded.written,
        "notes": recorded.notes,
        "warnings": [problem.message for problem in recorded.warnings],
    }


def github_output(added: Sequence[Added], environment: Mapping[str, str]) -> None:
    """Outputs of a step: the first binary's values by name, and all of them as ``added`` in JSON."""
    path = environment.get("GITHUB_OUTPUT")
    if not path or not added:
        return
    first = _item(added[0])
    names = ("app", "release", "version", "build", "page_url", "install_url", "manifest_url", "sha256")
    lines = [f"{name.replace('_', '-')}={_one_line(str(first[name]))}" for name in names]
    lines.append(f"added={msgspec.json.encode(as_json(added)['added']).decode()}")
    _append(path, "\n".join(lines) + "\n")


def github_summary(added: Sequence[Added], environment: Mapping[str, str]) -> None:
    """A few lines of Markdown on the page of the workflow's run."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    rows = ["| app | version | page |", "| --- | --- | --- |"]
    for each in added:
        info = each.recorded.info
        link = f"[{each.recorded.app}/{each.recorded.release}]({each.page})" if each.page else "–"
        rows.append(f"| {_cell(info.name)} | {_cell(f'{info.version} ({info.build})')} | {link} |")
    _append(path, "### Added to the install site\n\n" + "\n".join(rows) + "\n\n")


def _append(path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}", "it is named by GitHub Actions") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    """Text in a Markdown table: what would end the cell or start a link or tag is escaped."""
    return "".join(f"\\{character}" if character in "\\|[]<>`*_" else character for character in _one_line(text))
