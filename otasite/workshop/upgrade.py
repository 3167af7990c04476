"""Brings a project up to date: YAML whose keys are called otherwise now, templates of a contract that moved on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from otasite.catalogue.project import SITE_FILE, write_whole
from otasite.catalogue.records import AppRecord, ReleaseRecord
from otasite.catalogue.site_record import SiteRecord
from otasite.problems import Problem, ProblemsFound, unreadable_file
from otasite.typed_yaml.texts import decode
from otasite.typed_yaml.upgrading import Zone, upgraded
from otasite.workshop.lock import locked
from otasite.workshop.template_breaks import TemplateBreak, patch, template_breaks
from otasite.workshop.workshop import Workshop

_BOM = "\ufeff"
#: What 0.1.0 took moments without a zone for.
_UTC = Zone("Z", frozenset({"date", "expires"}))


class Rewritten(msgspec.Struct, frozen=True):
    """One file of YAML as it is written today, and the way there as a patch."""

    path: str
    diff: str
    text: str


class Upgrade(msgspec.Struct, frozen=True):
    """All that a project needs for this version. ``left`` are the places in YAML that a person has to rewrite."""

    files: tuple[Rewritten, ...]
    templates: tuple[TemplateBreak, ...]
    left: tuple[Problem, ...]


def plan_upgrade(workshop: Workshop) -> Upgrade:
    """Find out what there is to do; nothing is written."""
    files: list[Rewritten] = []
    left: list[Problem] = []
    zone = Zone() if workshop.loader.site().timezone else _UTC
    for path, type_ in _yaml_files(workshop):
        try:
            data = (workshop.project.root / path).read_bytes()
            text = decode(data, path)
            found = upgraded(text, path, type_, zone=zone)
        except OSError as error:
            left.append(unreadable_file(path, error))
            continue
        except ProblemsFound as error:
            left += error.problems
            continue
        left += found.left
        if found.text != text:
            bom = _BOM if data.startswith(_BOM.encode()) else ""
            files.append(Rewritten(path, patch(path, text, found.text), bom + found.text))
    try:
        templates = tuple(template_breaks(workshop.theme, workshop.project.root, workshop.memory))
    except ProblemsFound as error:
        templates = ()
        left += error.problems
    return Upgrade(tuple(files), templates, tuple(dict.fromkeys(left)))


def upgrade(workshop: Workshop, tell: Callable[[str], None] = lambda text: None) -> Upgrade:
    """Do what there is to do, and give it: each file is written whole or not at all.

    While another otasite changes the project this one waits, and ``tell`` gets a line about it.
    """
    with locked(workshop.project.state, tell=tell):
        found = plan_upgrade(workshop)
        for file in found.files:
            write_whole(Path(os.path.realpath(workshop.project.root / file.path)), file.text.encode())
    workshop.refresh()
    return found


def _yaml_files(workshop: Workshop) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """The files that people write, with what each is read as; what leads out of the project is left alone."""
    sources = workshop.loader.sources
    files: list[tuple[str, type[msgspec.Struct]]] = [(SITE_FILE, SiteRecord)]
    for source in workshop.loader.app_sources():
        files.append((source.path, AppRecord))
        folder = f"{source.folder}/releases"
        if source.folder:
            names = [name for name in sources.listing(folder) if name.endswith(".yaml")]
            files += [(f"{folder}/{name}", ReleaseRecord) for name in names]
    return (each for each in files if not sources.leads_out(each[0]))
