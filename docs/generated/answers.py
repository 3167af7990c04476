"""``reference/json.md``: what commands print with ``--json``, from the types that they print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from otasite.cli.schema import answer_schema, answers

PROJECT = Path(__file__).resolve().parent.parent.parent
SCHEMAS = PROJECT / "schema/answers"
INTRODUCTION = """\
# JSON of commands

With `--json` these commands print one JSON value on standard output, and nothing else there. What ends a run
before there is an answer stays words on standard error, and standard output is empty then. What is there keeps its
name and meaning; new keys may come, so programs should pass over those that they do not know.

`otasite schema --answer list` prints the JSON Schema of an answer. `schema/answers` in the repository has the
same, and tests hold real answers against it.
"""


def page() -> str:
    """The page in Markdown."""
    return INTRODUCTION + "".join(_section(words) for words in answers())


def _section(words: str) -> str:
    found = answer_schema(words)
    definitions = found.get("$defs", {})
    top = _target(found)
    name = top.rpartition("/")[2] if top else ""
    shape = "A list; each of its items:" if found.get("type") == "array" else "A mapping:"
    if not name:
        return f"\n## otasite {words}\n\n{shape}\n"
    tables = [f"\n{_table(definitions[name])}"]
    for inner in _inner(definitions[name]):
        tables.append(f"\n**{inner}**: {_text(definitions[inner])}\n\n{_table(definitions[inner])}")
    return f"\n## otasite {words}\n\n{_text(definitions[name])}\n\n{shape}\n" + "".join(tables)


def _target(value: dict[str, Any]) -> str:
    """The definition that a value is, or that the items of a list are."""
    if "$ref" in value:
        return str(value["$ref"])
    return _target(value["items"]) if isinstance(value.get("items"), dict) else ""


def _inner(definition: dict[str, Any]) -> Iterator[str]:
    """The definitions that one names directly, each once."""
    seen = []
    for value in definition.get("properties", {}).values():
        for option in value.get("anyOf", [value]):
            name = _target(option).rpartition("/")[2]
            if name and name not in seen:
                seen.append(name)
    yield from seen


def _table(definition: dict[str, Any]) -> str:
    required = definition.get("required", ())
    rows = "".join(
        f"| `{key}` | {_type(value)} | {'always' if key in required else ''} |\n"
        for key, value in definition.get("properties", {}).items()
    )
    return f"| key | type | given |\n| --- | --- | --- |\n{rows}"


def _type(value: dict[str, Any]) -> str:
    if "anyOf" in value:
        return " or ".join(_type(option) for option in value["anyOf"])
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}" if isinstance(value.get("items"), dict) else "list"
    return str(value.get("format") or value.get("type", "anything"))


def _text(definition: dict[str, Any]) -> str:
    text = str(definition.get("description", "")).replace("``", "`")
    return " ".join(text.split()).replace("<", "&lt;").replace(":class:", "")
