"""``otasite verify``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.cli.options import complete_app, json_option
from otasite.cli.progress import progress_bar
from otasite.cli.report import plural
from otasite.cli.terminal import remark, say_json
from otasite.cli.verify_table import MOST, print_table
from otasite.hosting.verify.client import Limits
from otasite.hosting.verify.report import Result, Verification
from otasite.hosting.verify.site import VerifyOptions, verify


class Verified(Verification, frozen=True, kw_only=True):
    """What ``otasite verify --json`` prints; ``schema`` is raised when a key changes its meaning."""

    schema: int
    result: Result


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"verify": Verified}


@click.command()
@click.argument("url")
@click.option("--app", metavar="ID", shell_complete=complete_app, help="Only this app.")
@click.option("--full", is_flag=True, help="Download every file completely and compare all of its hashes.")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Trust the authority in this PEM file, too: one that your devices trust.",
)
@click.option(
    "--dist",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Compare with this local build, to find old copies.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="How long it may take (default: 10, with --full 60).",
)
@click.option("--strict", is_flag=True, help="Treat warnings as failures.")
@json_option
@click.option("--all", "everything", is_flag=True, help="Show what is well, too.")
def command(
    url: str,
    app: str | None,
    full: bool,
    ca: Path | None,
    dist: Path | None,
    minutes: float | None,
    strict: bool,
    as_json: bool,
    everything: bool,
) -> None:
    """Check a live site the way an iPhone's installer sees it.

    URL is the site's address, or the address of one app's page. The exit code is 1 if something keeps people from
    installing (with --strict: or was warned of).
    """
    limits = Limits(run=60 * (minutes or (60 if full else 10)))
    with progress_bar("Verifying") as progress:
        report = verify(url, VerifyOptions(app=app, full=full, ca=ca, dist=dist, limits=limits), progress)
    if as_json:
        say_json(report.document())
    else:
        _print(report, everything=everything)
    raise SystemExit(report.exit_code(strict=strict))


def _print(report: Verification, *, everything: bool) -> None:
    shown = report.rows if everything else (*report.failures, *report.warnings)
    if shown:
        print_table(report.url, shown, limit=None if everything else MOST)
    counts = f"{plural(report.pages, 'page')}, {plural(report.manifests, 'manifest')}, {_binaries(report.binaries)}"
    parts = [plural(len(report.failures), "failure"), plural(len(report.warnings), "warning")]
    amiss = " and ".join(part for part in parts if not part.startswith("0 "))
    remark(f"{report.url}: {counts}: {amiss or 'nothing amiss'}")


def _binaries(count: int) -> str:
    return "1 binary" if count == 1 else f"{count:,} binaries"
