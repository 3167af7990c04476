"""The header table of :mod:`otasite.hosts.headers` in the words of each host.

Pure functions from the table to the text of one configuration file. None of them depends on the catalogue, so a
file made once stays right until otasite's table changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import msgspec

from otasite.hosts.headers import (
    CONTENT_TYPES,
    FEED_RULE,
    FEED_TYPE,
    HEADER_RULES,
    IMMUTABLE,
    NOINDEX,
    REVALIDATE,
    SECURITY_HEADERS,
    UNLISTED_PREFIX,
    HeaderRule,
    headers_for,
    netlify_headers,
)
from otasite.hosts.names import HostName


class Target(msgspec.Struct, frozen=True):
    """One host's configuration: the file's usual name, and what makes it.

    ``render`` takes the base path, the folder below the domain where the site lives (``/`` or ``/repo/``).
    """

    file: str
    render: Callable[[str], bytes]


def netlify_toml(base_path: str = "/") -> bytes:
    """``[[headers]]`` tables for ``netlify.toml``, for a site whose own ``_headers`` is not published."""
    lines: list[str] = []
    for rule in HEADER_RULES:
        pattern = rule.under(base_path.rstrip("/")).pattern
        lines += ["[[headers]]", f"  for = {_quoted(pattern)}", "  [headers.values]"]
        lines += [f"    {name} = {_quoted(text)}" for name, text in rule.headers.items()]
        lines.append("")
    return "\n".join(lines).encode()


def firebase_json(base_path: str = "/") -> bytes:
    """``firebase.json``. Every matching rule counts and the last one wins, so “revalidate” comes first.

    Firebase's usual ``ignore`` list would leave out ``.well-known``; this one names only the file itself.
    """
    prefix = base_path.rstrip("/")
    everything = {"Cache-Control": REVALIDATE}
    rules = [_firebase_rule(rule.under(prefix)) for rule in (HeaderRule("/*", everything), *HEADER_RULES)]
    hosting = {"public": "dist", "ignore": ["firebase.json"], "cleanUrls": False, "headers": rules}
    return _json({"hosting": hosting})


def _firebase_rule(rule: HeaderRule) -> dict[str, object]:
    return {"regex": rule.regex, "headers": [{"key": key, "value": text} for key, text in rule.headers.items()]}


def azure_config(base_path: str = "/") -> bytes:
    """``staticwebapp.config.json`` for Azure Static Web Apps.

    Azure applies the first matching route only, on top of the global headers, and a route may have one ``*`` at the
    end or before endings in braces. So icons and screenshots, whose folders vary, are revalidated there, and pages of
    unlisted apps in languages other than the first keep robots off by their own meta element alone.
    """
    prefix = base_path.rstrip("/")
    unlisted, binary = f"{prefix}/{UNLISTED_PREFIX}", {"Cache-Control": headers_for("a.ipa")["Cache-Control"]}
    routes = [
        {"route": f"{unlisted}*.{{ipa,apk}}", "headers": binary | NOINDEX},
        {"route": f"{unlisted}*", "headers": NOINDEX},
        {"route": f"{prefix}/*.{{ipa,apk}}", "headers": binary},
        {"route": f"{prefix}/assets/*", "headers": {"Cache-Control": IMMUTABLE}},
    ]
    return _json(
        {
            "routes": routes,
            "globalHeaders": SECURITY_HEADERS | {"Cache-Control": REVALIDATE},
            "mimeTypes": {f".{ending}": kind for ending, kind in CONTENT_TYPES.items()},
            "responseOverrides": {"404": {"rewrite": f"{prefix}/404.html"}},
        }
    )


def nginx_conf(base_path: str = "/") -> bytes:
    """Directives to ``include`` in nginx's ``server`` block.

    ``if`` with ``set`` alone is one of the two safe uses of nginx's ``if``, and works outside a location.
    """
    prefix = base_path.rstrip("/")
    lines = [
        "# otasite: include this file in a server block that listens on 443 with TLS and sets root to dist/.",
        "",
    ]
    lines += ["types {", *(f"    {_quoted(kind)} {ending};" for ending, kind in CONTENT_TYPES.items()), "}"]
    lines += ["charset off;", "index index.html;", f"error_page 404 {prefix}/404.html;", ""]
    lines += _nginx_variable("Cache-Control", "$otasite_cache", REVALIDATE, prefix)
    lines += _nginx_variable("X-Robots-Tag", "$otasite_robots", "", prefix)
    lines += ["", "# A location with an add_header of its own loses all of these: repeat them there."]
    lines += [f"add_header {name} {_quoted(text)} always;" for name, text in SECURITY_HEADERS.items()]
    lines += [
        "add_header Cache-Control $otasite_cache always;",
        "add_header X-Robots-Tag $otasite_robots always;",
        "",
    ]
    lines += [
        f"location ~ {_quoted(FEED_RULE.under(prefix).regex)} {{ types {{ }} default_type {_quoted(FEED_TYPE)}; }}",
        r"location ~ \.(ipa|apk)$ { gzip off; }",
    ]
    return ("\n".join(lines) + "\n").encode()


def _nginx_variable(name: str, variable: str, default: str, prefix: str) -> list[str]:
    """``set`` a variable to what the table says of the path; nginx leaves out a header whose value is empty."""
    lines = [f"set {variable} {_quoted(default)};"]
    for rule in HEADER_RULES:
        text = rule.headers.get(name, default)
        if text != default:
            lines.append(f"if ($uri ~ {_quoted(rule.under(prefix).regex)}) {{ set {variable} {_quoted(text)}; }}")
    return lines


def caddyfile(base_path: str = "/") -> bytes:
    """A snippet for the Caddyfile: ``import otasite`` in a site block that sets ``root`` to dist/.

    ``route`` keeps the order of the directives, so that particular rules come after general ones.
    """
    prefix = base_path.rstrip("/")
    lines = ["# otasite: `import Caddyfile.otasite` at the top of the Caddyfile, and in the site's block write", "#"]
    lines += ["#     root * /srv/dist", "#     import otasite", "#"]
    lines += ["# If you add `encode`, leave .ipa and .apk out of it: phones compare the bytes with hashes.", ""]
    lines += ["(otasite) {", "\troute {", f"\t\theader Cache-Control {_quoted(REVALIDATE)}"]
    for ending, kind in CONTENT_TYPES.items():
        lines += _caddy_header(ending, f"path *.{ending}", {"Content-Type": kind})
    for number, rule in enumerate(HEADER_RULES):
        lines += _caddy_header(f"rule{number}", f"path_regexp {rule.under(prefix).regex}", rule.headers)
    lines += ["\t\tfile_server", "\t}", "\thandle_errors {"]
    lines += [f"\t\theader {name} {_quoted(text)}" for name, text in SECURITY_HEADERS.items()]
    lines += [f"\t\theader Cache-Control {_quoted(REVALIDATE)}", f"\t\trewrite * {prefix}/404.html"]
    lines += ["\t\tfile_server", "\t}", "}"]
    return ("\n".join(lines) + "\n").encode()


def _caddy_header(name: str, matcher: str, headers: dict[str, str]) -> list[str]:
    lines = [f"\t\t@{name} {matcher}", f"\t\theader @{name} {{"]
    return [*lines, *(f"\t\t\t{key} {_quoted(text)}" for key, text in headers.items()), "\t\t}"]


def apache_htaccess(base_path: str = "/") -> bytes:
    """``.htaccess`` for Apache 2.4, which reads it from the site's own folder where ``AllowOverride`` lets it.

    Sections apply in their order, so particular rules come after general ones.
    """
    prefix = base_path.rstrip("/")
    lines = ["# otasite: Apache reads this where AllowOverride has FileInfo, Options and Indexes, or All."]
    lines += ["Options -Indexes", "DirectoryIndex index.html", f"ErrorDocument 404 {prefix}/404.html", ""]
    lines += ["AddDefaultCharset off", "<IfModule mod_mime.c>"]
    lines += [f"  AddType {_quoted(kind)} .{ending}" for ending, kind in CONTENT_TYPES.items()]
    lines += ["</IfModule>", "", "# Phones compare the bytes with hashes: nothing on the way may compress them."]
    lines += [
        "<IfModule mod_setenvif.c>",
        r'  SetEnvIf Request_URI "\.(ipa|apk)$" no-gzip no-brotli',
        "</IfModule>",
        "",
    ]
    lines += ["<IfModule mod_headers.c>", f"  Header always set Cache-Control {_quoted(REVALIDATE)}"]
    for rule in HEADER_RULES:
        lines.append(f'  <If "%{{REQUEST_URI}} =~ m#{rule.under(prefix).regex}#">')
        for name, text in rule.headers.items():
            kind = "ForceType" if name == "Content-Type" else f"Header always set {name}"
            lines.append(f"    {kind} {_quoted(text)}")
        lines.append("  </If>")
    return ("\n".join([*lines, "</IfModule>"]) + "\n").encode()


def cloudfront_policy(base_path: str = "/") -> bytes:
    """A response headers policy for ``aws cloudfront create-response-headers-policy``.

    S3 stores the type and the cache life with each object; the protecting headers can only come from CloudFront.
    """
    del base_path  # a policy is attached to a behaviour, which has the path
    security = {
        "ContentSecurityPolicy": {
            "Override": True,
            "ContentSecurityPolicy": SECURITY_HEADERS["Content-Security-Policy"],
        },
        "ContentTypeOptions": {"Override": True},
        "ReferrerPolicy": {"Override": True, "ReferrerPolicy": SECURITY_HEADERS["Referrer-Policy"]},
    }
    permissions = {"Header": "Permissions-Policy", "Value": SECURITY_HEADERS["Permissions-Policy"], "Override": True}
    return _json(
        {
            "Name": "otasite",
            "Comment": "Headers of an otasite install site",
            "SecurityHeadersConfig": security,
            "CustomHeadersConfig": {"Quantity": 1, "Items": [permissions]},
        }
    )


def object_metadata(path: str) -> dict[str, str]:
    """What S3 stores with the object at ``path``, as boto3's ``ExtraArgs``.

    Without a type S3 answers ``binary/octet-stream``, and a browser downloads the page.
    """
    headers = headers_for(path)
    return {"ContentType": headers["Content-Type"], "CacheControl": headers["Cache-Control"]}


def _quoted(text: str) -> str:
    """A string between double quotes: nginx, Caddy and TOML all read JSON's escapes for what occurs here."""
    return json.dumps(text)


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


