"""``otasite diff``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import msgspec

from otasite.cli.choices import OneOf
from otasite.cli.options import complete_build, json_option, open_project, project_option, tell
from otasite.cli.progress import waiting
from otasite.cli.report import Format, plural
from otasite.cli.terminal import Line, Style, say, say_json, say_lines, say_order, styled
from otasite.facts.difference import Change, Kind, read_rules, refused
from otasite.problems import Refused
from otasite.sizes import size_text
from otasite.workshop.comparing import Comparison, Releases, Side, compared, file_side

#: What people call each kind of change; the identifier itself where it says enough.
_WORDS: dict[Kind, str] = {
    "minimum-os": "oldest system",
    "usage": "permission",
    "target-sdk": "target SDK",
    "url-scheme": "links",
    "mode": "background",
    "collected-data": "collects",
    "api": "reason needed",
    "tool": "built with",
}
_KIND_WIDTH = 16
#: What deserves to be seen in a review, if nothing is refused.
_NOTABLE = {"signer", "team", "identifier", "debuggable", "permission", "usage", "service", "minimum-os", "tracking"}


class Judged(Comparison, frozen=True, kw_only=True):
    """How two builds differ; ``refused`` are the changes that ``--fail-on`` names."""

    refused: tuple[Change, ...] = ()


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What ``otasite diff --json`` prints: one comparison for each platform and pair of builds."""

    compared: tuple[Judged, ...]


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"diff": Compared}


@click.command()
@project_option
@click.argument("builds", nargs=-1, metavar="BEFORE AFTER", shell_complete=complete_build)
@click.option("--since", metavar="REVISION", help="Each release that differs from this revision in git.")
@click.option("--fail-on", metavar="KINDS", help="Fail for these changes: permission,minimum-os,size:10%,signer …")
@click.option("--format", "format_", type=OneOf(get_args(Format)), default="text", help="How to print it.")
@json_option
def command(
    project: Path | None,
    builds: tuple[str, ...],
    since: str | None,
    fail_on: str | None,
    format_: Format,
    as_json: bool,
) -> None:
    """Show how two builds differ inside: permissions, signer, oldest system, libraries, sizes and more.

    BEFORE and AFTER are releases (app/1.2-34) or files (.ipa, .apk, .facts.json). One release alone is compared with
    the one before it in its channel. The exit code is 1 when --fail-on refuses a change.
    """
    rules = read_rules(fail_on or "")
    with waiting("Comparing"):
        found = list(_comparisons(project, builds, since))
    failed = [refused(comparison.changes, rules) for comparison in found]
    if as_json or format_ == "json":
        say_json(Compared(compared=tuple(_judged(*pair) for pair in zip(found, failed, strict=True))))
    elif format_ == "github":
        for comparison, bad in zip(found, failed, strict=True):
            _annotate(comparison, bad)
    else:
        for comparison, bad in zip(found, failed, strict=True):
            say_lines(_lines(comparison, bad))
        if not found:
            say("no release to compare")
    raise SystemExit(1 if any(failed) else 0)


def _comparisons(project: Path | None, builds: tuple[str, ...], since: str | None) -> Iterator[Comparison]:
    if since is not None and not builds:
        releases = Releases(open_project(project))
        for app, release in releases.changed_since(since):
            yield from (step for step in releases.steps(app, release) if step.changes)
        return
    if since is not None or len(builds) not in (1, 2):
        raise Refused("name two builds, or one release", "otasite diff app/1.0-1 app/1.1-2, or two files")
    if len(builds) == 2:
        before_side, after_side = (_side(project, build) for build in builds)
        yield from compared(before_side, after_side)
        return
    releases = Releases(open_project(project))
    app, release = releases.find(builds[0])
    steps = tuple(releases.steps(app, release))
    if not steps:
        releases.side(app, release)  # says so when nothing is known of this one either
        tell(f"nothing is known of a release before {builds[0]} in its channel")
    yield from steps


def _side(project: Path | None, build: str) -> Side:
    path = Path(build)
    if path.is_file():
        return file_side(path)
    if path.suffix.lower() in {".ipa", ".apk", ".json"}:
        raise Refused(f"there is no file {build}", "name a file, or a release such as app/1.2-34")
    releases = Releases(open_project(project))
    return releases.side(*releases.find(build))


def _lines(comparison: Comparison, bad: tuple[Change, ...]) -> Iterator[Line]:
    yield [styled(f"{comparison.before} → {comparison.after}", "bold"), f" ({comparison.platform})"]
    for change in comparison.changes:
        colour: tuple[Style, ...] = ("red",) if change in bad else ()
        mark = styled("refused ", "red") if change in bad else " " * len("refused ") if bad else ""
        yield ["  ", mark, styled(_WORDS.get(change.kind, change.kind).ljust(_KIND_WIDTH), *colour), sentence(change)]
    if not comparison.changes:
        yield ["  the same in everything that is read"]
    yield []


def sentence(change: Change) -> str:
    """A change in words: ``+ name``, ``− name`` or ``name: before → after``."""
    if change.kind == "size":
        grown = f"{'+' if change.growth > 0 else '−'}{size_text(abs(change.growth))}"
        return f"{change.what} {size_text(int(change.before))} → {size_text(int(change.after))} ({grown})"
    before, after = _short(change.kind, change.before), _short(change.kind, change.after)
    if change.is_new or change.is_gone:
        value = after or before
        named = f"{change.what} ({value})" if change.what and value != "yes" else change.what or value
        return f"{'+' if change.is_new else '−'} {named}"
    return f"{change.what}: {before} → {after}" if change.what else f"{before} → {after}"


def _short(kind: Kind, value: str) -> str:
    return f"sha256 {value[:16]}…" if kind == "signer" and value else value


def _annotate(comparison: Comparison, bad: tuple[Change, ...]) -> None:
    """Annotations on the release's file: what is refused as errors, the rest together as one notice."""
    properties = {"file": comparison.source, "line": "1"}
    for change in bad:
        text = f"{comparison.after}: {_WORDS.get(change.kind, change.kind)} {sentence(change)}"
        say_order("error", {**properties, "title": f"refused: {_WORDS.get(change.kind, change.kind)}"}, text)
    rest = [change for change in comparison.changes if change not in bad]
    if rest:
        lines = [f"{_WORDS.get(change.kind, change.kind)}: {sentence(change)}" for change in rest]
        name = "warning" if any(change.kind in _NOTABLE for change in rest) else "notice"
        title = f"{plural(len(rest), 'change')} from {comparison.before} to {comparison.after}"
        say_order(name, {**properties, "title": title}, "\n".join(lines))


def _judged(comparison: Comparison, bad: tuple[Change, ...]) -> Judged:
    return Judged(**msgspec.structs.asdict(comparison), refused=bad)
