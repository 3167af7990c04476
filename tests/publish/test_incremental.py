"""An incremental build gives what a clean one gives, byte for byte, whatever was edited in between."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from otasite.hosts.signed_urls import UrlSigner
from otasite.outputs.registry import output_kinds
from tests.projects import APP, NOW, SITE, Sandbox, example, own_binary
from tests.site.pictures import png

pytestmark = pytest.mark.slow

#: Edits per run; `make soak` does many more.
ROUNDS = 400 if os.environ.get("OTASITE_SOAK") == "1" else 12
#: Places for binaries outside dist/. The releases of these tests name files in the folder of the first by ``url:``.
STORES = [
    "binaries: {base_url: https://downloads.example.com/, private: true}\n",
    "binaries: {base_url: https://elsewhere.example.com/folder/}\n",
    "binaries: {base_url: https://elsewhere.example.com/private/, private: true}\n",
    "binaries: {base_url: https://github.com/example/apps/releases/download/all/}\n",
]


class Editor:
    """Makes one random edit of a kind that people and their tools make."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.sandbox = sandbox
        self.root = sandbox.root
        self.random = random.Random(seed)
        self.count = 0
        #: Parts of site.yaml, so that edits of one leave the others.
        self.site = {"title": SITE}
        self.signer: UrlSigner | None = None

    def edit(self) -> str:
        self.count += 1
        edits: list[Callable[[], None]] = [
            self.add_release, self.edit_notes, self.same_size_edit, self.old_time, self.rename_release,
            self.remove_release, self.edit_app, self.edit_site, self.edit_template, self.edit_option,
            self.edit_locale, self.change_icon, self.touch_everything, self.add_app, self.remove_app, self.edit_page,
            self.add_static, self.edit_binary, self.external_notes, self.damage_dist, self.edit_hosting,
            self.edit_store, self.edit_app_store, self.sign, self.edit_outputs, self.edit_own_file,
            self.picture_in_notes, self.picture_in_page, self.page_in_folder, self.edit_data, self.edit_extra,
            self.read_data, self.edit_category, self.component_in_page, self.component_in_notes, self.edit_component,
        ]  # fmt: skip
        edit = self.random.choice(edits)
        edit()
        return edit.__name__

    def build(self, **options: object) -> None:
        self.sandbox.build(signer=self.signer, **options)  # type: ignore[arg-type]

    def releases(self) -> list[Path]:
        return sorted((self.root / "content/apps").glob("*/releases/*.yaml"))

    def a_release(self) -> Path:
        return self.random.choice(self.releases())

    def add_release(self) -> None:
        day = self.random.randint(1, 28)
        channel = self.random.choice(["stable", "beta"])
        self.sandbox.release("2.0", str(100 + self.count), date=f"2026-05-{day:02}", channel=channel)

    def edit_notes(self) -> None:
        path = self.a_release()
        path.write_text(path.read_text().replace("Notes of", f"Note {self.count} of", 1))

    def same_size_edit(self) -> None:
        """Another text of the same length with the old modification time: only ctime and content tell."""
        path = self.a_release()
        status = path.stat()
        text = path.read_text()
        path.write_text(
            text.replace("/notes-", "/votes-") if "/notes-" in text else text.replace("/votes-", "/notes-")
        )
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def old_time(self) -> None:
        path = self.a_release()
        path.write_text(path.read_text().replace("*", "**", 2))
        os.utime(path, (1_000_000_000, 1_000_000_000))

    def rename_release(self) -> None:
        path = self.a_release()
        for file in (path, path.with_suffix(".md")):
            if file.exists():
                file.rename(file.with_name(f"renamed-{self.count}{file.suffix}"))

    def remove_release(self) -> None:
        if len(self.releases()) > 2:
            path = self.a_release()
            path.with_suffix(".md").unlink(missing_ok=True)
            path.unlink()

    def edit_app(self) -> None:
        self.sandbox.write("content/apps/notes/app.yaml", APP + f"description: Version {self.count} of **this**.\n")

    def edit_category(self) -> None:
        category = self.random.choice(["", "category: Tools\n", "category: tools\n", "category: C++\n"])
        self.sandbox.write("content/apps/notes/app.yaml", APP + category)
        self.sandbox.write(f"content/apps/extra{self.count}.yaml", f"name: Extra {self.count}\n{category}")

    def edit_site(self) -> None:
        self.site["title"] = SITE.replace("Test Apps", f"Test Apps {self.count}")
        self.write_site()

    def edit_template(self) -> None:
        self.sandbox.write(
            "templates/release.html", f'{{% extends "@theme/release.html" %}}\n{{# changed {self.count} #}}\n'
        )

    def edit_option(self) -> None:
        colour = f"#{self.random.randrange(16**6):06x}"
        self.site["theme"] = f'theme: {{name: default, options: {{accent: "{colour}"}}}}\n'
        self.write_site()

    def write_site(self) -> None:
        self.sandbox.write("content/site.yaml", "".join(self.site.values()))

    def edit_hosting(self) -> None:
        """The hosts decide which files for them a build writes."""
        hosts = [
            "netlify",
            "[cloudflare-pages, s3]",
            "github-pages",
            "azure-static-web-apps",
            "{cloudflare-pages: {plan: paid}}",
        ]
        self.site["hosting"] = f"hosting: {self.random.choice(hosts)}\n"
        self.write_site()

    def edit_store(self) -> None:
        """Binaries go to another address and come back into dist/."""
        self.site["binaries"] = self.random.choice(["", *STORES])
        self.write_site()

    def edit_app_store(self) -> None:
        self.sandbox.write("content/apps/notes/app.yaml", APP + self.random.choice(["", *STORES]))

    def sign(self) -> None:
        """Addresses in private buckets are signed, at one moment or another, or not any more."""
        hours = self.random.randrange(3)
        self.signer = (
            None
            if not hours
            else UrlSigner(
                key_id="EXAMPLEKEY", secret="example", region="eu-central-1", now=NOW + dt.timedelta(hours=hours)
            )
        )

    def edit_outputs(self) -> None:
        self.site["outputs"] = self.random.choice(["", *(f"outputs: [{kind.name}]\n" for kind in output_kinds())])
        self.write_site()

    def edit_own_file(self) -> None:
        per = self.random.choice(["site", "app", "channel", "release", "category"])
        self.sandbox.write(
            "templates/files/own.json", f"[{self.count}, {{{{ page|tojson }}}}, {{{{ site|tojson }}}}]"
        )
        path = "'own-{category}.json'" if per == "category" else "own.json"
        file = f"files: [{{path: {path}, template: files/own.json, per: {per}}}]\n"
        self.site["files"] = self.random.choice(["", file])
        self.write_site()

    def edit_locale(self) -> None:
        self.sandbox.write("locales/en.po", f'msgid "help.title"\nmsgstr "Help {self.count}"\n')

    def change_icon(self) -> None:
        self.sandbox.write("content/apps/notes/icon.png", png(64, self.random.randrange(256)))
        self.sandbox.write("content/apps/notes/app.yaml", APP + "icon: icon.png\n")

    def touch_everything(self) -> None:
        for path in (self.root / "content").rglob("*"):
            if path.is_file():
                os.utime(path)

    def add_app(self) -> None:
        self.sandbox.write(f"content/apps/extra{self.count}.yaml", f"name: Extra {self.count}\n")

    def remove_app(self) -> None:
        for path in sorted((self.root / "content/apps").glob("extra*.yaml"))[:1]:
            path.unlink()

    def edit_page(self) -> None:
        self.sandbox.write("content/pages/about.md", f"# About {self.count % 3}\n\nText {self.count}\n")

    def add_static(self) -> None:
        self.sandbox.write(f"content/static/file{self.count % 2}.txt", f"{self.count}")

    def edit_data(self) -> None:
        name = self.random.choice(["team.yaml", "news.csv"])
        if name == "team.yaml" and self.count % 3 == 0:
            (self.root / "content/data/team.yaml").unlink(missing_ok=True)
        else:
            self.sandbox.write(f"content/data/{name}", "a\n1\n" if name == "news.csv" else f"- {{a: {self.count}}}\n")

    def edit_extra(self) -> None:
        """Of a release, of all releases of an app, or of the site."""
        written = f"extra: {{note: Number {self.count}}}\n"
        if self.count % 3 == 0:
            self.site["extra"] = written
            self.write_site()
        elif self.count % 3 == 1:
            self.sandbox.write("content/apps/notes/app.yaml", f"{APP}{written}defaults:\n  {written}")
        else:
            path = self.a_release()
            text = path.read_text()
            path.write_text(text if "extra:" in text else text + written)

    def read_data(self) -> None:
        """A template shows data, other data, or what a file is called that may not be there."""
        shown = self.random.choice(
            [
                "data.team is defined",
                "data.news|default([])|length",
                "data",
                "release.extra",
                "app.extra ~ site.extra",
            ]
        )
        page = self.random.choice(["release", "app"])
        self.sandbox.write(
            f"templates/{page}.html",
            f'{{% extends "@theme/{page}.html" %}}{{% block after %}}{{{{ {shown} }}}}{{% endblock %}}\n',
        )

    def picture_in_notes(self) -> None:
        release = self.a_release()
        self.sandbox.write(f"{release.parent.relative_to(self.root)}/shot.png", png(shade=self.count % 200))
        text = release.read_text()
        if "notes: |\n" in text and "shot.png" not in text:
            release.write_text(text.replace("notes: |\n", "notes: |\n  ![New](shot.png), see [all](/notes/).\n"))

    def picture_in_page(self) -> None:
        self.sandbox.write("content/pages/wide.png", png(height=16 + self.count))
        self.sandbox.write(
            "content/pages/tour.md", "# Tour\n\n![All](wide.png) and [more](tour.md#part)\n\n## Part\n"
        )

    def page_in_folder(self) -> None:
        template = self.random.choice(["page.html", "pages/guide.html"])
        front = f"template: {template}\nlanguages: [en]\nnav: {self.random.choice(['true', 'false'])}\n"
        self.sandbox.write("templates/pages/guide.html", f'{{% extends "page.html" %}}<!-- {self.count} -->')
        path = self.random.choice(["guides/start", "guides/index", "start"])
        self.sandbox.write(f"content/pages/{path}.md", f"---\n{front}---\n# Start\n\n{self.count}\n")

    def call(self) -> str:
        """Of a component, for an app that may be there or not, with its newest release or one that may go."""
        app = self.random.choice(["notes", *(path.stem for path in (self.root / "content/apps").glob("extra*.yaml"))])
        name = self.random.choice(["install", "qr", "latest", "download"])
        release = self.random.choice(["", " release=1.0-1", " channel=beta"]) if name == "qr" else ""
        return f"{{{{< {name} app={app}{release} >}}}}"

    def component_in_page(self) -> None:
        self.sandbox.write("content/pages/shown.md", f"# Shown\n\n{self.call()}\n\n{self.call()}\n")

    def component_in_notes(self) -> None:
        """In the notes of an app about itself or another, or in the description of another."""
        if self.count % 2:
            path = self.a_release()
            path.write_text(path.read_text().replace("notes: |\n", f"notes: |\n  {self.call()}\n\n", 1))
        else:
            text = f"name: Teller\ndescription: |\n  {self.call()}\n\n  {self.call()}\n"
            self.sandbox.write("content/apps/teller.yaml", text)

    def edit_component(self) -> None:
        shown = self.random.choice(["path", "app.name ~ app.version", "release.version if release", "page.path"])
        name = self.random.choice(["install", "latest"])
        self.sandbox.write(f"templates/components/{name}.html", f"<b>{{{{ {shown} }}}} {self.count}</b>")

    def edit_binary(self) -> None:
        for path in self.releases():  # it may have been renamed
            if "own.ipa" in path.read_text():
                path.with_suffix(".md").unlink(missing_ok=True)
                path.unlink()
        own_binary(self.sandbox, seed=self.random.randrange(2**32))

    def external_notes(self) -> None:
        path = self.a_release()
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith(("notes:", "  Note", "  ![New]"))))
        path.with_suffix(".md").write_text(f"Notes file {self.count}\n")

    def damage_dist(self) -> None:
        path = self.random.choice(sorted(path for path in self.sandbox.dist.rglob("*") if path.is_file()))
        if self.random.random() < 0.5:
            path.unlink()
        else:
            path.write_bytes(b"damaged")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incremental_and_clean_builds_agree(tmp_path: Path, seed: int) -> None:
    sandbox = example(tmp_path / "project")
    sandbox.release("0.9", "1", channel="beta")
    own_binary(sandbox)
    editor = Editor(sandbox, seed)
    history = []
    for _ in range(ROUNDS):
        editor.build()
        history.append(editor.edit())
        editor.build()
        clean = tmp_path / "clean"
        editor.build(out=clean, cache=False)
        assert sandbox.files() == sandbox.files(clean), f"after {history}"
        shutil.rmtree(clean)
