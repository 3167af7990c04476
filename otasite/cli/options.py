"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from click.shell_completion import CompletionItem

from otasite.cli.terminal import ONLY_JSON, remark
from otasite.problems import OtasiteError
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop
from otasite.workshop.workshop import open_project as open_workshop

F = TypeVar("F", bound=Callable[..., object])


def project_option(function: F) -> F:
    return click.option(
        "--project",
        "-C",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        default=None,
        help="The project's folder (default: here or the nearest folder above with content/site.yaml).",
    )(function)


def build_options(function: F) -> F:
    """What may differ from run to run: the address, and which releases are shown."""
    for option in (
        click.option("--future", is_flag=True, help="Include releases whose date lies ahead."),
        click.option("--drafts", is_flag=True, help="Include drafts."),
        click.option("--base-url", metavar="URL", help="The site's https address (before all other settings)."),
    ):
        function = option(function)
    return function


def json_option(function: F) -> F:
    """``--json`` as ``as_json``; what is printed then, the module says in ``ANSWERS``."""
    return click.option("--json", "as_json", is_flag=True, callback=_only_json, help="Print JSON.")(function)


def _only_json(context: click.Context, parameter: click.Parameter, is_set: bool) -> bool:
    context.meta[ONLY_JSON] = is_set
    return is_set


def lock_option(function: F) -> F:
    return click.option("--no-wait", is_flag=True, help="End at once when another otasite works on this project.")(
        function
    )


def install_option(function: F) -> F:
    return click.option(
        "--install",
        metavar="REQUIREMENT",
        help="What pip installs there: git+https://…@REVISION, a wheel's address, … "
        "(default: this otasite, by address and revision of the repository that it came from).",
    )(function)


def chosen_requirement(install: str | None) -> str:
    """What other machines install, and a word when that may change under their feet."""
    from otasite.hosting.source import requirement, unpinned

    found = requirement(install)
    if unpinned(found):
        tell(f"{found} names no revision: every push there changes what your workflow runs; add @REVISION")
    return found


def tell(text: str) -> None:
    """A line for people, besides what a command prints."""
    remark(f"otasite: {text}", err=True)


def open_project(
    folder: Path | None,
    *,
    base_url: str | None = None,
    drafts: bool = False,
    future: bool = False,
    needs_base_url: bool = False,
    cache: bool = True,
    workers: int | None = None,
) -> Workshop:
    """The project of a command, with what its words and the environment say.

    Its root is left where errors are printed: their lines are those of this project, wherever one calls otasite.
    """
    options = BuildOptions(
        base_url=base_url,
        environment=environment(),
        drafts=drafts,
        future=future,
        needs_base_url=needs_base_url,
        cache=cache,
        workers=workers,
    )
    workshop = open_workshop(folder, options)
    context = click.get_current_context(silent=True)
    if context is not None and context.obj is not None:
        context.obj["root"] = workshop.project.root
    return workshop


def environment() -> dict[str, str]:
    return dict(os.environ)


def complete_app(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell offers where an app is named: the apps of the project."""
    return _beginning_with(incomplete, ctx, lambda workshop: list(workshop.units))


def complete_channel(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell offers where a channel is named: those of site.yaml."""
    return _beginning_with(incomplete, ctx, lambda workshop: [channel.id for channel in workshop.site.channels])


def complete_release(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell offers where a release of ``--app`` is named."""
    app = ctx.params.get("app")
    return _beginning_with(incomplete, ctx, lambda workshop: _releases(workshop, app)) if app else []


def complete_build(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell offers where a release or a file is named: apps, then releases of that app, else files."""
    app, slash, _ = incomplete.partition("/")

    def names(workshop: Workshop) -> list[str]:
        if not slash:
            return [f"{name}/" for name in workshop.units]
        return [f"{app}/{release}" for release in _releases(workshop, app)]

    return _beginning_with(incomplete, ctx, names) or [CompletionItem(incomplete, type="file")]


def _releases(workshop: Workshop, app: str) -> list[str]:
    return [release.id for release in workshop.unit(app).app.releases]


def _beginning_with(
    incomplete: str, ctx: click.Context, names: Callable[[Workshop], list[str]]
) -> list[CompletionItem]:
    """Names of the project that the words so far are about; none where there is no sound project."""
    try:
        found = names(open_project(ctx.params.get("project")))
    except OtasiteError:  # a shell that completes has no place for messages
        return []
    return [CompletionItem(name) for name in found if name.startswith(incomplete)]
