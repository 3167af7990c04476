"""``otasite schema``."""

from __future__ import annotations

import importlib
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, get_args

import click
import msgspec

from otasite.catalogue.schema import data_schema, schema
from otasite.cli.choices import OneOf
from otasite.cli.terminal import say, write
from otasite.facts.model import ReleaseFacts
from otasite.outputs.registry import output_kinds
from otasite.problems import ProblemsFound, Refused, suggest
from otasite.theming.themes import Theme
from otasite.workshop.workshop import open_project

Kind = Literal["site", "app", "release", "facts"]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command()
@click.argument("kind", type=OneOf(get_args(Kind)), required=False)
@click.option("--answer", metavar="COMMAND", help="The schema of what COMMAND prints with --json, such as list.")
@click.option("--out", "-o", type=click.Path(path_type=Path, file_okay=False), help="Write one file per kind here.")
def command(kind: Kind | None, answer: str | None, out: Path | None) -> None:
    """Print the JSON Schema of site.yaml, an app's file or a release's file, for your editor; or that of facts.json.

    `otasite schema --out schema` writes all of them; the first line of a YAML file then names its own:
    # yaml-language-server: $schema=../schema/site.json
    In a project whose theme declares types of its own (extra:, data:) they know these, too.
    """
    if answer is not None:
        write(_pretty(answer_schema(answer)))
        return
    theme = _theme()
    if out is None:
        write(_pretty(_schema(kind, theme)))
        return
    for path in write_schemas(out, theme):
        say(str(path))


def answers() -> dict[str, Any]:
    """The types of what commands print with ``--json``, by the words of the command."""
    from otasite.cli import COMMANDS

    found: dict[str, Any] = {}
    for module, _ in COMMANDS.values():
        found |= getattr(importlib.import_module(module), "ANSWERS", {})
    return dict(sorted(found.items()))


def answer_schema(words: str) -> dict[str, Any]:
    """The JSON Schema of what the command of these words prints with ``--json``. Raises :class:`Refused`."""
    known = answers()
    if words not in known:
        hint = suggest(words, known) or f"these print it: {', '.join(known)}"
        raise Refused(f"there is no command “{words}” that prints JSON", hint)
    found = _ordered(msgspec.json.schema(known[words]))
    return {"$schema": _DIALECT, "title": f"otasite {words} --json", **found}


def write_answer_schemas(folder: Path) -> None:
    """Write one schema for each command that prints JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for words in answers():
        path = folder / f"{words.replace(' ', '-')}.json"
        path.write_text(_pretty(answer_schema(words)), "utf-8", newline="\n")


def write_schemas(folder: Path, theme: Theme | None = None) -> list[Path]:
    """Write one schema file per kind of YAML file, and one per file of data that the theme declares; gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {str(kind): _schema(kind, theme) for kind in get_args(Kind)}
    if theme is not None:
        made |= {f"data-{name}": data_schema(name, wanted) for name, wanted in theme.data.items()}
    for name, document in made.items():
        (folder / f"{name}.json").write_text(_pretty(document), "utf-8", newline="\n")
    return [folder / f"{name}.json" for name in made]


def _theme() -> Theme | None:
    """The theme of the project that we are in, if there is one."""
    try:
        return open_project().theme
    except Refused:
        return None
    except ProblemsFound:
        say("The theme of this project has mistakes (otasite check): its types are left out.", err=True)
        return None


def _schema(kind: Kind | None, theme: Theme | None = None) -> dict[str, Any]:
    """What programs read has one made of its types; what people write has one that forgives what editors do."""
    if kind != "facts":
        return schema(kind, output_kinds(), theme.extra if theme is not None else None)
    found = _ordered(msgspec.json.schema(ReleaseFacts))
    return {"$schema": _DIALECT, "title": "otasite: facts", **found}


def _ordered(value: Any) -> Any:
    """A schema whose alternatives stand in one order, with null last: msgspec's own differs between its versions.

    And whose descriptions, which are docstrings, have no indentation, as Python has it from 3.13 on.
    """
    if isinstance(value, dict):
        value = {key: _ordered(part) for key, part in value.items()}
        if "anyOf" in value:
            value["anyOf"].sort(key=lambda part: (part.get("type") == "null", msgspec.json.encode(part)))
        if isinstance(value.get("description"), str):
            value["description"] = cleandoc(value["description"])
        return value
    return [_ordered(part) for part in value] if isinstance(value, list) else value


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
