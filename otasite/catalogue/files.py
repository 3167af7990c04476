"""Reads single content files for the loader: records, texts and the positions of their keys."""

from __future__ import annotations

import os
import posixpath
from typing import Any, TypeVar

import msgspec

from otasite.catalogue.field_rules import Found
from otasite.catalogue.model import Release
from otasite.catalogue.sources import ABSENT, Sources, dead_link, foreign_file
from otasite.catalogue.strays import misplaced
from otasite.problems import Findings, Location, Problem, ProblemsFound
from otasite.typed_yaml.convert import Converted, convert, read_record
from otasite.typed_yaml.reading import KeyPath, Where, read_yaml
from otasite.typed_yaml.scalars import typer
from otasite.typed_yaml.texts import conflict_problem, decode, unprintable_problem

S = TypeVar("S", bound=msgspec.Struct)


class Files:
    """Content files by path; what is wrong with them is added to ``findings``, nothing is raised for it."""

    def __init__(self, sources: Sources, findings: Findings) -> None:
        self.sources = sources
        self.findings = findings

    def record(self, path: str, type_: type[S]) -> tuple[S | None, Where]:
        """The file as a record, and the positions of its keys.

        Of a file with mistakes comes what can still be judged (or ``None``), so that other rules see it as well.
        """
        found: Converted[S] | None = None

        def parse(data: bytes, shown: str) -> S:
            nonlocal found
            found = read_record(data, shown, type_)
            if found.problems and (problem := _misplaced(data, shown, type_)):
                found = Converted(None, (problem,))
            return found.require()

        try:
            return self.sources.load(path, type_, parse), self.where(path)
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            if found is None:
                return None, self.where(path)
            return found.value, self.where(path, dropped=found.dropped)

    def part(self, path: str, type_: Any, value: object, *keys: str) -> tuple[Any, Where]:
        """What a record keeps as it is written at ``keys``, as a type that only the running program knows."""
        try:
            return msgspec.convert(typer(type_)(value), type_), self.where(path)
        except msgspec.ValidationError:
            found: Converted[Any] = convert(read_yaml(self.sources.read(path), path), type_, base=keys)
            self.findings.extend(found.problems)
            return found.value, self.where(path, dropped=found.dropped)

    def text(self, path: str) -> str | None:
        try:
            return self.sources.load(path, str, parse_text)
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def where(self, path: str, *, dropped: frozenset[KeyPath] = frozenset()) -> Where:
        return Where(lambda: read_yaml(self.sources.read(path), path), dropped=dropped)

    def refuse_yml(self, path: str) -> None:
        """Report a file whose ending would keep it from being read."""
        self.findings.report(
            "yml-ending",
            "otasite reads .yaml files; this one would be left out",
            hint=f"rename it to {posixpath.basename(path).removesuffix('.yml')}.yaml",
            at=Location(path),
        )

    def look(self, path: str) -> Found:
        """What is at a path (relative to the project root)."""
        path = self.sources.actual(path)
        if self.sources.stamp(path) == ABSENT:
            return Found(path, "absent")
        return Found(path, "outside" if self.sources.leads_out(path) else "file")


def _misplaced(data: bytes, shown: str, type_: type[msgspec.Struct]) -> Problem | None:
    try:
        return misplaced(read_yaml(data, shown).value.keys(), type_, shown)
    except ProblemsFound:
        return None


def parse_text(data: bytes, shown: str) -> str:
    """The text of a file, with one kind of line ends. Raises :class:`ProblemsFound`."""
    text = decode(data, shown).replace("\r\n", "\n")
    if problem := conflict_problem(text, shown) or unprintable_problem(text, shown):
        raise ProblemsFound([problem])
    return text


def place_in_release(sources: Sources, release: Release, *keys: str | int) -> Location:
    """Where a key of a release is written; the nearest mapping above it when its value comes from a default."""
    where = Files(sources, Findings()).where(release.source)
    return where(*(() if release.index is None else ("releases", release.index)), *keys)


def split_language(stem: str, languages: tuple[str, ...]) -> tuple[str, str]:
    base, _, language = stem.rpartition(".")
    return (base, language) if base and language in languages else (stem, "")


def files_below(folder: str, sources: Sources, findings: Findings, above: tuple[str, ...] = ()) -> list[str]:
    """All files of a folder and of those below, in order; ``above`` are the real folders on the way to it.

    Links that lead out of the project, in circles or nowhere, and names that are no text, go to the findings.
    """
    found: list[str] = []
    real = os.path.realpath(sources.root / folder)
    if real in above:
        message, hint = (
            "a link leads from here back to a folder above it",
            "remove it, or put the files themselves here",
        )
        findings.report("unreadable-file", message, hint=hint, at=Location(folder))
        return found
    for name in sources.listing(folder):
        path = f"{folder}/{name}"
        if any("\ud800" <= character <= "\udfff" for character in name):  # how Python reads bytes that are no UTF-8
            message = "this name is not UTF-8, so it cannot be an address"
            hint = "rename the file: letters, digits, dot, hyphen and underscore always do"
            findings.report("bad-name", message, hint=hint, at=Location(path))
        elif sources.leads_out(path):
            findings.extend([foreign_file(path)])
        elif (sources.root / path).is_dir():
            found += files_below(path, sources, findings, (*above, real))
        elif sources.stamp(path) == ABSENT:
            findings.extend([dead_link(path)])
        else:
            found.append(path)
    return found
