"""The shape of everything that is published besides pages: feeds, manifests, indexes, pictures for machines.

An output is one module of this room with one class that extends :class:`Output`; being there is all it takes: what
``outputs:`` may say of it, hints, JSON Schema and the judgement of YAML follow from ``asked``. It sees an app and the
site through :mod:`otasite.site.published` and nothing else. What it needs to know of apps in files of the whole site
it leaves when the app is at hand, since apps are worked on one by one, in any process::

    class Versions(Output[str]):
        name = "versions"
        asked = OutputKind(in_site="The newest version of each app.", in_app="Its line in versions.json.")
        leaves = str

        def leave(self, app: PublishedApp) -> str:
            return app.shown[0].version if app.shown else ""

        def of_site(self, site: PublishedSite, left: Mapping[str, str]) -> Iterator[Artifact]:
            yield made_of("versions.json", left, partial(msgspec.json.encode, left))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Generic, TypeVar

from otasite.catalogue.model import Release
from otasite.catalogue.output_choice import OutputKind
from otasite.catalogue.project import SITE_FILE
from otasite.site.addresses import AppAddresses
from otasite.site.artifacts import Artifact, Kind
from otasite.site.published import PublishedApp, PublishedSite
from otasite.site.selection import Newest
from otasite.site.views import OfferView

L = TypeVar("L")


class Output(Generic[L]):
    """One kind of files. Every method may be left out; ``leaves`` is the type of what :meth:`leave` gives.

    One that is ``asked`` for is made for those apps alone that ``outputs:`` names it for, which are never unlisted;
    that is what ``outputs:`` may say of it.
    """

    name: ClassVar[str]
    asked: ClassVar[OutputKind | None] = None
    #: What an app must have to be in the site's file, for sites that ask for it and have no such app.
    needs: ClassVar[str] = ""
    leaves: ClassVar[object] = None

    def of_app(self, app: PublishedApp) -> Iterable[Artifact]:
        """Files of one app. Those of single releases only for ``app.wanted``."""
        return ()

    def offers(self, addresses: AppAddresses, newest: Newest[Release]) -> Iterable[OfferView]:
        """Clients that follow through this output a channel, of which this is newest."""
        return ()

    def leave(self, app: PublishedApp) -> L | None:
        """What the site's files need of a listed app, and no more than that; ``None`` for nothing.

        Unlisted apps are never asked: nothing of the site may name them.
        """
        return None

    def of_site(self, site: PublishedSite, left: Mapping[str, L]) -> Iterable[Artifact]:
        """Files of the whole site. ``left`` is what listed apps left, by their names in order."""
        return ()


def made_of(
    path: str, inputs: object, render: Callable[[], bytes], *, source: str = SITE_FILE, kind: Kind = "data"
) -> Artifact:
    """A file that is made from ``inputs`` and nothing else."""
    return Artifact(path=path, kind=kind, inputs=inputs, source=source, render=render)
