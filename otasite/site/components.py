"""What components in Markdown show: their calls checked, and what their templates get.

A text that calls a component carries, in its place, all that the component's template reads. So whatever a page shows
through one is part of the page's own fingerprint, and what an app is called on a page of another is too.
"""

from __future__ import annotations

import html as entities
import posixpath
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Final, Protocol

import msgspec

from otasite.catalogue.model import App, Release
from otasite.hosts.headers import content_type
from otasite.problems import suggest
from otasite.site.calls import Call
from otasite.site.context import Context
from otasite.site.notes import FILLED, ROOT, Target
from otasite.site.pages import AppPages
from otasite.site.selection import Selection
from otasite.site.views import AppCard, ChannelView, ReleaseView, View
from otasite.theming.components import ArgumentRecord, Component, argument_fault

_MARKED: Final = re.compile(rf"<!--{FILLED}([A-Za-z0-9+/=]*)-->")
#: The same wherever a template put it, escaped or as JSON.
_LEFT: Final = re.compile(
    rf"(?:<|(?:&|\\u0026)lt;|\\u003c)!--{FILLED}[A-Za-z0-9+/=]*--(?:>|(?:&|\\u0026)gt;|\\u003e)"
)


class MediaView(View, frozen=True, kw_only=True):
    """A picture or file of the site's own that a call of a component names."""

    path: str
    type: str  # as in Content-Type: video/mp4
    width: int = 0  # of a picture, in pixels
    height: int = 0


class ComponentView(View, frozen=True, kw_only=True):
    """What the template of a component gets, besides the ``site`` and ``page`` that it stands on.

    ``app`` is there when the component has an argument that names one: with its newest release in the channel that
    the call says, else in the default channel, or with the release that it says. These notes are not part of it.
    """

    name: str
    #: All that the component declares. What a call does not say is its default, else "", false or 0.
    arguments: dict[str, str | bool | int | MediaView]
    app: AppCard | None = None
    release: ReleaseView | None = None
    channel: ChannelView | None = None
    path: str = ""  # of the page of the release, channel or app that the call names
    url: str = ""  # absolute address of that page
    qr: str = ""  # path of the SVG with that page's address


class ShownApp(msgspec.Struct):
    """An app as components show it; ``pages`` make its views by language. Without a selection it has mistakes."""

    app: App
    selection: Selection | None = None
    pages: dict[str, AppPages] = {}


class Apps(Protocol):
    """The other apps of the site."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def find(self, name: str) -> ShownApp | None: ...


class Amiss(msgspec.Struct, frozen=True):
    """What is wrong with a call, and the part of it where that is written."""

    message: str
    hint: str
    near: str
    code: str = "component"

    def offset(self, raw: str) -> int:
        """Where that part begins in a call as it is written; a value is one that follows its name."""
        places = (raw.find(f"{mark}{self.near}") + len(mark) for mark in ('="', "='", "=") if mark + self.near in raw)
        return next(places, max(0, raw.find(self.near)))


#: Where a file is that a call names; ``None`` when that was reported.
FindFile = Callable[[str, bool], Target | None]


class Filling:
    """What stands in the place of a call."""

    def __init__(
        self,
        component: Component,
        language: str,
        arguments: dict[str, str | bool | int | MediaView],
        shown: ShownApp | None,
        channel: str,
        release: Release | None,
    ) -> None:
        self.inline = component.inline
        self._language = language
        self._shown, self._channel, self._release = shown, channel, release
        self._blank = ComponentView(name=component.name, arguments=arguments)

    @cached_property
    def view(self) -> ComponentView:
        if self._shown is None:
            return self._blank
        pages = self._shown.pages[self._language]
        addresses, newest = pages.addresses, pages.newest_in.get(self._channel) if self._channel else pages.newest
        if self._release is not None:
            release: ReleaseView | None = pages.release_view(self._release, None)
        else:
            release = pages.offered(newest, None) if newest else None
        place = addresses.channel(self._channel) if self._channel in pages.newest_in else addresses.path
        path = pages.prefix + (addresses.release(self._release) if self._release is not None else place)
        return msgspec.structs.replace(
            self._blank,
            app=pages.card(),
            release=release,
            channel=release.channel if release else None,
            path=path,
            url=addresses.context.base.absolute(path),
            qr=f"{path}qr.svg",
        )

    def marker(self) -> str:
        return marked(self.view)

    def plain(self) -> str:
        """A link to what the component shows, or its text."""
        view, release = self.view, self.view.release
        if view.app is not None:
            words = f"{view.app.name} {release.version}" if release else view.app.name
            return f'<a href="{ROOT}{entities.escape(view.path)}">{entities.escape(words)}</a>'
        files = (value for value in view.arguments.values() if isinstance(value, MediaView))
        if file := next(files, None):
            name = posixpath.basename(file.path)
            return f'<a href="{ROOT}{entities.escape(file.path)}">{entities.escape(name)}</a>'
        return entities.escape(str(view.arguments.get("text", "")))


class Calls:
    """Judges what the texts of one unit call: those of the app ``own``, or of pages that belong to none."""

    def __init__(self, context: Context, apps: Apps, own: ShownApp | None = None) -> None:
        self._components, self._channels = context.components, context.channels
        self._apps = apps
        self._own = own

    def settle(self, call: Call, language: str, find_file: FindFile) -> Filling | list[Amiss]:
        """What a call shows on pages in a language, or what is wrong with it. Raises :class:`ProblemsFound` for the
        component's own mistakes."""
        component = self._components.get(call.name)
        if component is None:
            return [self._unknown(call)]
        amiss = list(_misfits(call, component))
        said = dict(call.arguments)
        arguments: dict[str, str | bool | int | MediaView] = {}
        for name, argument in component.arguments.items():
            if argument.type in ("picture", "file") and said.get(name):
                found = self._file(said[name], argument, find_file)
                if isinstance(found, Amiss):
                    amiss.append(found)
                elif found is None:
                    return amiss
                else:
                    arguments[name] = found
            else:
                arguments[name] = _value(said.get(name, argument.default), argument)
        shown = self._app(component, said) if component.of_type("app") else None
        if isinstance(shown, Amiss):  # a name that is missing may be what another argument was to be
            return amiss if amiss and not said.get(component.of_type("app")) else [*amiss, shown]
        if shown is not None and shown.selection is None:
            return amiss
        target = _within(shown, component, said, self._channels) if shown else ("", None)
        if isinstance(target, Amiss):
            return [*amiss, target]
        return amiss or Filling(component, language, arguments, shown, *target)

    def _unknown(self, call: Call) -> Amiss:
        if not call.name:
            hint = 'write {{< name argument="value" >}}; what is no call stands in a code span'
            return Amiss("this call of a component cannot be read", hint, call.raw)
        hint = suggest(call.name, self._components) or f"there are: {', '.join(self._components)}"
        return Amiss(f"there is no component “{call.name}”", hint, call.name)

    def _app(self, component: Component, said: dict[str, str]) -> ShownApp | Amiss:
        name = said.get(component.of_type("app"), "")
        if self._own is not None and name in ("", self._own.app.id):
            return self._own
        if not name:
            hint = f'add {component.of_type("app")}="…": only the texts of an app speak of that app by themselves'
            return Amiss(f"“{component.name}” needs to know which app", hint, component.name)
        shown = self._apps.find(name)
        if shown is None:
            hint = suggest(name, self._apps.names) or f"there are: {', '.join(self._apps.names)}"
            return Amiss(f"there is no app “{name}”", hint, name, "component-target")
        if shown.app.visibility != "public":
            hint = "its own texts may; others may name apps only that everybody can see"
            return Amiss(f"“{name}” is {shown.app.visibility}: no other text can show it", hint, name, _TARGET)
        return shown

    def _file(self, address: str, argument: ArgumentRecord, find: FindFile) -> MediaView | Amiss | None:
        ending = posixpath.splitext(address)[1].lower().lstrip(".")
        if argument.choices and ending not in argument.choices:
            return Amiss(f"“{address}” is none of: {', '.join(argument.choices)}", "", address)
        target = find(address, argument.type == "picture")
        if target is None:
            return None
        kind = content_type(target.path)
        return MediaView(path=target.path, type=kind, width=target.width, height=target.height)


