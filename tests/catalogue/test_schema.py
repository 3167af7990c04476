"""The JSON Schemas: they accept what otasite accepts and mark what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from otasite.catalogue import records
from otasite.catalogue.output_choice import Holder, outputs_type
from otasite.catalogue.records import AppRecord, ReleaseRecord
from otasite.catalogue.schema import KINDS, Kind, data_schema, schema
from otasite.catalogue.site_record import SiteRecord
from otasite.outputs.registry import output_kinds
from otasite.typed_yaml.convert import read_record
from otasite.typed_yaml.kinds import Expected, Listing, Mapping, Member, RecordKind, Text, Whole
from tests.typed_yaml.test_convert import file_of

CONTENT = Path(__file__).resolve().parent.parent.parent / "content"


def whole(record: type[msgspec.Struct], holder: Holder) -> Any:
    """A record with what outputs declare of ``outputs:``, which the loader judges after the rest."""
    outputs = outputs_type(output_kinds(), holder)
    return msgspec.defstruct(
        record.__name__, [("outputs", outputs, None)], bases=(record,), frozen=True, kw_only=True
    )


RECORDS: dict[Kind, Any] = {
    "site": whole(SiteRecord, "site"),
    "app": whole(AppRecord, "app"),
    "release": ReleaseRecord,
}
VALIDATORS = {kind: Draft7Validator(schema(kind, output_kinds())) for kind in KINDS}
ANY_KIND = Draft7Validator(schema(None, output_kinds()))


def as_integer(text: str) -> int:
    return int(text, 0 if text[:2] in ("0o", "0x") else 10)


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: the core schema of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Keys are text, whatever they look like."""
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


INTEGER = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(~|null|Null|NULL|)\Z"), None)
EditorLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), None
)
EditorLoader.add_implicit_resolver("tag:editor,2026:int", INTEGER, None)
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, None)
EditorLoader.add_constructor("tag:editor,2026:int", lambda _, node: as_integer(node.value))


class PlainDumper(yaml.SafeDumper):
    """Writes scalars without quotes wherever YAML allows it."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute


def as_editors_see(text: str) -> Any:
    return yaml.load(text, EditorLoader)


def test_editors_are_imitated_rightly() -> None:
    seen = as_editors_see("[1.10, 0123, no, true, ~, '1', 2026-03-31, 1_000, .5, 1e3, 0x]")
    assert seen == [1.1, 123, "no", True, None, "1", "2026-03-31", "1_000", 0.5, 1000.0, "0x"]


@pytest.mark.parametrize("document", [schema(kind, output_kinds()) for kind in (*KINDS, None)])
def test_the_schemas_are_schemas_of_both_drafts(document: Any) -> None:
    Draft7Validator.check_schema(document)
    Draft202012Validator.check_schema({**document, "$schema": Draft202012Validator.META_SCHEMA["$id"]})


def demo_files() -> Iterator[tuple[Kind, Path]]:
    yield "site", CONTENT / "site.yaml"
    for path in sorted(CONTENT.glob("apps/**/*.yaml")):
        yield ("release" if path.parent.name == "releases" else "app"), path


@pytest.mark.parametrize(("kind", "path"), [pytest.param(*found, id=found[1].name) for found in demo_files()])
def test_the_demo_validates(kind: Kind, path: Path) -> None:
    document = as_editors_see(path.read_text("utf-8"))
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert ANY_KIND.is_valid(document)


VALID: dict[Kind, list[str]] = {
    "site": [
        "title: 2048",
        "title: {en: Apps, de: Apps}\nextra: {a: [b]}\n",
        "title: true\nbase_url:\nlanguages: [en, pt-BR]\ntheme: 16\n",
        "title: a\ntheme: {name: default, options: {accent: 0x3366, on: }}\n",
        "title: a\nchannels:\n  stable: {default: true, keep: 5}\n  beta:\n",
    ],
    "app": [
        "name: a\nplatforms: [ios]\nscreenshots: [1.png, {file: 2.png, alt: 3}]\nvisibility:\nlinks:\n",
        "name: a\nreleases: [{version: 1.10, build: 0412, draft: 'true', ios: {size: '12', minimum_os: 16}}]\n",
        "name: a\ndefaults: {ios: {signing: {type: ad-hoc, devices: 0}}, date: 2026-03-31}\n",
    ],
    "release": ["version: 1.10\n", "{}", "version: 2\nnotes: {en: x}\npinned: TRUE\nios:\nandroid: {file: a.apk}\n"],
}
INVALID: dict[Kind, list[str]] = {
    "site": [
        "description: no title\n",
        "title:\n",
        "title: [a]\n",
        "title: a\ntitel: b\n",
        "title: a\nlanguages: en\n",
        "title: a\nlanguages: [english]\n",
        "title: a\nchannels: {a: {keep: 0}}\n",
        "title: a\nchannels: {a: {keep: five}}\n",
        "title: a\nchannels: {a: {default: yes}}\n",
        "title: a\norganisation: {contact: {url: http://a.example}}\n",
    ],
    "app": [
        "subtitle: no name\n",
        "name: a\nvisibility: secret\n",
        "name: a\nplatforms: [ios, windows]\n",
        "name: a\nscreenshots: [{alt: b}]\n",
        "name: a\nreleases: [{version: 1, chanel: beta}]\n",
        "name: a\nreleases: [1.0]\n",
        "name: a\ndefaults: {ios: {sha256: abc}}\n",
        "name: a\nlinks: [https://a.example]\n",
    ],
    "release": [
        "title: a\n",
        "date: 31.3.2026\n",
        "ios: {size: -1}\n",
        "ios: {size: 1.5}\n",
        "ios: app.ipa\n",
        "ios: {device_check: {salt: a}}\n",
        "draft: 1\n",
        "id: ../x\n",
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in KINDS for text in VALID[kind]])
def test_right_files_validate(kind: Kind, text: str) -> None:
    assert read_record(text, "f.yaml", RECORDS[kind]).problems == ()
    document = as_editors_see(text)
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert ANY_KIND.is_valid(document)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in KINDS for text in INVALID[kind]])
def test_wrong_files_do_not(kind: Kind, text: str) -> None:
    assert read_record(text, "f.yaml", RECORDS[kind]).problems
    assert not VALIDATORS[kind].is_valid(as_editors_see(text))


def accepted(kind: Kind) -> st.SearchStrategy[tuple[Kind, Any]]:
    """Records of a kind as plain values: what is left of half-right files without their mistakes."""
    read = file_of(RECORDS[kind]).map(lambda found: read_record(found[1], "f.yaml", found[0]).value)
    return read.filter(lambda value: value is not None).map(lambda value: (kind, msgspec.to_builtins(value)))


@given(st.one_of([accepted(kind) for kind in KINDS]), st.sampled_from([yaml.SafeDumper, PlainDumper]))
def test_what_otasite_accepts_is_never_marked(found: tuple[Kind, Any], dumper: Any) -> None:
    kind, value = found
    text = yaml.dump(value, Dumper=dumper)
    assume(not read_record(text, "f.yaml", RECORDS[kind]).problems)  # without quotes, text may come to mean nothing
    errors = VALIDATORS[kind].iter_errors(as_editors_see(text))
    assert [error.message for error in errors] == []


def inside(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield name, value
            yield from inside(value)
    elif isinstance(part, list):
        for value in part:
            yield from inside(value)


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_mean_the_same_to_editors(kind: Kind) -> None:
    r"""No part of Python's own syntax: ``\A``, ``\Z``, ``(?P<…>``, ``(?i)``."""
    patterns = [value for name, value in inside(schema(kind, output_kinds())) if name == "pattern"]
    assert patterns
    assert not [pattern for pattern in patterns if re.search(r"\\[AZ]|\(\?", pattern)]