#: Every target that has a configuration of its own. GitHub Pages has none: its headers cannot be set.
TARGETS: dict[str, Target] = {
    "netlify": Target("_headers", netlify_headers),
    "cloudflare-pages": Target("_headers", netlify_headers),
    "netlify-toml": Target("netlify.toml", netlify_toml),
    "firebase": Target("firebase.json", firebase_json),
    "azure-static-web-apps": Target("staticwebapp.config.json", azure_config),
    "nginx": Target("otasite-nginx.conf", nginx_conf),
    "caddy": Target("Caddyfile.otasite", caddyfile),
    "apache": Target(".htaccess", apache_htaccess),
    "cloudfront": Target("cloudfront-headers-policy.json", cloudfront_policy),
}


def redirects_file(base_path: str) -> bytes:
    """The ``_redirects`` file that Netlify and Cloudflare Pages read: dist/, served below the base path.

    Both publish the folder at the root of the domain. Status 200 answers without leading anywhere else; the headers
    are those of the address that was asked for.
    """
    prefix = base_path.rstrip("/")
    return f"{prefix} / 200\n{prefix}/* /:splat 200\n".encode()


#: What keeps GitHub Pages from leaving out files whose names begin with an underscore; it is empty.
_NO_JEKYLL = Target(".nojekyll", lambda base_path: b"")
_REDIRECTS = Target("_redirects", redirects_file)
#: What each host reads from the site's own folder. The others are configured beside it.
_IN_DIST: dict[HostName, tuple[Target, ...]] = {
    "github-pages": (_NO_JEKYLL,),
    "netlify": (TARGETS["netlify"], _REDIRECTS),
    "cloudflare-pages": (TARGETS["cloudflare-pages"], _REDIRECTS),
    "azure-static-web-apps": (TARGETS["azure-static-web-apps"],),
    "apache": (TARGETS["apache"],),
}
#: Taken when site.yaml names no host: they help where they are read, and are harmless elsewhere.
_FOR_ANY = (_NO_JEKYLL, TARGETS["netlify"])
#: Files that are read by hosts and that nobody is served.
HOST_FILES = frozenset(target.file for targets in _IN_DIST.values() for target in targets)


def files_for(hosts: Iterable[HostName], base_path: str) -> dict[str, bytes]:
    """The files of dist/ that these hosts read there, by name; without any, those that suit most."""
    hosts = tuple(hosts)
    targets = [target for host in hosts for target in _IN_DIST.get(host, ())] if hosts else _FOR_ANY
    files = {target.file: target.render(base_path) for target in targets}
    if base_path == "/":
        files.pop(_REDIRECTS.file, None)
    return files
