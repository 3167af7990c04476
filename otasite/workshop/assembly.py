"""A whole project put together: its site, theme, apps and pages, ready to be planned and rendered.

`build`, `check`, `explain` and the preview all start here, so they see the same site and the same problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.files import place_in_release
from otasite.catalogue.load import Loader
from otasite.catalogue.model import App, FreePage, Site
from otasite.catalogue.pages import check_templates
from otasite.catalogue.project import SITE_FILE, Project
from otasite.catalogue.sources import Sources
from otasite.catalogue.stores import parse_release
from otasite.hosts.limits import binary_problems, case_problems
from otasite.hosts.repository_key import RepositoryKey
from otasite.memory import Memory, libraries
from otasite.outputs.own_files import FileView, require_well_formed
from otasite.outputs.registry import app_artifacts, empty_outputs, left_by, offers, output_kinds, site_artifacts
from otasite.problems import Findings, Location, Problem, ProblemsFound
from otasite.site.addresses import AppAddresses
from otasite.site.artifacts import Artifact
from otasite.site.components import ComponentView, filled, without_fillings
from otasite.site.context import GENERATOR, Context, page_template
from otasite.site.files import with_binary_facts
from otasite.site.plan import AppPlan, AppPlanner, page_artifacts, with_releases
from otasite.site.published import AppDigest, PublishedApp, digest_of
from otasite.site.selection import Choice
from otasite.site.site_plan import SitePlanner, ThemeFile, with_own_first
from otasite.site.urls import BaseUrl, choose_base_url
from otasite.site.views import TEMPLATES, View
from otasite.theming.components import FOLDER, components_of
from otasite.theming.declaration import OwnFileRecord, check_files, merge_files
from otasite.theming.themes import Theme, load_theme
from otasite.workshop.keys import repository_key
from otasite.workshop.options import BuildOptions, moment_of
from otasite.workshop.other_apps import OtherApps
from otasite.workshop.unit_memory import UnitMemory

if TYPE_CHECKING:
    from otasite.theming.templates import Renderer

#: Characters of a secret that nobody can find by trying.
MIN_SECRET = 20
#: Stands in for a base URL that is missing or wrong, so that everything else can still be checked.
_NO_BASE = BaseUrl("https://invalid.invalid/", "nowhere")


#: ``files:`` of ``site.yaml``.
OwnFiles = tuple[OwnFileRecord, ...] | None


class Assembly:
    """One project, loaded as far as all apps share it. Problems so far are in ``findings``."""

    def __init__(
        self, project: Project, options: BuildOptions, memory: Memory, sources: Sources | None = None
    ) -> None:
        self.project = project
        self.options = options
        self.memory = memory
        self.sources = sources or Sources(project.root)
        self.loader = Loader(self.sources, output_kinds())
        self.findings: Findings = self.loader.findings
        self.trace = self.sources.start_trace()
        self.site: Site = self.loader.site()
        self.base = self._base()
        self.theme = self._theme()
        if self.theme is not None:
            self.loader.extra_types = self.theme.extra
            self.site = self.loader.site_extra(self.site)
        files = self._own_files()
        pages = self._pages()
        data = self._data({file.template for file in files} | {page.template for page in pages if page.template})
        names = self._language_names()
        #: What all pages rest on is right; pages and apps may still have mistakes of their own.
        self.is_sound = not self.findings.failed
        self.context = Context(
            self.site,
            self.base,
            pages,
            Choice(now=options.now or moment_of(options.environment), drafts=options.drafts, future=options.future),
            options=self.theme.options if self.theme else {},
            language_names=names,
            secret=options.environment.get("OTASITE_SECRET", ""),
            keeps_binaries=options.keeps_binaries,
            signer=options.signer,
            repository_key=self._repository_key(),
            is_published=options.needs_base_url,
            data=data,
            files=files,
            components=components_of(self.theme.layers) if self.theme else None,
        )
        self.apps: tuple[AppSource, ...] = self.loader.app_sources()
        self._apps_by_name = {app.id: app for app in self.apps}

    # --- parts --------------------------------------------------------------------------------------------

    def where(self, *keys: str | int) -> Location:
        """Where ``site.yaml`` says something."""
        try:
            return self.loader.files.where(SITE_FILE)(*keys)
        except ProblemsFound:  # the file cannot be parsed at all, which is reported already
            return Location(SITE_FILE)

    def _base(self) -> BaseUrl:
        configured_at = self.where("base_url") if self.site.base_url else Location(SITE_FILE)
        options, wanted = self.options, self.options.base_url
        if options.choose_base_url is not None and not self.loader.site_is_broken:
            wanted = options.choose_base_url(self.site.base_url, options.environment)
        try:
            return choose_base_url(wanted, options.environment, self.site.base_url, configured_at)
        except ProblemsFound as error:
            if not (self._is_excused(error)):
                self.findings.extend(error.problems)
            return _NO_BASE

    def _is_excused(self, error: ProblemsFound) -> bool:
        """Whether a base URL that is missing is not needed, or may be missing because ``site.yaml`` is broken."""
        is_missing = error.problems[0].code == "missing-base-url"
        return is_missing and (self.loader.site_is_broken or not self.options.needs_base_url)

    def _theme(self) -> Theme | None:
        try:
            return load_theme(
                self.site.theme,
                site_root=self.project.root,
                options={**self.site.theme_options, **self.options.theme_options},
                locate=lambda keys: self.where(*keys),
            )
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def _data(self, own_templates: set[str]) -> dict[str, dict[str, object]]:
        """What pages can read of ``content/data/``, by their templates; ``own_templates`` are those of the site's own
        pages and files."""
        values = self.loader.data(self.site, self.theme.data if self.theme else {})
        if not values or self.theme is None:
            return {}
        from otasite.theming.reads import readable_data

        readable = readable_data(self.theme, {*TEMPLATES.values(), *own_templates}, values, self.memory)
        return {template: {name: values[name] for name in names} for template, names in readable.items()}

    def _own_files(self) -> tuple[OwnFileRecord, ...]:
        """The files that the theme and ``site.yaml`` declare."""
        said, where = self.loader.files.part(SITE_FILE, OwnFiles, self.site.files, "files")
        if self.theme is None:
            return ()
        check_files(said, self.theme.has, where, self.findings)
        return merge_files([self.theme.files, said])

    def _pages(self) -> tuple[FreePage, ...]:
        """The Markdown files of ``pages/``; templates that they name and the theme does not have are reported."""
        pages = self.loader.pages(self.site)
        if self.theme is not None:
            check_templates(pages, self.theme.has, self.loader.files)
        return pages

    def _repository_key(self) -> RepositoryKey | None:
        """The key of the F-Droid repository: ``OTASITE_FDROID_KEY``, else the one that ``otasite key`` made."""
        try:
            return repository_key(self.options.environment)
        except ValueError as error:
            self.findings.report(
                "fdroid-key",
                f"the key of the F-Droid repository cannot be used: {error}",
                hint="set OTASITE_FDROID_KEY to the text or the path of what `otasite key new fdroid` wrote",
                at=Location(SITE_FILE),
            )
            return None

    def _language_names(self) -> dict[str, str]:
        if len(self.site.languages) == 1:
            return {}
        from otasite.theming.languages import language_name

        names = {}
        for index, language in enumerate(self.site.languages):
            try:
                names[language] = language_name(language)
            except ValueError as error:
                names[language] = language
                self.findings.report("unknown-language", str(error), at=self.where("languages", index))
        return names

    # --- rendering ----------------------------------------------------------------------------------------

    @cached_property
    def renderer(self) -> Renderer:
        """Turns views into pages; the template engine is imported when the first page needs it."""
        assert self.theme is not None
        return self._renderer(self.theme)

    def _renderer(self, theme: Theme, earlier: Renderer | None = None) -> Renderer:
        from otasite.theming.templates import Renderer

        return Renderer(theme, self.memory, earlier)

    def render(self, view: View) -> bytes:
        """The page of a view. Raises :class:`ProblemsFound` that names template line and page."""
        if isinstance(view, FileView):
            return self._render_file(view)
        values = _values(view)
        page = values["page"]
        template = page_template(view)
        assert template is not None
        name = page.path or page.kind
        html: str = self.renderer.render(template, page.language, values, page=name)

        def component(shown: ComponentView) -> str:
            given = {"site": values["site"], "page": page, **_values(shown)}
            path = f"{FOLDER}{shown.name}.html"
            return str(self.renderer.render(path, page.language, given, page=name)).strip()

        return filled(html, component).encode()

    def _render_file(self, file: FileView) -> bytes:
        assert self.theme is not None
        language = file.view.page.language
        text: str = self.renderer.render(file.template, language, _values(file.view), page=file.path)
        text = without_fillings(text)
        source = self.theme.find(file.template)
        require_well_formed(text, file, source.path if source else file.template)
        return text.encode()

    def take_over_templates(self, earlier: Assembly) -> None:
        """Take over what an earlier assembly of the project compiled, as far as its theme was the same."""
        mine, other = self.theme, earlier.theme
        if mine is not None and other is not None and "renderer" in vars(earlier):
            is_same = mine.digest == other.digest
            self.renderer = earlier.renderer if is_same else self._renderer(mine, earlier.renderer)

    def renew_moment(self) -> None:
        """Let “now” be now again, for an assembly that lives long."""
        now = self.options.now or moment_of(self.options.environment)
        self.context.choice = msgspec.structs.replace(self.context.choice, now=now)

    # --- fingerprints -------------------------------------------------------------------------------------

    @cached_property
    def plain_key(self) -> bytes:
        """Stands for otasite and its libraries in fingerprints of files that no theme touches."""
        return blake2b("\n".join((GENERATOR, *libraries())).encode(), digest_size=16).digest()

    @cached_property
    def themed_key(self) -> bytes:
        """Stands for otasite and the theme in fingerprints of pages."""
        theme = self.theme.digest if self.theme else ""
        return blake2b(self.plain_key + theme.encode(), digest_size=16).digest()

    def fingerprint(self, artifact: Artifact) -> bytes:
        return artifact.fingerprint(self.themed_key if artifact.themed else self.plain_key)

    @cached_property
    def plan_key(self) -> bytes:
        """Stands for what plans of apps depend on besides their own files; the theme's files only pages need."""
        options = self.options
        return self._hash(options.drafts, options.future, options.keeps_binaries)

    @cached_property
    def plain_plan_key(self) -> bytes:
        """:attr:`plan_key` of the same project as it is built when nobody asks for more than usual."""
        return self._hash(False, False, False)

    def _hash(self, *options: bool) -> bytes:
        shared = [self.context.inputs(), options, self.loader.extra_types, self.plain_key]
        return blake2b(msgspec.msgpack.encode(shared), digest_size=16).digest()

    # --- plans --------------------------------------------------------------------------------------------

    def plan_app(self, source: AppSource, findings: Findings, memory: UnitMemory) -> AppPlan:
        """Load and plan one app. With errors among the findings it is good for checking only."""
        return self.plan_loaded(self.load_app(source, findings, memory.sources), findings, memory)

    def plan_loaded(self, app: App, findings: Findings, memory: UnitMemory) -> AppPlan:
        """Plan an app as it is given, with all of its releases or some."""
        sources = memory.sources
        if app.visibility == "unlisted":
            self._check_secrecy(app, findings)
        app = with_binary_facts(app, sources, findings)
        context = self.context.with_memory(memory.notes, memory.made)
        others = OtherApps(self._apps_by_name, self.load_app, self.render, context, sources)
        plan = AppPlanner(context, sources, self.render, findings, app, offers, others).plan()
        if plan.published is None:
            return plan
        return msgspec.structs.replace(
            plan,
            artifacts=(*plan.artifacts, *app_artifacts(plan.published)),
            others=tuple(others.found),
            selection=others.limited(plan.selection),
        )

    @staticmethod
    def digest(published: PublishedApp) -> AppDigest:
        """What the site's own files need to know of an app."""
        return digest_of(published, left_by)

    def load_app(self, source: AppSource, findings: Findings, sources: Sources) -> App:
        """An app as its YAML has it, with what is wrong in it."""
        return self.loader.app_loader(self.site, findings, sources).load(source)

    def host_problems(self, plan: AppPlan, sources: Sources) -> Iterator[Problem]:
        """What hosts say against releases and those of their binaries that go into dist/, where they are named."""
        hosts, published = self.site.hosting, plan.published
        for release in plan.selection.releases if hosts and published is not None else ():
            assert published is not None
            yield from case_problems(hosts, published.addresses.release(release), Location(release.source))
            for binary in release.binaries:
                own = published.addresses.own(release, binary)
                if own and own.in_dist and own.size:
                    at = place_in_release(sources, release, binary.platform, "file")
                    yield from binary_problems(hosts, own.size, at)

    def _check_secrecy(self, app: App, findings: Findings) -> None:
        """Whether the address of an unlisted app can be guessed or looked up."""
        if not self.context.secret and self.options.needs_base_url:
            findings.report(
                "no-secret",
                f"“{app.id}” is unlisted, but there is no secret to make its address unguessable",
                hint="set OTASITE_SECRET to a long random text (openssl rand -hex 32), the same for every build",
                at=Location(app.source),
            )
        elif self.context.secret and len(self.context.secret) < MIN_SECRET:
            findings.report(
                "weak-secret",
                "OTASITE_SECRET is so short that it can be found by trying, and with it every unlisted address",
                hint="take a random one (openssl rand -hex 32): the addresses move, and `otasite links` prints them",
                at=Location(app.source),
            )
        if parse_release(AppAddresses(self.context, app).store.base_url) and any(
            binary.file for release in app.releases for binary in release.binaries
        ):
            findings.report(
                "listed-binaries",
                f"“{app.id}” is unlisted, but everybody can list the files of a GitHub release",
                hint="give this app another binaries: base_url, such as a bucket that does not list its content",
                at=Location(app.source),
            )

    def replan_app(
        self,
        source: AppSource,
        published: PublishedApp,
        names: Collection[str],
        findings: Findings,
        memory: UnitMemory,
    ) -> tuple[PublishedApp, tuple[Artifact, ...]] | None:
        """What is new of an app in whose folder of releases these files changed since it was planned.

        ``None`` when that takes loading the whole app. The sources must still have the trace of that.
        """
        loader = self.loader.app_loader(self.site, findings, memory.sources)
        changed = loader.reload(source, published.app, names)
        if changed is None or findings.problems:
            return None
        changing = [release for release in published.app.releases if release.id in changed]
        texts = (
            self.context.text(release.notes, language)
            for release in (*changing, *changed.values())
            for language in self.site.languages
        )
        if memory.notes.fillings or any(memory.notes.converted(text).needs_more for text in texts):
            return None
        new = with_releases(published, self.context.with_memory(memory.notes, memory.made), changed)
        if new is None:
            return None
        return new, (*page_artifacts(new.made, self.render, self.context), *app_artifacts(new))

    def plan_site(self, digests: Iterable[AppDigest], memory: UnitMemory, findings: Findings) -> tuple[Artifact, ...]:
        """Plan what belongs to no single app."""
        context = self.context.with_memory(memory.notes, memory.made)
        assets = self.theme.assets.values() if self.theme else ()
        files = [ThemeFile(path=asset.path, data=asset.data, source=asset.source) for asset in assets]
        digests = tuple(digests)
        for output in empty_outputs(self.site.outputs, digests):
            findings.report(
                "output-empty",
                f"there is nothing to publish for “{output.name}”",
                hint=f"an app needs {output.needs}; or take it out of outputs:",
                at=self.where("outputs"),
            )
        others = OtherApps(self._apps_by_name, self.load_app, self.render, context, self.sources)
        artifacts, site = SitePlanner(context, self.sources, self.render, files, findings, others).plan(digests)
        return with_own_first((*artifacts, *site_artifacts(site, digests)))


def _values(view: View) -> dict[str, Any]:
    """What a template gets of a view."""
    return {name: getattr(view, name) for name in view.__struct_fields__}
