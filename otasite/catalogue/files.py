"""Reads single content files for the loader: records, texts and the positions of their keys."""

from __future__ import annotations

import os
from typing import Literal, TypeVar

import msgspec

from otasite.catalogue.convert import convert
from otasite.catalogue.reading import Document, read_yaml
from otasite.catalogue.resolve import Where
from otasite.catalogue.sources import ABSENT, Sources
from otasite.problems import Findings, Location, ProblemsFound

S = TypeVar("S", bound=msgspec.Struct)


class Files:
    """Content files by path; what is wrong with them is added to ``findings``, nothing is raised for it."""

    def __init__(self, sources: Sources, findings: Findings) -> None:
        self.sources = sources
        self.findings = findings

    def record(self, path: str, type_: type[S]) -> S | None:
        """The file as a record, or ``None`` with its problems noted."""
        try:
            return self.sources.load(path, type_, lambda data, shown: _parse(data, shown, type_))
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def text(self, path: str) -> str | None:
        try:
            return self.sources.load(path, str, _parse_text)
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def where(self, path: str, base: tuple[str | int, ...] = ()) -> Where:
        """Looks up positions in a file; it is read again only when something is wrong."""
        document: Document | None = None

        def where(*keys: str | int, key: bool = False) -> Location:
            nonlocal document
            if document is None:
                document = read_yaml(self.sources.read(path), path)
            return document.locate((*base, *keys), key=key)

        return where

    def look(self, path: str) -> Literal["file", "absent", "outside"]:
        if self.sources.stamp(path) == ABSENT:
            return "absent"
        root = os.path.realpath(self.sources.root / "content")
        real = os.path.realpath(self.sources.root / path)
        return "file" if real.startswith(root + os.sep) else "outside"


def _parse(data: bytes, shown: str, type_: type[S]) -> S:
    return convert(read_yaml(data, shown), type_)


def _parse_text(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        findings = Findings()
        line = data.count(b"\n", 0, error.start) + 1
        findings.error(
            "not-utf8",
            "this file is not UTF-8 text",
            hint="save it as UTF-8 in your editor",
            at=Location(shown, line, error.start - data.rfind(b"\n", 0, error.start)),
        )
        raise ProblemsFound(findings.problems) from error


def split_language(stem: str, languages: tuple[str, ...]) -> tuple[str, str]:
    base, _, language = stem.rpartition(".")
    return (base, language) if base and language in languages else (stem, "")
