"""What an open page asks the preview: am I still right, what is wrong, and what shall my bar show?"""

from __future__ import annotations

import msgspec

from otasite.preview.frames import Frame, frames_for_others, frames_of
from otasite.preview.live_site import LiveSite
from otasite.preview.rendering import LiveResponse
from otasite.theming.options import Option


class OptionState(msgspec.Struct, frozen=True, kw_only=True):
    """One theme option: its value now as YAML would write it, and whether that is only being tried."""

    name: str
    type: str
    value: str
    label: str
    description: str
    choices: tuple[str, ...]
    tried: bool


class LanguageState(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    language: str
    path: str
    current: bool


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """``source`` is the file a person would edit to change the page, ``edit`` the address that opens it."""

    source: str
    edit: str
    draft: bool
    languages: tuple[LanguageState, ...]
    options: tuple[OptionState, ...]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    digest: str
    shape: str
    styles: tuple[str, ...]
    problems: tuple[Frame, ...]
    bar: Bar | None = None


def status_of(site: LiveSite, response: LiveResponse, *, with_bar: bool, with_lines: bool) -> Status:
    """The status of the page that ``response`` is. ``styles`` are the addresses of all stylesheets.

    Lines of files (``with_lines``) and the bar are for people at this machine only.
    """
    problems = site.problems()
    return Status(
        version=site.version,
        digest=response.digest,
        shape=response.shape,
        styles=site.stylesheets,
        problems=frames_of(problems, site.project.root) if with_lines else frames_for_others(problems),
        bar=_bar(site, response) if with_bar else None,
    )


def _bar(site: LiveSite, response: LiveResponse) -> Bar:
    file = site.project.root / response.source
    return Bar(
        source=response.source,
        edit=f"vscode://file{'' if file.as_posix().startswith('/') else '/'}{file.as_posix()}"
        if response.source
        else "",
        draft=response.draft,
        languages=tuple(
            LanguageState(
                name=other.name,
                language=other.language,
                path=site.base_path + other.path,
                current=other.current,
            )
            for other in response.alternates
        ),
        options=option_states(site),
    )


def option_states(site: LiveSite) -> tuple[OptionState, ...]:
    declared, values, tried = site.options
    return tuple(_option(option, values.get(option.name), tried) for option in declared)


def _option(option: Option, value: object, tried: object) -> OptionState:
    text = ("true" if value else "false") if isinstance(value, bool) else str(value if value is not None else "")
    return OptionState(
        name=option.name,
        type=option.type,
        value=text,
        label=option.label or option.name.replace("_", " ").capitalize(),
        description=option.description,
        choices=option.choices,
        tried=isinstance(tried, dict) and option.name in tried,
    )
