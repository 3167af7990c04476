"""What a site brings along itself, its own Content-Security-Policy lets pages load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.projects import SITE, Sandbox, example
from tests.site.pictures import png
from tests.web.server import Server
from tests.web.visit import Visit

STYLE = """\
@import "site.css";
@font-face { font-family: Own; src: url("fonts/own.woff2"); }
@font-face { font-family: Held; src: url("data:font/woff2;base64,d09GMg=="); }
.own { font-family: Own; background: url("ground.png"); }
.held { font-family: Held; background: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"); }
"""
PAGE = """\
# Start

![Beside the text](shot.png)

{{< video src="film.mp4" title="A film" captions="said.vtt" >}}

{{< video src="film.mp4" title="One that waits" poster="/poster.png" >}}

{{< own app="notes" >}}
"""
OWN = """\

<p class="own">own</p><p class="held">held</p>
"""


def themed(sandbox: Sandbox) -> None:
    """A theme with one asset of every kind, and a page that shows them all."""
    sandbox.write("content/site.yaml", SITE + "theme: ours\n")
    sandbox.write("themes/ours/theme.yaml", "version: 1\n")
    sandbox.write("themes/ours/static/own.css", STYLE)
    sandbox.write("themes/ours/static/ground.png", png(8))
    sandbox.write("themes/ours/static/fonts/own.woff2", b"wOF2")
    sandbox.write("themes/ours/static/own.js", "document.documentElement.dataset.own = 'ran';\n")
    sandbox.write(
        "themes/ours/templates/base.html",
        """\
        {% extends "@theme/base.html" %}
        {% block styles %}
        <link rel="stylesheet" href="{{ page.root }}{{ asset("own.css") }}">
        <script src="{{ page.root }}{{ asset("own.js") }}" defer></script>
        {% endblock %}
        """,
    )
    sandbox.write("themes/ours/templates/components/own.html", "{#\narguments: {app: app}\n#}\n" + OWN)
    sandbox.write("content/pages/start.md", PAGE)
    sandbox.write("content/pages/shot.png", png(16))
    sandbox.write("content/pages/film.mp4", b"film")
    sandbox.write("content/pages/said.vtt", "WEBVTT\n")
    sandbox.write("content/static/poster.png", png(16))


@pytest.mark.browser
def test_one_asset_of_every_kind_loads_under_the_policy(
    tmp_path: Path, serve: Callable[..., Server], visit: Callable[..., Visit]
) -> None:
    sandbox = example(tmp_path)
    themed(sandbox)
    sandbox.build()
    collect = (
        "window.refused = []; addEventListener('securitypolicyviolation', event => refused.push(event.blockedURI))"
    )
    page = visit("about:blank", init_script=collect).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"{serve(sandbox.dist).url}start/", wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => undefined)")
    assert page.evaluate("refused") == []
    assert page.evaluate("document.documentElement.dataset.own") == "ran"
    kinds = ("own.", "ground.", "shot.", "film.", "said.", "poster.", "embedded.")
    assert {kind for kind in kinds if any(name.startswith(kind) for name in asked)} == set(kinds)
    endings = {name.rpartition(".")[2] for name in asked}
    assert {"css", "js", "woff2", "png", "svg", "mp4", "vtt"} <= endings
    assert sum(name.startswith("embedded.") for name in asked) == 2, "the font and the picture of the stylesheet"
