"""``otasite schema``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import click
import msgspec

from otasite.catalogue.schema import schema
from otasite.cli.terminal import say, write
from otasite.facts.model import ReleaseFacts

Kind = Literal["site", "app", "release", "facts"]


@click.command()
@click.argument("kind", type=click.Choice(get_args(Kind)), required=False)
@click.option("--out", "-o", type=click.Path(path_type=Path, file_okay=False), help="Write one file per kind here.")
def command(kind: Kind | None, out: Path | None) -> None:
    """Print the JSON Schema of site.yaml, an app's file or a release's file, for your editor; or that of facts.json.

    `otasite schema --out schema` writes all of them; the first line of a YAML file then names its own:
    # yaml-language-server: $schema=../schema/site.json
    """
    if out is None:
        write(_pretty(_schema(kind)))
        return
    for path in write_schemas(out):
        say(str(path))


def write_schemas(folder: Path) -> list[Path]:
    """Write one schema file per kind of YAML file; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in get_args(Kind):
        paths.append(folder / f"{kind}.json")
        paths[-1].write_text(_pretty(_schema(kind)), "utf-8")
    return paths


def _schema(kind: Kind | None) -> dict[str, Any]:
    """What programs read has one made of its types; what people write has one that forgives what editors do."""
    if kind != "facts":
        return schema(kind)
    found = _ordered(msgspec.json.schema(ReleaseFacts))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "otasite: facts", **found}


def _ordered(value: Any) -> Any:
    """A schema whose alternatives stand in one order, with null last: msgspec's own differs between its versions."""
    if isinstance(value, dict):
        value = {key: _ordered(part) for key, part in value.items()}
        if "anyOf" in value:
            value["anyOf"].sort(key=lambda part: (part.get("type") == "null", msgspec.json.encode(part)))
        return value
    return [_ordered(part) for part in value] if isinstance(value, list) else value


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