@pytest.mark.parametrize("name", [name for name in vars(records) if name.endswith("Record") and name != "Record"])
def test_every_key_is_described(name: str) -> None:
    """Each key has its line in the docstring, and each line is about a key."""
    record = getattr(records, name)
    described = set(re.findall(r"^ *(\w+): .+\.$", record.__doc__, re.MULTILINE))
    inherited = record.__mro__[1].__struct_fields__
    assert described == set(record.__struct_fields__) - set(inherited)


def test_descriptions_reach_the_schema() -> None:
    properties = schema("release", output_kinds())["definitions"]["Release"]["properties"]
    assert properties["version"]["description"] == "Version that people see, such as 2.14.0."
    assert properties["ios"]["description"].endswith(".ipa for iPhone and iPad.")
    assert properties["date"]["description"].endswith(
        "A date (2026-03-31) or a date and time (2026-03-31T09:30:00Z)."
    )
    assert "``" not in json.dumps(schema(None, output_kinds()))


def test_the_same_schema_every_time() -> None:
    assert msgspec.json.encode(schema("app", output_kinds())) == msgspec.json.encode(schema("app", output_kinds()))


def test_what_a_theme_declares_of_own_data_is_known_to_editors() -> None:
    by_language = Expected(scalar=Text(), mapping=Mapping(key=Text(), value=Expected(scalar=Text())))
    phones = Member(Expected(scalar=Whole(ge=1)), required=True)
    own = RecordKind(name="ReleaseExtra", members={"phones": phones, "by": Member(by_language, True)}, closed=False)
    release = Draft7Validator(schema("release", output_kinds(), {"release": own}))
    valid = "version: 1\nextra: {phones: 2, by: {en: Ada}, mine: [1]}\n"
    assert list(release.iter_errors(as_editors_see(valid))) == []
    assert release.is_valid(as_editors_see("extra: {by: Ada}"))  # the app's defaults: may say the other
    (error,) = release.iter_errors(as_editors_see("extra: {phones: 0}"))
    assert list(error.absolute_path) == ["extra", "phones"]
    data = Draft7Validator(data_schema("team", Expected(listing=Listing(item=Expected(mapping=own)))))
    assert data.is_valid(as_editors_see("[{phones: 2, by: Ada}]"))
    assert not data.is_valid(as_editors_see("[{phones: 2}]"))