_TARGET: Final = "component-target"


def _misfits(call: Call, component: Component) -> Iterator[Amiss]:
    """What the component does not take, and what it lacks."""
    known, seen = component.arguments, set()
    for name, value in call.arguments:
        if name not in known:
            hint = suggest(name, known) or f"it takes: {', '.join(known) or 'nothing'}"
            yield Amiss(f"“{call.name}” has no argument “{name}”", hint, f"{name}=")
        elif name in seen:
            yield Amiss(f"the argument “{name}” is there twice", "remove one of them", f"{name}=")
        elif value and (fault := argument_fault(known[name], value)):
            yield Amiss(f"“{name}” of “{call.name}” cannot be “{value}”", fault, f"{name}=")
        seen.add(name)
    said = dict(call.arguments)
    for name, argument in known.items():
        if argument.required and not said.get(name):
            yield Amiss(f"“{call.name}” needs the argument “{name}”", f'add {name}="…"', call.name)
    if call.in_line and not component.inline:
        hint = "put it on a line of its own, with blank lines around it"
        yield Amiss(f"“{call.name}” is a block, and cannot stand among words", hint, call.name)


def _value(written: str, argument: ArgumentRecord) -> str | bool | int:
    if argument.type == "boolean":
        return written == "true"
    if argument.type == "integer":
        return int(written) if written and not argument_fault(argument, written) else 0
    return written


def _within(
    shown: ShownApp, component: Component, said: dict[str, str], channels: Collection[str]
) -> tuple[str, Release | None] | Amiss:
    """The channel, which may be empty just now, and the release that a call names."""
    assert shown.selection is not None
    releases = {release.id: release for release in shown.selection.releases}
    channel, name = said.get(component.of_type("channel"), ""), said.get(component.of_type("release"), "")
    if channel and channel not in channels:
        hint = suggest(channel, channels) or f"there are: {', '.join(channels)}"
        return Amiss(f"the site has no channel “{channel}”", hint, channel, _TARGET)
    if not name:
        return channel, None
    if name not in releases:
        hint = suggest(name, releases) or "releases are called as their files are; drafts and old ones are not shown"
        return Amiss(f"“{shown.app.id}” shows no release “{name}”", hint, name, _TARGET)
    if channel and releases[name].channel != channel:
        hint = "leave out one of the two"
        return Amiss(f"the release “{name}” is in the channel “{releases[name].channel}”", hint, channel, _TARGET)
    return releases[name].channel if channel else "", releases[name]


def marked(view: ComponentView) -> str:
    """A comment that no text can contain, with the view in it."""
    return f"<!--{FILLED}{b64encode(msgspec.msgpack.encode(view)).decode()}-->"


def filled(html: str, render: Callable[[ComponentView], str]) -> str:
    """A page with the HTML of its components in their places."""
    if FILLED not in html:
        return html
    decode = msgspec.msgpack.Decoder(ComponentView).decode
    html = _MARKED.sub(lambda found: render(decode(b64decode(found[1]))), html)
    return without_fillings(html)


def without_fillings(text: str) -> str:
    """A text without components: none has a place where a template escaped it, or wrote JSON."""
    return _LEFT.sub("", text) if FILLED in text else text
