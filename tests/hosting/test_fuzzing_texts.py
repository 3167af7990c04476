"""One fuzz target for each reader of text: pieces of its own language in any order, with a budget of time and memory.

For readers of binaries see ``tests/binaries/test_fuzzing.py``. ``OTASITE_SOAK=1`` runs many times as many examples.
"""

from __future__ import annotations

import hashlib
import os
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otasite.catalogue.data_files import DataFiles
from otasite.catalogue.facts_files import parse_facts
from otasite.catalogue.files import Files
from otasite.catalogue.records import AppRecord
from otasite.catalogue.sources import DraftSources
from otasite.hosting.bounded import BadBody, json_value, read_body
from otasite.hosting.catalogue import SiteCatalogue
from otasite.hosting.verify.html import link_parameters, read_page
from otasite.memory import Memory
from otasite.problems import Findings, ProblemsFound
from otasite.site.notes import Notes
from otasite.theming.catalogue_files import read_catalogue
from otasite.theming.layers import Source
from otasite.typed_yaml.convert import read_record

pytestmark = pytest.mark.thorough

#: Bytes and seconds of the processor for one example; the texts here have a few kilobytes.
MEMORY, SECONDS = 32 * 2**20, 5.0
EXAMPLES = 2000 if os.environ.get("OTASITE_SOAK") == "1" else 25


class NeverRaised(Exception):
    """For readers that refuse nothing."""


@dataclass(frozen=True)
class Target:
    read: Callable[[str], object]
    pieces: list[str]
    refusal: type[Exception] = NeverRaised


def yaml(text: str) -> None:
    assert all(problem.location for problem in read_record(text, "app.yaml", AppRecord).problems)


def po(text: str) -> None:
    data = text.encode()
    read_catalogue(Source("locales/de.po", Path("de.po"), data, hashlib.sha256(data).hexdigest()), Memory(None))


def body(text: str) -> None:
    data = text.encode("latin-1", "replace")
    for encoding in ("", "gzip", "deflate", "gzip, gzip"):
        with suppress(BadBody):
            assert len(read_body([data[:9], data[9:]], encoding, 1000)[0]) <= 1000


def data_files(text: str) -> None:
    texts = {f"content/data/{name}": text.encode("utf-8", "replace") for name in ("a.json", "b.csv", "c.yaml")}
    files = Files(DraftSources(Path("nowhere"), texts, {}), Findings())
    assert set(DataFiles(files, {}, ()).read()) == {"a", "b", "c"}
    assert all(problem.location for problem in files.findings.problems)


TARGETS = {
    "yaml": Target(
        yaml,
        ["name: ", "bundle_id", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!x ", "|\n", "'", '"', "\n  ", "~"],
    ),
    "markdown": Target(
        lambda text: Notes().converted(text),
        [
            "[",
            "](",
            "<",
            ">",
            "*",
            "**",
            "_",
            "`",
            "```\n",
            "- ",
            "> ",
            "| a |",
            "\n",
            "\n\n",
            "    ",
            "<b>",
            "&",
            "![x](",
        ],
    ),
    "page": Target(
        lambda text: read_page(text.encode("utf-8", "replace"), "https://a.example/"),
        [
            "<a href=",
            "<",
            ">",
            "'",
            '"',
            "<!--",
            "-->",
            "<script>",
            "</",
            "itms-services://?url=",
            "&amp;",
            "=",
            " ",
            "/",
        ],
    ),
    "link": Target(
        link_parameters, ["itms-services://?", "action=", "&", ";", "=", "%2", "%41", "+", "#", "url=https://"]
    ),
    "catalogue": Target(
        lambda text: json_value(text.encode("utf-8", "replace"), SiteCatalogue),
        ['{"apps": [', '{"releases": ', "{", "}", "[", "]", ",", ":", '"', "1e999", "-", "null", '"id": "a"'],
        BadBody,
    ),
    "texts": Target(
        po,
        [
            'msgid "',
            'msgstr "',
            '"\n',
            "msgid_plural ",
            "msgstr[0] ",
            "#~ ",
            "#, fuzzy\n",
            "\\n",
            "Plural-Forms: n>1;",
            "{a}",
        ],
        ProblemsFound,
    ),
    "data": Target(
        data_files,
        [
            '{"a": ',
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            '"a"',
            '""',
            "1e999",
            "-",
            "null",
            "NaN",
            "a,b\n",
            ";",
            "\r\n",
            "- a: 1\n",
        ],
    ),
    "facts": Target(
        lambda text: parse_facts(text.encode("utf-8", "replace"), "1.0-1.facts.json"),
        [
            '{"schema": 1',
            ',"ios": {',
            ',"android": {',
            '"permissions": [',
            '{"name": "a"',
            "}",
            "]",
            "null",
            "9" * 30,
        ],
        ProblemsFound,
    ),
    "body": Target(body, ["\x1f\x8b\x08\x00", "\x00", "x\x9c", "abc", "\xff" * 20]),
}


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=EXAMPLES)
def test_any_text_is_read_or_refused_within_its_budget(name: str, data: st.DataObject) -> None:
    target = TARGETS[name]
    piece = st.sampled_from(target.pieces) | st.text(max_size=3)
    text = "".join(data.draw(st.lists(piece, max_size=30))) * data.draw(st.sampled_from([1, 1, 2, 40]))
    tracemalloc.start()
    before = time.process_time()
    try:
        with suppress(target.refusal):
            target.read(text)
        assert time.process_time() - before < SECONDS
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
