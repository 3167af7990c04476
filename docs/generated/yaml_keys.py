"""``reference/yaml.md``: every key of the YAML, from the JSON Schemas that editors use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from otasite.catalogue.schema import KINDS, schema
from otasite.outputs.registry import output_kinds

Schema = dict[str, Any]

#: The heading of a file's table; every other mapping is called as its definition is.
FILES = {"Site": "site.yaml", "App": "app.yaml", "Release": "A release's file"}
INTRODUCTION = """\
# YAML reference

A key that is not listed here is a mistake, and otasite suggests the right one. Every value stays the text that you
wrote: `version: 1.10` is 1.10, `build: 0204` keeps its zero, and `no` is a word. *Text* may also be a mapping of
language to text: `name: {en: Rider, de: Fahrgast}`. Paths count from the folder of the file that names them, and
a leading `/` means the content folder, which no path leaves.

`otasite schema --out schema` writes the JSON Schemas from which this page is made: editors with the YAML language
server complete keys and mark mistakes with them.
"""


def page() -> str:
    """The page in Markdown."""
    definitions: Schema = {}
    for kind in KINDS:
        definitions |= schema(kind, output_kinds())["definitions"]
    first = [name for name in FILES if name in definitions]
    order = first + sorted(definitions.keys() - FILES.keys())
    return INTRODUCTION + "\n".join(_section(name, definitions[name]) for name in order)


def _section(name: str, definition: Schema) -> str:
    required = set(definition.get("required", ()))
    rows = "\n".join(_row(key, value, key in required) for key, value in definition["properties"].items())
    return f"""
## {_title(name)} {{: #{_anchor(name)} }}

{_sentence(definition["description"])}

| key | type | meaning |
| --- | --- | --- |
{rows}
"""


def _row(key: str, value: Schema, required: bool) -> str:
    kind = " or ".join(dict.fromkeys(_types(value))) + (", **required**" if required else "")
    return f"| `{key}` | {kind} | {_cell(value.get('description', ''))} |"


def _types(value: Schema) -> Iterator[str]:
    """What a value may be, in words; being left empty goes without saying."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        yield f"[{_title(name).lower()}](#{_anchor(name)})"
    elif "anyOf" in value:
        words = [word for option in value["anyOf"] for word in _types(option)]
        yield from (["text"] if words == ["string", "mapping of language to string"] else words)
    elif "enum" in value:
        yield ", ".join(f"`{word}`" for word in value["enum"] if word is not None)
    else:
        yield from _plain_type(value)


def _plain_type(value: Schema) -> Iterator[str]:
    types = value.get("type", "anything")
    types = [types] if isinstance(types, str) else types
    if "array" in types:
        items = " or ".join(_types(value["items"]))
        yield f"list of {items}"
    elif "object" in types:
        inner = " or ".join(_types(value.get("additionalProperties") or {}))
        yield "mapping of language to string" if inner == "string" else f"mapping of name to {inner}"
    elif "integer" in types:
        yield "whole number"
    elif types[0] == "boolean":
        yield "true or false"
    elif types != ["null"]:
        yield "string"


def _title(name: str) -> str:
    if name in FILES:
        return FILES[name]
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip().capitalize()


def _anchor(name: str) -> str:
    return _title(name).lower().replace(" ", "-").replace(".", "").replace("'", "")


def _sentence(text: str) -> str:
    """A definition's description without the key that it begins with in the code."""
    return text.partition(":: ")[2].capitalize() if ":: " in text else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
