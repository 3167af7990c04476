"""``otasite add`` step by step: read the binary, find its app, and write what is new, the release last.

Nothing is overwritten in silence: what is recorded already and differs is refused unless ``replace`` is asked for,
and comments in existing files stay.
"""

from __future__ import annotations

import datetime as dt
import os
import posixpath
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec

from otasite.binaries.digests import digest_file
from otasite.binaries.icons import find_icon
from otasite.binaries.info import BinaryInfo
from otasite.catalogue import facts_files
from otasite.catalogue.field_rules import ENDINGS
from otasite.catalogue.load import APPS, Loader
from otasite.catalogue.model import Release, Site
from otasite.catalogue.project import Project, write_whole
from otasite.catalogue.records import Platform
from otasite.catalogue.resolve import release_id
from otasite.catalogue.sources import Sources
from otasite.outputs.registry import output_kinds
from otasite.problems import Findings, Problem, ProblemsFound, Refused
from otasite.progress import Progress
from otasite.site.addresses import AppAddresses
from otasite.site.files import facts_of
from otasite.site.selection import select
from otasite.typed_yaml.writing import Value, dumped, read_value, with_first_item, with_values
from otasite.workshop.add_request import AddRequest
from otasite.workshop.app_choice import AppChoice, choose_app, identifier_key, platform_of
from otasite.workshop.assembly import Assembly
from otasite.workshop.drafts import Draft
from otasite.workshop.installable import installable
from otasite.workshop.joining import joined_release
from otasite.workshop.release_values import binary_values, said_by


class Recorded(msgspec.Struct, kw_only=True):
    """What came of one file. ``written`` are the files that changed, relative to the project's root.

    ``page``, ``manifest`` and ``install`` are its future addresses: all "" while nothing says where the site will be.
    ``install`` is what goes into a link: ``itms-services://…`` for iOS, the APK's address for Android.
    """

    app: str
    release: str
    platform: Platform
    info: BinaryInfo
    written: list[str] = []
    notes: list[str] = []
    warnings: tuple[Problem, ...] = ()
    page: str = ""
    manifest: str = ""
    install: str = ""


#: Says what ``check`` will say of what is to be written. Raises ProblemsFound for errors.
Review = Callable[[Draft, str], tuple[Problem, ...]]


def record(
    project: Project, request: AddRequest, file: Path, review: Review, progress: Progress, sources: Sources
) -> Recorded:
    """Record one binary in the project that ``sources`` reads.

    Raises ProblemsFound or Refused, and then has written nothing.
    """
    now = request.now or dt.datetime.now(dt.UTC)
    with installable(file, now, progress, tool=request.bundletool, keystore=request.keystore) as found:
        if found.notes and request.mode == "link":
            request = msgspec.structs.replace(request, mode="copy")  # what was taken out is on another disk and goes
        result = _Recorder(project, request, found.path, found.info, sources).run(found.warnings, review)
        return msgspec.structs.replace(result, notes=[*found.notes, *result.notes])


def with_addresses(assembly: Assembly, recorded: Recorded) -> Recorded:
    """What was recorded with the addresses that the next build will give it.

    ``assembly`` must show drafts and releases dated ahead: they count as if they were due.
    """
    source = next(source for source in assembly.apps if source.id == recorded.app)
    app = assembly.load_app(source, Findings(), assembly.sources)
    context = assembly.context
    shown = select(app, context.channels, context.choice).releases
    release = next((release for release in shown if release.id.lower() == recorded.release.lower()), None)
    if release is None or app.visibility == "hidden":
        return recorded
    addresses = AppAddresses(context, app)
    page, binary = addresses.release_url(release), getattr(release, recorded.platform)
    if recorded.platform == "ios":
        manifest = addresses.manifest_url(release)
        install = addresses.install_url(release, binary)
        return msgspec.structs.replace(recorded, page=page, manifest=manifest, install=install)
    if binary is None or binary.file:
        return msgspec.structs.replace(recorded, page=page, install=page)  # the file's address holds its hash
    return msgspec.structs.replace(recorded, page=page, install=addresses.plain_url(release, binary))


