"""``otasite schema``."""

from __future__ import annotations

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
from otasite.problems import ProblemsFound, Refused
from otasite.theming.themes import Theme
from otasite.workshop.workshop import open_project

Kind = Literal["site", "app", "release", "facts"]


@click.command()
@click.argument("kind", type=OneOf(get_args(Kind)), required=False)
@click.option("--out", "-o", type=click.Path(path_type=Path, file_okay=False), help="Write one file per kind here.")
def command(kind: Kind | None, out: Path | None) -> None:
    """Print the JSON Schema of site.yaml, an app's file or a release's file, for your editor; or that of facts.json.

    `otasite schema --out schema` writes all of them; the first line of a YAML file then names its own:
    # yaml-language-server: $schema=../schema/site.json
    In a project whose theme declares types of its own (extra:, data:) they know these, too.
    """
    theme = _theme()
    if out is None:
        write(_pretty(_schema(kind, theme)))
        return
    for path in write_schemas(out, theme):
        say(str(path))


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
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "otasite: facts", **found}


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
