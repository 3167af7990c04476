"""Files that a theme or a site declares (``files:``): a template makes them from what it makes a page from.

There is one for each page of their kind, in its folder and language; those of categories lie where their paths say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from xml.parsers import expat

import msgspec

from otasite.outputs.output import Output
from otasite.problems import Location, Problem, ProblemsFound
from otasite.site.addresses import category_part
from otasite.site.artifacts import Artifact
from otasite.site.context import Context, page_template
from otasite.site.published import PublishedApp, PublishedPage, PublishedSite, Render
from otasite.site.views import CategoryPage, PageView, View
from otasite.theming.declaration import FileType, OwnFileRecord, Per

#: The kind of page that each is made from.
_PAGES: dict[Per, str] = {
    "site": "index",
    "app": "app",
    "channel": "channel",
    "release": "release",
    "category": "category",
}


class FileView(View, frozen=True, kw_only=True):
    """A file that theme or site declare: its template gets what ``view`` has. ``type`` is what it must be."""

    template: str
    type: FileType
    path: str
    view: PageView


class OwnFiles(Output[None]):
    """All of them; of releases those that are wanted."""

    name = "files"

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        return _made(app.context, app.made, app.render)

    def of_site(self, site: PublishedSite, left: Mapping[str, None]) -> Iterator[Artifact]:
        return _made(site.context, site.made, site.render)


def _made(context: Context, pages: Iterable[PublishedPage], render: Render) -> Iterator[Artifact]:
    pages = tuple(pages)
    for file in context.files:
        for page in pages:
            if page.view.page.kind == _PAGES[file.per]:
                path = _path(file, page.view, context)
                view = context.with_data(page.view, file.template)
                whole = FileView(template=file.template, type=file.format, path=path, view=view)
                yield Artifact(
                    path=path,
                    kind="data",
                    inputs=whole,
                    source=page.source,
                    render=partial(render, whole),
                    themed=True,
                )


def _path(file: OwnFileRecord, view: PageView, context: Context) -> str:
    """Where the file lies that one page gives rise to."""
    if isinstance(view, CategoryPage):
        return context.prefix(view.page.language) + file.path.replace("{category}", category_part(view.category))
    return f"{view.page.path}{file.path}"


def template_of(inputs: object) -> str | None:
    """The template that makes a file from these inputs; none for a file that no template makes."""
    return inputs.template if isinstance(inputs, FileView) else page_template(inputs)


def require_well_formed(text: str, file: FileView, template: str) -> None:
    """Raise :class:`ProblemsFound` when a file, made by the template at this path, is not what it is to be."""
    if amiss := malformed(text, file.type):
        problem = Problem(
            code="file-malformed",
            message=f"{file.path} is no {file.type.upper()}: {amiss}",
            hint="write values with the filter tojson: {{ app.name|tojson }}" if file.type == "json" else "",
            location=Location(template),
        )
        raise ProblemsFound([problem])


def malformed(text: str, type_: FileType) -> str:
    """Why a file cannot be read as what it is to be; "" when it can."""
    try:
        if type_ == "json":
            msgspec.json.decode(text)
        elif type_ == "xml":
            expat.ParserCreate().Parse(text.encode(), True)
    except (msgspec.DecodeError, expat.ExpatError) as error:
        return str(error)
    return ""
