"""A new theme to start from: a child of ``default`` that changes one thing and shows where the rest goes."""

from __future__ import annotations

import re
from pathlib import Path

from otasite.problems import Refused
from otasite.theming.themes import BASE, THEME_FILE

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_THEME_YAML = f"""\
name: {{name}}
version: 0.1.0
description: Our own look.

# Everything that this theme does not have comes from its parent.
parent: {BASE}

# A parent's option with another default. New ones need a type: color, text, choice, boolean or integer.
options:
  accent: "#0a7a5c"
"""

_BASE_HTML = """\
{# @theme/ is the template that this one replaces: keep its frame and change single blocks. #}
{% extends "@theme/base.html" %}

{% block styles %}
{{ super() }}
<link rel="stylesheet" href="{{ page.root }}{{ asset("own.css") }}">
{% endblock %}
"""

_OWN_CSS = """\
/* Loaded after the parent's stylesheet. Options are custom properties: var(--ota-accent). */
"""


def new_theme(name: str, site_root: Path) -> list[str]:
    """Write ``themes/<name>/``; gives the paths of the new files relative to the site.

    Raises :class:`Refused` when the name is not fit for a folder or the folder exists.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"“{name}” cannot name a theme", hint="use lower-case letters, digits and hyphens")
    if name == BASE:
        raise Refused(f"“{BASE}” is the bundled theme", hint="give yours a name of its own")
    folder = site_root / "themes" / name
    if folder.exists():
        raise Refused(f"themes/{name} is there already", hint="choose another name")
    files = {
        THEME_FILE: _THEME_YAML.format(name=name),
        "templates/base.html": _BASE_HTML,
        "static/own.css": _OWN_CSS,
    }
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return [f"themes/{name}/{path}" for path in files]
