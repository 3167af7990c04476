"""The command line. Commands are imported only when they are called, so that ``otasite --help`` is quick."""

from __future__ import annotations

import importlib
import sys

import click

from otasite import __version__
from otasite.cli.choices import Group, with_quiet

#: Command → module that defines it (as ``command``) and one line for the overview.
COMMANDS = {
    "new": ("otasite.cli.new", "Start a site, an app or a release."),
    "add": ("otasite.cli.add", "Record binaries: write the release that an .ipa or .apk describes."),
    "inspect": ("otasite.cli.inspect", "Show what an .ipa or .apk says, and whether it can be installed."),
    "diff": ("otasite.cli.diff", "Show how two builds differ inside."),
    "build": ("otasite.cli.build", "Build the site into dist/."),
    "serve": ("otasite.cli.serve", "Preview the site while you edit it."),
    "check": ("otasite.cli.check", "Check everything without writing anything."),
    "list": ("otasite.cli.listing", "List apps and releases."),
    "explain": ("otasite.cli.explain", "Tell where a file of dist/ comes from."),
    "theme": ("otasite.cli.theme", "List themes, copy templates to change, see what moved on."),
    "upgrade": ("otasite.cli.upgrade", "Rewrite what newer versions call otherwise."),
    "schema": ("otasite.cli.schema", "Write the JSON Schemas for editors."),
    "clean": ("otasite.cli.clean", "Delete what builds wrote, and nothing else."),
    "hosting": ("otasite.cli.hosting", "Prepare a host: its configuration, its limits, its workflow."),
    "deploy": ("otasite.cli.deploy", "Upload the built site to S3 or a compatible store."),
    "verify": ("otasite.cli.verify", "Check a live site the way an iPhone's installer sees it."),
    "links": ("otasite.cli.links", "Print the addresses of unlisted apps."),
    "key": ("otasite.cli.key", "Make or show the key of an F-Droid repository."),
    "announce": ("otasite.cli.announce", "Tell a chat about new releases."),
    "doctor": ("otasite.cli.doctor", "Show what a report about a bug needs."),
    "completion": ("otasite.cli.completion", "Print what a shell needs to complete words."),
}


class Commands(Group):
    """The commands, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return with_quiet(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="otasite", message="%(prog)s %(version)s")
def cli() -> None:
    """Static install pages for iOS and Android apps, from YAML in git."""


def main() -> None:
    """Entry point: run a command and end with its exit code."""
    from otasite.cli.ending import run

    sys.exit(run(cli))