class _Recorder:
    """One file on its way into the catalogue: all decisions first, then all writing."""

    def __init__(self, project: Project, request: AddRequest, file: Path, info: BinaryInfo, sources: Sources) -> None:
        self.project = project
        self.request = request
        self.file = file
        self.info = info
        self.platform = platform_of(info)
        self.loader = Loader(sources, output_kinds())
        self.site: Site = self.loader.site()
        self.app: AppChoice = choose_app(self.loader, info, request.app)
        self.existing = joined_release(self._releases(), info, request, self._channel())
        self.id = self.existing.id if self.existing else release_id(info.version, info.build)
        self.path, self.index = self._release_place()
        self.is_new = not (project.root / self.path).exists() or self.index == -1
        #: New contents of text files by path; written at the end, in this order.
        self.texts: dict[str, str] = {}

    def run(self, warnings: tuple[Problem, ...], review: Review) -> Recorded:
        result = Recorded(app=self.app.id, release=self.id, platform=self.platform, info=self.info, warnings=warnings)
        release = self.existing
        if release and getattr(release, self.platform) is None:
            result.notes.append(f"joins the release {release.id}, which had no {self.platform} build")
        icon = self._app_text(result)
        place, target = self._binary_place()
        self._facts_text()
        is_silent = self._written(self.platform, "version") is None and self._written(self.platform, "build") is None
        own = (release.version, release.build) if release else (self.info.version, self.info.build)
        values = binary_values(self.info, place, self.info.identifier, own if is_silent else None)
        self._release_text(values)
        self._refuse_to_leave(target, *(self.project.root / path for path in self.texts))
        if self.texts:
            result.warnings += review(self._draft(place, target, icon), self.info.file)
        if target is not None and self._put_binary(target):
            result.written.append(self.project.shown(target))
        if icon is not None:
            result.written.append(self._write(f"{self._app_folder()}/icon.png", icon))
        for path, text in self.texts.items():
            result.written.append(self._write(path, text.encode()))
        return result

    # --- where things are ---------------------------------------------------------------------------------

    def _app_folder(self) -> str:
        return self.app.source.folder if self.app.source else f"{APPS}/{self.app.id}"

    def _release_place(self) -> tuple[str, int | None]:
        """The release's file and its place in a list there: None for a file of its own, −1 for a new item."""
        source = self.app.source
        if self.existing is not None:
            return self.existing.source, self.existing.index
        if source is not None and not source.folder:
            return source.path, -1
        return f"{self._app_folder()}/releases/{self.id}.yaml", None

    def _channel(self) -> str:
        """The channel of a new release."""
        defaults = self.app.record.defaults if self.app.record else None
        return self.request.channel or (defaults and defaults.channel) or self.site.default_channel.id

    def _releases(self) -> tuple[Release, ...]:
        """What the app has, newest first, wherever it is written; mistakes in it do not matter here."""
        source = self.app.source
        return self.loader.app_loader(self.site, Findings()).load(source).releases if source else ()

    def _keys(self, *keys: str) -> tuple[str | int, ...]:
        return keys if self.index is None else ("releases", self.index, *keys)

    def _text(self, path: str) -> str:
        return self.texts.get(path) or (self.project.root / path).read_text("utf-8-sig")

    def _written(self, *keys: str) -> object | None:
        """What an existing release says at these keys."""
        return None if self.is_new else read_value(self._text(self.path), self.path, self._keys(*keys))

    def _refuse_to_leave(self, *targets: Path | None) -> None:
        """Refuse to write outside of the content folder, wherever ``file:`` or links of a project lead."""
        content = self.project.content.resolve()
        for target in targets:
            if target is not None and not target.parent.resolve().is_relative_to(content):
                raise Refused(
                    f"{self.project.shown(target)} lies outside of the content folder: otasite add writes only there",
                    f"correct file: in {self.path}, or put the folder itself in place of a link to it",
                )

    # --- the app ------------------------------------------------------------------------------------------

    def _app_text(self, result: Recorded) -> bytes | None:
        """Plan ``app.yaml``, or the identifier it lacks; gives the icon for an app that has none."""
        key = identifier_key(self.platform)
        record = self.app.record
        values: dict[str, Value] = {}
        if record is None:
            values["name"] = self.info.name if len(self.info.name) > 1 else self.info.identifier
        if record is None or not getattr(record, key):
            values[key] = self.info.identifier
        icon = None
        if (record is None or not record.icon) and self._app_folder():
            icon = self._icon(result)
            values |= {"icon": "icon.png"} if icon else {}
        if not values:
            return icon
        path = self.app.source.path if self.app.source else f"{self._app_folder()}/app.yaml"
        if record is None:
            self.texts[path] = self._schema_line(path, "app") + dumped(values)
        else:
            self.texts[path] = with_values(self._text(path), path, (), values)
        return icon

    def _icon(self, result: Recorded) -> bytes | None:
        """The binary's icon, unless a file is in its place already."""
        if (self.project.root / self._app_folder() / "icon.png").exists():
            return None
        found = find_icon(self.file, shown_as=self.info.file)
        result.notes += found.notes
        return found.icon.as_png() if found.icon else None

    def _schema_line(self, path: str, kind: str) -> str:
        """The line by which editors find the schema, in projects that keep the schemas."""
        if not (self.project.root / "schema" / f"{kind}.json").is_file():
            return ""
        way = posixpath.relpath(f"schema/{kind}.json", posixpath.dirname(path))
        return f"# yaml-language-server: $schema={way}\n"

    def _draft(self, place: tuple[str, str] | None, target: Path | None, icon: bytes | None) -> Draft:
        """All that is to be written, and the binary where it will be."""
        texts = {path: text.encode() for path, text in self.texts.items()}
        if icon is not None:
            texts[f"{self._app_folder()}/icon.png"] = icon
        path = self.project.shown(target) if target is not None else ""
        if target is None and place is not None and place[0] == "file":
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), place[1]))
        binaries = {path: facts_of(self.info)} if path else {}
        known = self.loader.sources.remembered
        return Draft(texts=texts, binaries=binaries, app=self.app.id, release=self.id, known=known)

    # --- the binary ---------------------------------------------------------------------------------------

    def _binary_place(self) -> tuple[tuple[str, str] | None, Path | None]:
        """What says where the binary is (None to leave it), and where to put a copy of it (None for nowhere)."""
        file, url = self._written(self.platform, "file"), self._written(self.platform, "url")
        folder = posixpath.dirname(self.path)
        if self.request.url:
            if file:
                raise Refused(f"{self.path} says file: {file}", "remove that line first, or leave out --url")
            return ("url", self._address()), None
        if isinstance(url, str):
            return None, None
        if isinstance(file, str):
            inside = "content/" + file.lstrip("/") if file.startswith("/") else posixpath.join(folder, file)
            return None, self.project.root / posixpath.normpath(inside)
        if self._is_inside():
            home = os.path.realpath(self.project.root / folder)
            return ("file", Path(os.path.relpath(os.path.realpath(self.file), home)).as_posix()), None
        if self.request.mode == "none":
            raise Refused(
                f"nothing says where people can download {self.file.name}",
                "give its address with --url, or let otasite copy the file (leave out --no-binary)",
            )
        name = f"{self.id}{ENDINGS[self.platform]}"
        if self.index is None:
            return ("file", name), self.project.root / folder / name
        return ("file", f"/binaries/{self.app.id}/{name}"), self.project.content / "binaries" / self.app.id / name

    def _is_inside(self) -> bool:
        """Whether the file is in the content folder already, under a name that will do."""
        content, file = os.path.realpath(self.project.content), os.path.realpath(self.file)
        return Path(file).is_relative_to(content) and self.file.suffix.lower() == ENDINGS[self.platform]

    def _address(self) -> str:
        parts = {"app": self.app.id, "version": self.info.version, "build": self.info.build, "file": self.file.name}
        address = self.request.url
        for name, value in parts.items():
            address = address.replace(f"{{{name}}}", quote(value, safe=""))
        return address

    def _put_binary(self, target: Path) -> bool:
        """Copy or link the binary into place; false when it is there already."""
        if target.exists() and (target.samefile(self.file) or digest_file(target).sha256 == self.info.sha256):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        try:
            partial.unlink(missing_ok=True)
            if self.request.mode == "link":
                os.link(self.file.resolve(), partial)
            else:
                shutil.copyfile(self.file, partial)
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise Refused(f"{self.project.shown(target)} cannot be written: {error.strerror}", _LINK_HINT) from error
        return True

    # --- the release --------------------------------------------------------------------------------------

    def _facts_text(self) -> None:
        """Plan the file of facts beside the release; what it says of another binary stays."""
        if self.info.facts is None:
            return
        path = facts_files.facts_path(self.path, self.id, self.index)
        target = self.project.root / path
        before = target.read_bytes() if target.is_file() else b""
        try:
            known = facts_files.parse_facts(before, path) if before else None
        except ProblemsFound:
            known = None  # it is written anew
        text = facts_files.written_facts(facts_files.with_platform(known, self.platform, self.info.facts))
        if text.encode() != before:
            self.texts[path] = text

    def _release_text(self, binary: dict[str, Value]) -> None:
        """Plan the release's file: new, with a block more, or with the block it has brought up to date."""
        self._refuse_overwriting()
        if self.request.device_check and (check := self._device_check()):
            binary["device_check"] = check
        if self.request.reinstall:
            binary["reinstall"] = "true"
        values: dict[str, Value] = dict(self.request.said)
        if not self.is_new:
            values[self.platform] = binary
            text = self._text(self.path)
            changed = with_values(text, self.path, self._keys(), values)
            if changed != text:
                self.texts[self.path] = changed
            return
        head: dict[str, Value] = {"version": self.info.version, "build": self.info.build, "date": self._date()}
        head |= values | ({"draft": "true"} if self.request.draft else {})
        block: dict[str, Value] = {self.platform: binary}
        if self.index is None:
            text = f"{self._schema_line(self.path, 'release')}{dumped(head)}\n{dumped(block)}"
            self.texts[self.path] = text
        else:
            self.texts[self.path] = with_first_item(self._text(self.path), self.path, "releases", head | block)

    def _date(self) -> str:
        return self.request.date or (self.request.now or dt.datetime.now(dt.UTC)).date().isoformat()

    def _refuse_overwriting(self) -> None:
        """Whatever is recorded already and differs stays, unless replacing was asked for."""
        if self.is_new or self.request.replace:
            return
        sha256 = self._written(self.platform, "sha256")
        if isinstance(sha256, str) and sha256 != self.info.sha256:
            raise Refused(
                f"{self.path} records another {ENDINGS[self.platform]} as {self.info.version} ({self.info.build}): "
                f"sha256 {sha256[:12]}…, this one has {self.info.sha256[:12]}…",
                "give the new build a build number of its own; to record it in place of the other: --replace",
            )
        for key, value in self.request.said.items():
            present = self._written(key)
            if present is not None and str(present).strip() != value.strip():
                raise Refused(f"{self.path} has another {key}: already", "edit it there, or use --replace")

    def _device_check(self) -> dict[str, Value] | None:
        """Hashes of the registered devices; a salt that is recorded already stays."""
        from otasite.binaries.device_check import device_hashes

        salt = self._written(self.platform, "device_check", "salt")
        known = bytes.fromhex(salt) if isinstance(salt, str) else None
        hashes = device_hashes(self.file, shown_as=self.info.file, salt=known)
        if hashes is None:
            raise Refused(
                f"{self.info.file} has no list of devices to check against",
                "leave out --device-check: it is for ad hoc and development builds",
            )
        return said_by(hashes)

    def _write(self, path: str, data: bytes) -> str:
        """Write a file whole or not at all."""
        target = self.project.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
        return path


_LINK_HINT = "check free space and permissions; --link needs both files on one file system"
