"""``otasite inspect``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from otasite.binaries.icons import find_icon
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import verdict
from otasite.cli.binary_report import Inspected, inspected, report_lines
from otasite.cli.options import json_option
from otasite.cli.progress import progress_bar
from otasite.cli.report import print_problems
from otasite.cli.terminal import say_json, say_lines
from otasite.problems import Refused

#: What this module prints as JSON, by the words of the command.
ANSWERS = {"inspect": Inspected}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.option(
    "--icon", "icon_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the icon here (PNG)."
)
def command(file: Path, as_json: bool, icon_file: Path | None) -> None:
    """Show what FILE (.ipa or .apk) says, and whether people can install it from a page.

    The exit code is 1 when the file cannot be read; a readable one that cannot be installed is told apart by its
    verdict. Registered devices are counted, never named.
    """
    with progress_bar("Reading") as progress:
        info = inspect_binary(file, shown_as=file.as_posix(), progress=progress)
    icon = find_icon(file, shown_as=file.as_posix())
    judged = verdict(info, dt.datetime.now(dt.UTC))
    if icon_file is not None:
        _write_icon(icon_file, icon.icon.as_png() if icon.icon else b"", icon.notes)
    if as_json:
        say_json(inspected(info, judged, icon))
        return
    say_lines(report_lines(info, judged, icon))
    print_problems(judged.warnings)


def _write_icon(target: Path, data: bytes, notes: tuple[str, ...]) -> None:
    if not data:
        raise Refused("there is no icon to write", "; ".join(notes))
    try:
        target.write_bytes(data)
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}", "choose another place") from error
