"""All outputs there are, asked for the files of an app and of the site."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

import otasite.outputs as room
from otasite.catalogue.model import App, Release
from otasite.catalogue.output_choice import OutputKinds
from otasite.outputs.output import Output
from otasite.site.addresses import AppAddresses
from otasite.site.artifacts import Artifact
from otasite.site.published import AppDigest, PublishedApp, PublishedSite
from otasite.site.selection import Newest
from otasite.site.views import OfferView


@cache
def outputs() -> tuple[Output[Any], ...]:
    """One of every class in this room that extends :class:`Output`, by name."""
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
    kinds = (kind for kind in Output.__subclasses__() if kind.__module__.startswith(f"{room.__name__}."))
    return tuple(sorted((kind() for kind in kinds), key=lambda output: output.name))


@cache
def output_kinds() -> OutputKinds:
    """What ``outputs:`` can ask for."""
    asked = ((output.name, output.asked) for output in outputs())
    return tuple(msgspec.structs.replace(kind, name=name) for name, kind in asked if kind is not None)


def _outputs_of(app: App) -> Iterator[Output[Any]]:
    """Those that are made for an app."""
    return (output for output in outputs() if output.asked is None or output.name in app.outputs)


def offers(addresses: AppAddresses, newest: Newest[Release]) -> Iterator[OfferView]:
    """The clients that can follow a channel, of which this is newest."""
    for output in _outputs_of(addresses.app):
        yield from output.offers(addresses, newest)


def app_artifacts(app: PublishedApp) -> Iterator[Artifact]:
    for output in _outputs_of(app.app):
        yield from output.of_app(app)


def left_by(app: PublishedApp) -> dict[str, bytes]:
    """What all outputs need of an app for the site's files, by their names, as msgpack."""
    left = ((output.name, output.leave(app)) for output in _outputs_of(app.app))
    return {name: msgspec.msgpack.encode(value) for name, value in left if value is not None}


def empty_outputs(wanted: Collection[str], digests: Iterable[AppDigest]) -> Iterator[Output[Any]]:
    """Those of ``wanted`` that publish nothing, because no app has what they need."""
    left = {name for digest in digests if digest.listed for name in digest.left}
    return (output for output in outputs() if output.needs and output.name in wanted and output.name not in left)


def site_artifacts(site: PublishedSite, digests: Iterable[AppDigest]) -> Iterator[Artifact]:
    listed = [digest for digest in digests if digest.listed]
    for output in outputs():
        left = {
            digest.id: msgspec.msgpack.decode(digest.left[output.name], type=output.leaves)
            for digest in listed
            if output.name in digest.left
        }
        yield from output.of_site(site, left)
