"""What ``otasite add`` tells afterwards: to people, as JSON, and to GitHub Actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from otasite.binaries.verdict import valid_until
from otasite.cli.terminal import Line, styled, visible
from otasite.hosting.github import markdown
from otasite.problems import Refused
from otasite.sizes import size_text
from otasite.workshop.recording import Recorded


def added_lines(recorded: Recorded) -> Iterator[Line]:
    """What was written, and where it will be."""
    info = recorded.info
    until = valid_until(info)
    facts = [recorded.platform, info.identifier, size_text(info.size)]
    facts += [f"until {until:%Y-%m-%d}"] if until else []
    yield [styled(f"{info.name} {info.version} ({info.build})", "bold"), f": {', '.join(facts)}"]
    yield from ([f"  wrote    {path}"] for path in recorded.written)
    if not recorded.written:
        yield ["  nothing to write: it is recorded already"]
    yield from ([f"  note     {note}"] for note in recorded.notes)
    if recorded.page:
        yield [f"  page     {recorded.page}"]
    if recorded.install != recorded.page:
        yield [f"  install  {recorded.install}"]
    if not recorded.page:
        yield ["  its address is known once content/site.yaml has a base_url and otasite check is content"]


class AddedBinary(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded binary. Its keys keep their meaning from version to version.

    ``size`` is in bytes; ``signing`` is null where nobody said how it is signed; ``until`` is the moment it stops
    working. Addresses are empty as long as the site has no base URL; ``written`` are the files.
    """

    app: str
    release: str
    platform: str
    name: str
    identifier: str
    version: str
    build: str
    size: int
    sha256: str
    signing: str | None
    until: dt.datetime | None
    page_url: str
    manifest_url: str
    install_url: str
    written: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What ``otasite add --json`` prints: a list, because several files can be added at once."""

    added: tuple[AddedBinary, ...]


def answer(added: Sequence[Recorded]) -> Added:
    """All that was recorded, for machines."""
    return Added(added=tuple(_item(each) for each in added))


def _item(recorded: Recorded) -> AddedBinary:
    info = recorded.info
    return AddedBinary(
        app=recorded.app,
        release=recorded.release,
        platform=recorded.platform,
        name=info.name,
        identifier=info.identifier,
        version=info.version,
        build=info.build,
        size=info.size,
        sha256=info.sha256,
        signing=info.ios.profile.type if info.ios and info.ios.profile else None,
        until=valid_until(info),
        page_url=recorded.page,
        manifest_url=recorded.manifest,
        install_url=recorded.install,
        written=tuple(recorded.written),
        notes=tuple(recorded.notes),
        warnings=tuple(problem.message for problem in recorded.warnings),
    )


def github_output(added: Sequence[Recorded], environment: Mapping[str, str]) -> None:
    """Outputs of a step: the first binary's values by name, and all of them as ``added`` in JSON."""
    path = environment.get("GITHUB_OUTPUT")
    if not path or not added:
        return
    first = _item(added[0])
    names = ("app", "release", "version", "build", "page_url", "install_url", "manifest_url", "sha256")
    lines = [f"{name.replace('_', '-')}={_one_line(str(getattr(first, name)))}" for name in names]
    lines.append(f"added={msgspec.json.encode(answer(added).added).decode()}")
    _append(path, "\n".join(lines) + "\n")


def github_summary(added: Sequence[Recorded], environment: Mapping[str, str]) -> None:
    """A few lines of Markdown on the page of the workflow's run."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    rows = ["| app | version | page |", "| --- | --- | --- |"]
    for each in added:
        info = each.info
        link = f"[{markdown(f'{each.app}/{each.release}')}]({each.page})" if each.page else "–"
        rows.append(f"| {markdown(info.name)} | {markdown(f'{info.version} ({info.build})')} | {link} |")
    _append(path, "### Added to the install site\n\n" + "\n".join(rows) + "\n\n")


def _append(path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}", "it is named by GitHub Actions") from error


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))
