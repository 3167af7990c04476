"""``otasite build``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from otasite.catalogue.project import Project
from otasite.cli.options import build_options, json_option, lock_option, open_project, project_option, tell
from otasite.cli.progress import progress_bar
from otasite.cli.report import lines_ahead, plural, print_problems
from otasite.cli.terminal import remark, say, say_json, say_lines
from otasite.problems import Problem, ProblemsFound
from otasite.publish.engine import build
from otasite.publish.parallel import processors
from otasite.publish.report import Figures, Report
from otasite.workshop.options import moment_of
from otasite.workshop.workshop import Workshop


class Built(Figures, kw_only=True):
    """What ``otasite build --json`` prints: what the lines for people say, and every problem.

    With ``built`` false nothing was written, and only ``problems`` counts. ``drafts``, releases of the ``future`` and
    those beyond their channel's keep (``dropped``) were left out. Times are seconds.
    """

    built: bool
    problems: tuple[Problem, ...]
    out: str = ""


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"build": Built}


@click.command()
@project_option
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="The output folder (default: dist in the project)."
)
@build_options
@click.option("--presign", is_flag=True, help="Sign addresses in private buckets with your AWS credentials.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--no-cache", is_flag=True, help="Use nothing that earlier builds remembered.")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes (default: one per processor).")
@click.option(
    "--stats", is_flag=True, help="Show where the time went: stages, slowest pages, bytes, what was remembered."
)
@json_option
@lock_option
def command(
    project: Path | None,
    out: Path | None,
    base_url: str | None,
    drafts: bool,
    future: bool,
    presign: bool,
    strict: bool,
    no_cache: bool,
    workers: int | None,
    stats: bool,
    as_json: bool,
    no_wait: bool,
) -> None:
    """Build the site into dist/ (or --out).

    When anything is wrong, every problem is reported, dist/ stays as it was, and the exit code is 1.
    """
    workshop = open_project(
        project,
        base_url=base_url,
        drafts=drafts,
        future=future,
        needs_base_url=True,
        cache=not no_cache,
        workers=workers or processors(),
    )
    workshop = signed(workshop) if presign else workshop
    report = build_and_tell(workshop, out=out, strict=strict, wait=not no_wait, as_json=as_json)
    if stats and not as_json:
        say_lines([line] for line in statistics(report))


def build_and_tell(
    workshop: Workshop,
    *,
    out: Path | None = None,
    strict: bool = False,
    wait: bool = True,
    as_json: bool = False,
) -> Report:
    """Build, and print what came of it. Problems end the run."""
    project, signer = workshop.project, workshop.options.signer
    try:
        with progress_bar("Building") as progress:
            report = build(workshop, out=out, strict=strict, wait=wait, progress=progress, tell=tell)
    except ProblemsFound as error:
        if as_json:
            say_json(Built(built=False, problems=tuple(error.problems)))
            raise SystemExit(error.exit_code) from None
        print_problems(error.problems, root=project.root)
        say("nothing was written", err=True)
        raise SystemExit(error.exit_code) from None
    if as_json:
        say_json(_answer(report, project))
        return report
    print_problems((*report.problems, *report.reminders), root=project.root)
    for note in report.notes:
        remark(f"note: {note}", err=True)
    for line in summary(report, project):
        remark(line)
    if signer and report.private:
        until = signer.until
        remark(f"private downloads work until {until:%Y-%m-%d %H:%M} UTC: sign them again before then")
    return report


def _answer(report: Report, project: Project) -> Built:
    said = {name: getattr(report, name) for name in Figures.__struct_fields__}
    return Built(built=True, problems=(*report.problems, *report.reminders), out=project.shown(report.out), **said)


def signed(workshop: Workshop) -> Workshop:
    """The same project with a signer for addresses in private buckets, from today's AWS credentials."""
    from otasite.hosting.deploy.signing import find_signing

    now = moment_of(workshop.options.environment)
    signing = find_signing(now)
    if signing.warning:
        say(f"warning: {signing.warning}", err=True)
    options = msgspec.structs.replace(workshop.options, now=now, signer=signing.signer)
    return Workshop(workshop.project, options)


def summary(report: Report, project: Project) -> list[str]:
    """One line about what was built, and one about the address that everything carries."""
    inside = report.out.is_relative_to(project.root)
    out = project.shown(report.out) if inside else report.out.as_posix()
    left_out = [
        f"{count} {what}"
        for count, what in (
            (report.drafts, "draft" if report.drafts == 1 else "drafts"),
            (report.future, "dated ahead"),
            (report.dropped, "beyond their channel's keep"),
        )
        if count
    ]
    line = (
        f"{out}/: {plural(report.apps, 'app')}, {plural(report.releases, 'release')}, "
        f"{plural(report.files, 'file')} ({report.written:,} written, {report.removed:,} removed) "
        f"in {report.seconds:.2f} s"
    )
    if left_out:
        line += f"; left out: {', '.join(left_out)}"
    return [line, f"for {report.base_url} (from {report.base_origin})", *lines_ahead(report)]


def statistics(report: Report) -> list[str]:
    """Where the time went, the slowest pages, how much was made, and what earlier builds had remembered."""
    effort = report.effort
    lines = ["time by stage"]
    lines += [f"  {stage:<18} {seconds:9.3f} s" for stage, seconds in report.stages.items()]
    lines += ["work", f"  {'apps and site':<18} {report.loaded:9,}", f"  {'files rendered':<18} {effort.rendered:9,}"]
    lines += [f"  {'bytes written':<18} {effort.written_bytes:9,} of {report.bytes:,} in {report.out.name}/"]
    if effort.recalls:
        lines.append("remembered from earlier builds")
        lines += [
            f"  {kind:<18} {recall.remembered:9,} of {recall.remembered + recall.made:,}"
            for kind, recall in effort.recalls.items()
        ]
    if effort.pages:
        lines.append("slowest pages")
        lines += [f"  {seconds * 1000:8.1f} ms  {path}" for seconds, path in effort.pages]
    return lines
