"""``reference/yaml.md``: every key of the YAML, from the JSON Schemas that editors use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from otasite.catalogue.schema import KINDS, schema
from otasite.outputs.registry import output_kinds

Schema = dict[str, Any]

#: The files, whose tables come first.
FILES = {"Site": "site.yaml", "App": "app.yaml", "Release": "A release's file"}
#: How mappings are called whose definition has no good name for people.
TITLES = {
    **FILES,
    "AltStoreApp": "AltStore app",
    "FDroid": "F-Droid",
    "AppOutputs": "Outputs of an app",
    "SiteOutputs": "Outputs of the site",
}
#: What must be there in the end, whether a release says it itself or takes it from defaults:.
REQUIRED_OR_DEFAULT = {"Release": {"version", "build", "date"}}
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
    return INTRODUCTION + "".join(_section(name, definitions[name]) for name in order)


def _section(name: str, definition: Schema) -> str:
    required = set(definition.get("required", ()))
    required |= REQUIRED_OR_DEFAULT.get(name, set())
    rows = "\n".join(_row(key, value, key in required) for key, value in definition["properties"].items())
    return f"""
## {title(name)}

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
        yield f"[{_in_a_sentence(title(name))}](#{_anchor(name)})"
    elif "anyOf" in value:
        words = [word for option in value["anyOf"] for word in _types(option)]
        yield from (["text"] if words == ["string", "mapping"] else words)
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
        members = value.get("additionalProperties") or {}
        inner = " or ".join(_types(members))
        yield f"mapping of name to {inner}" if "$ref" in str(members) else "mapping"
    elif "integer" in types:
        yield "whole number"
    elif types[0] == "boolean":
        yield "true or false"
    elif types != ["null"]:
        yield "string"


def title(name: str) -> str:
    """What the table of a definition is called."""
    if name in TITLES:
        return TITLES[name]
    return _begun("".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip())


def _in_a_sentence(heading: str) -> str:
    """A title without the capital that only headings have."""
    return heading if heading in ("AltStore app", "F-Droid") else heading[0].lower() + heading[1:]


def _anchor(name: str) -> str:
    """The heading's anchor, as MkDocs and GitHub make it."""
    return re.sub(r"[^\w\- ]", "", title(name).lower()).replace(" ", "-")


def _sentence(text: str) -> str:
    """A definition's description without what it begins with in the code; keys and files are marked as code."""
    text = text.partition(":: ")[2] or text
    named = re.match(r"[a-z_]+:(?: or [a-z_]+:)?|\S+\.yaml(?: or \S+\.yaml)?", text)
    if named is None:
        return _begun(text)
    return " or ".join(f"`{word}`" for word in named.group().split(" or ")) + text[named.end() :]


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
