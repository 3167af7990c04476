"""``reference/commands.md``: every command and option, from the command line itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from otasite.cli import cli

INTRODUCTION = """\
# Commands

Every command has `-h` and `--help`. Exit codes: **0** all is well, **1** something is wrong with what you wrote,
**2** the command cannot be carried out as asked, **130** it was interrupted.
"""


def page() -> str:
    """The page in Markdown."""
    return INTRODUCTION + "\n".join(_section(context) for context in _contexts(cli, "otasite"))


def _contexts(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Every command below ``command`` that does something itself."""
    context = click.Context(command, info_name=name, parent=parent)
    if not isinstance(command, click.Group):
        yield context
        return
    for child in command.list_commands(context):
        found = command.get_command(context, child)
        if found is not None and not found.hidden:
            yield from _contexts(found, child, context)


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    help_text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    # What arguments mean stands in the command's own words.
    options = [param for param in command.params if isinstance(param, click.Option)]  # --help is said of all, above
    rows = [record for param in options if (record := param.get_help_record(context))]
    table = "\n".join(f"| `{_cell(names)}` | {_cell(meaning)} |" for names, meaning in rows)
    return f"""
## {context.command_path}

```text
{usage}
```

{help_text}

| option | meaning |
| --- | --- |
{table}
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
