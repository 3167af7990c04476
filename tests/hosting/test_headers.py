"""The table of headers, and what real servers make of it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import botocore.session
import botocore.validate
import httpx
import pytest

from otasite.hosts.headers import (
    HEADER_RULES,
    IMMUTABLE,
    IMMUTABLE_BINARY,
    REVALIDATE,
    SECURITY_HEADERS,
    content_type,
    headers_for,
    is_immutable,
    netlify_headers,
)
from otasite.hosts.targets import (
    TARGETS,
    apache_htaccess,
    azure_config,
    caddyfile,
    firebase_json,
    nginx_conf,
    object_metadata,
    redirects_file,
)
from tests.hosting.authority import Authority
from tests.hosting.real_servers import free_port, host_tool, running, trusting
from tests.tools import from_npm, program

#: A path of every kind that dist/ can hold. Folder addresses stand for their page.
PAGES = [
    "",
    "rider/",
    "rider/4.4.0-452/",
    "rider/beta/",
    "rider/icon-set/",
    "de/rider/",
    "help/",
    "u/0f3a/",
    "u/0f3a/1.0-1/",
    "de/u/0f3a/",
    "de/u/0f3a/1.0-1/",
]
#: Pages whose names begin like folders that have rules of their own.
PAGES += ["uploads/", "assets-tracker/", "assets-tracker/1-1/", "rider/screenshots-beta/", "icon-maker/"]
REVALIDATED = [
    "rider/4.4.0-452/manifest.plist",
    "rider/qr.svg",
    "feed.xml",
    "rider/feed.xml",
    "sitemap.xml",
    "robots.txt",
    "catalogue.json",
    "rider/latest.json",
    "logo.png",
    "trust.mobileconfig",
    "rider/app.webmanifest",
]
FOREVER = [
    "assets/style.0a1b2c3d.css",
    "assets/page.0a1b2c3d.js",
    "assets/css/more.0a1b2c3d.css",
    "assets/fonts/inter/regular.0a1b2c3d.woff2",
    "rider/icon-180.0a1b2c3d.png",
    "rider/preview-de.0a1b2c3d.png",
    "rider/screenshots/home.0a1b2c3d.webp",
    "u/0f3a/icon-57.0a1b2c3d.png",
    "rider/icon-360.0a1b2c3d.webp",
    "u/0f3a/icon-360.0a1b2c3d.webp",
    "u/0f3a/screenshots/a.0a1b2c3d.png",
]
BINARIES = [
    "rider/4.4.0-452/Rider-4.4.0-452.0a1b.ipa",
    "rider/4.4.0-452/Rider-4.4.0-452.0a1b.apk",
    "u/0f3a/1-1/a.1.ipa",
]
ALL = [*PAGES, *REVALIDATED, *FOREVER, *BINARIES]


def is_unlisted(path: str) -> bool:
    return "u" in path.split("/")[:2]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "dist"
    for path in [*ALL, "404.html"]:
        file = folder / (f"{path}index.html" if path.endswith("/") or not path else path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"content of {path}\n" * 100)
    (folder / "_headers").write_bytes(netlify_headers())
    return folder


def test_every_path_has_type_cache_and_protection() -> None:
    for path in ALL:
        headers = headers_for(path)
        assert SECURITY_HEADERS.items() <= headers.items(), path
        assert headers["Content-Type"], path
        expected = IMMUTABLE_BINARY if path in BINARIES else IMMUTABLE if path in FOREVER else REVALIDATE
        assert headers["Cache-Control"] == expected, path
        assert is_immutable(path) == (path in FOREVER or path in BINARIES), path
        assert ("X-Robots-Tag" in headers) == is_unlisted(path), path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/1-1/A.ipa", "application/octet-stream"),
        ("a/1-1/manifest.plist", "text/xml"),
        ("a/1-1/A.apk", "application/vnd.android.package-archive"),
        ("x.mobileconfig", "application/x-apple-aspen-config"),
        ("", "text/html; charset=utf-8"),
        ("/a/", "text/html; charset=utf-8"),
        ("404.html", "text/html; charset=utf-8"),
        ("feed.xml", "application/atom+xml; charset=utf-8"),
        ("sitemap.xml", "application/xml"),
        ("CNAME", "application/octet-stream"),
    ],
)
def test_types(path: str, kind: str) -> None:
    assert headers_for(path)["Content-Type"] == kind


def test_no_path_gets_one_header_from_two_rules() -> None:
    """Netlify would take the later one and Cloudflare join both: only disjoint rules mean the same on each."""
    for path in [*ALL, "index.html", "404.html", "assets/feed.1.xml"]:
        names = [name for rule in HEADER_RULES if rule.matches("/" + path) for name in rule.headers]
        assert len(names) == len(set(names)), path


def test_headers_file_keeps_cloudflares_limits() -> None:
    lines = netlify_headers("/repo/").decode().splitlines()
    patterns = [line for line in lines if line.startswith("/")]
    assert 0 < len(patterns) <= 100
    assert all(pattern.count("*") <= 1 and pattern.startswith("/repo/") for pattern in patterns)
    assert all(len(line) <= 2000 for line in lines)


def test_netlify_toml_says_the_same_as_the_headers_file() -> None:
    tables = tomllib.loads(TARGETS["netlify-toml"].render("/repo/").decode())["headers"]
    lines = list(
        itertools.chain.from_iterable([t["for"], *(f"  {k}: {v}" for k, v in t["values"].items())] for t in tables)
    )
    assert lines == [line for line in netlify_headers("/repo/").decode().splitlines() if line]


def test_azure_covers_what_its_routes_can_express() -> None:
    config = json.loads(TARGETS["azure-static-web-apps"].render("/"))
    assert config["mimeTypes"][".plist"] == "text/xml"
    assert config["globalHeaders"]["Cache-Control"] == REVALIDATE
    assert SECURITY_HEADERS.items() <= config["globalHeaders"].items()
    routes = {route["route"]: route["headers"] for route in config["routes"]}
    assert routes["/*.{ipa,apk}"] == {"Cache-Control": IMMUTABLE_BINARY}
    assert all(route.count("*") == 1 for route in routes)


def test_s3_objects_carry_type_and_cache() -> None:
    assert object_metadata("a/1-1/A.0a1b.ipa") == {
        "ContentType": "application/octet-stream",
        "CacheControl": IMMUTABLE_BINARY,
    }
    assert object_metadata("a/index.html") == {"ContentType": "text/html; charset=utf-8", "CacheControl": "no-cache"}


def test_cloudfront_would_accept_the_policy() -> None:
    """By the description of the call that Amazon ships with its own client."""
    session = botocore.session.get_session()
    call = session.get_service_model("cloudfront").operation_model("CreateResponseHeadersPolicy")
    policy = {"ResponseHeadersPolicyConfig": json.loads(TARGETS["cloudfront"].render("/"))}
    validator = botocore.validate.ParamValidator()
    assert validator.validate(policy, call.input_shape).generate_report() == ""
    sent = json.dumps(policy)
    assert all(json.dumps(text) in sent for text in SECURITY_HEADERS.values() if text != "nosniff")


def test_the_function_for_cloudfront_finds_pages() -> None:
    guide = (Path(__file__).parents[2] / "docs/hosts/s3.md").read_text("utf-8")
    function = guide.split("```js\n", 1)[1].split("```", 1)[0]
    asked = ["/", "/rider/", "/rider/a.ipa", "/404.html"]
    script = f"{function}\nfor (const uri of {json.dumps(asked)}) console.log(handler({{request: {{uri}}}}).uri);"
    done = subprocess.run(
        [program("node", "nodejs"), "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["/index.html", "/rider/index.html", "/rider/a.ipa", "/404.html"]


# --- real servers -------------------------------------------------------------------------------------------


def nginx(dist: Path, folder: Path, port: int, authority: Authority) -> list[str]:
    pem = authority.issue()
    (folder / "otasite.conf").write_bytes(nginx_conf())
    worker = "user root; " if os.geteuid() == 0 else ""  # else the worker may not enter pytest's folder
    (folder / "nginx.conf").write_text(
        f"{worker}daemon off; pid {folder}/pid; error_log stderr; events {{}} worker_processes 1;\n"
        f"http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;"
        f" fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;"
        " gzip on; gzip_types *; gzip_min_length 1;\n"  # a server that compresses everything else
        f" server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};"
        f" root {dist}; include {folder}/otasite.conf; }} }}"
    )
    return [program("nginx", "nginx-light"), "-c", str(folder / "nginx.conf")]


def caddy(dist: Path, folder: Path, port: int, authority: Authority) -> list[str]:
    pem = authority.issue()
    (folder / "Caddyfile.otasite").write_bytes(caddyfile())
    (folder / "Caddyfile").write_text(
        "{\n admin off\n auto_https off\n}\nimport Caddyfile.otasite\n"
        f"https://127.0.0.1:{port}, https://localhost:{port} {{\n bind 127.0.0.1\n tls {pem} {pem}\n"
        f" root * {dist}\n import otasite\n}}\n"
    )
    return [program("caddy", "caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def apache(dist: Path, folder: Path, port: int, authority: Authority) -> list[str]:
    pem = authority.issue()
    own = folder / "served"
    shutil.copytree(dist, own)
    (own / ".htaccess").write_bytes(apache_htaccess())
    modules = Path("/usr/lib/apache2/modules")
    names = ["mpm_event", "authz_core", "ssl", "dir", "mime", "headers", "setenvif", "deflate", "filter"]
    loaded = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in names)
    (folder / "httpd.conf").write_text(
        f"{loaded}ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\nErrorLog {folder}/log\n"
        f"DefaultRuntimeDir {folder}\nTypesConfig /dev/null\nSSLEngine on\nSSLCertificateFile {pem}\n"
        f"SSLCertificateKeyFile {pem}\nSetOutputFilter DEFLATE\nDocumentRoot {own}\n"
        f"<Directory {own}>\n AllowOverride All\n Require all granted\n</Directory>\n"
    )
    return [program("apache2", "apache2-bin"), "-X", "-f", str(folder / "httpd.conf")]


@pytest.mark.parametrize("server", [nginx, caddy, apache])
def test_real_servers_send_exactly_the_table(
    server: Callable[[Path, Path, int, Authority], list[str]], dist: Path, tmp_path: Path, authority: Authority
) -> None:
    port = free_port()
    base = f"https://localhost:{port}/"
    with running(server(dist, tmp_path, port, authority), base, authority.root, tmp_path), client(authority) as http:
        for path in ALL:
            compare(http.get(base + path), path)
            compare(http.head(base + path), path)
        missing = http.get(base + "nothing/here.ipa")
        assert missing.status_code == 404
        assert missing.text == (dist / "404.html").read_text()
        assert missing.headers["Cache-Control"] == REVALIDATE, "a missing file must not be remembered for a year"
        assert missing.headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]
        for path in BINARIES:
            compare_binary(http, base + path, (dist / path).read_bytes())


def client(authority: Authority) -> httpx.Client:
    return httpx.Client(verify=trusting(authority.root))


def compare(response: httpx.Response, path: str) -> None:
    assert response.status_code == 200, path
    for name, text in headers_for(path).items():
        assert response.headers.get_list(name) == [text], (path, name)
    assert ("X-Robots-Tag" in response.headers) == is_unlisted(path)


def compare_binary(http: httpx.Client, url: str, body: bytes) -> None:
    whole = http.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in whole.headers
    assert int(whole.headers["Content-Length"]) == len(body)
    part = http.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, body[5:10])


def superstatic(dist: Path, folder: Path, port: int) -> list[str]:
    (folder / "firebase.json").write_bytes(firebase_json())
    (folder / "dist").symlink_to(dist)
    (folder / "superstatic.json").write_text(json.dumps(json.loads(firebase_json())["hosting"]))
    return [
        host_tool("superstatic", "superstatic"),
        ".",
        "--config",
        str(folder / "superstatic.json"),
        "--port",
        str(port),
    ]


def test_netlifys_own_parser_reads_the_table(tmp_path: Path) -> None:
    """With the package that Netlify's tools read ``_headers`` with, and values merged as those do."""
    from_npm("hosting", "@netlify/headers-parser")
    (tmp_path / "_headers").write_bytes(netlify_headers("/repo/"))
    script = Path(__file__).with_name("netlify_headers.mjs")
    command = [program("node", "nodejs"), str(script), str(tmp_path / "_headers"), *(f"/repo/{path}" for path in ALL)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for path in ALL:
        sent = found[f"/repo/{path}"]
        expected = headers_for(path)
        assert sent.keys() <= expected.keys(), path
        for name, text in expected.items():
            # What the table leaves to the host: types that every host knows, and "ask each time".
            left_out = {"Content-Type": expected["Content-Type"], "Cache-Control": REVALIDATE}
            assert sent.get(name, left_out.get(name)) == text, (path, name)


def wrangler(dist: Path, folder: Path, port: int) -> list[str]:
    # The newest compatibility date that the bundled runtime accepts moves with its version; any date works for us.
    date = ["--compatibility-date", "2025-01-01"]
    return [
        host_tool("wrangler", "wrangler"),
        "pages",
        "dev",
        str(dist),
        "--ip",
        "127.0.0.1",
        "--port",
        str(port),
        *date,
    ]


@pytest.mark.slow
def test_cloudflare_serves_the_folder_below_its_base_path(dist: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    shutil.copytree(dist, folder)
    (folder / "_headers").write_bytes(netlify_headers("/repo/"))
    (folder / "_redirects").write_bytes(redirects_file("/repo/"))
    port = free_port()
    base = f"http://localhost:{port}/repo/"
    with running(wrangler(folder, tmp_path, port), base, None, tmp_path), httpx.Client() as http:
        for path in ALL:
            response = http.get(base + path)
            assert response.status_code == 200, path
            assert (
                response.text
                == (dist / (f"{path}index.html" if path.endswith("/") or not path else path)).read_text()
            )
            for name, text in headers_for(path).items():
                assert normal(name, response.headers.get(name, "")) == normal(name, text), (path, name)
        assert http.get(base.rstrip("/")).status_code == 200
        assert http.get(base + "nothing/").status_code == 404


def test_netlify_serves_the_folder_below_its_base_path(tmp_path: Path) -> None:
    """With Netlify's own engine: where it leads each request, and that nothing else is led anywhere."""
    from_npm("hosting", "netlify-redirector")
    (tmp_path / "_redirects").write_bytes(redirects_file("/repo/"))
    script = Path(__file__).with_name("netlify_redirects.cjs")
    asked = ["/repo", *(f"/repo/{path}" for path in ALL), "/", "/rider/", "/repository/rider/"]
    command = [program("node", "nodejs"), str(script), str(tmp_path / "_redirects"), *asked]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
    for path in ALL:
        assert (found[f"/repo/{path}"]["to"], found[f"/repo/{path}"]["status"]) == (f"/{path}", 200)
    assert found["/repo"]["to"] == "/"
    assert not any(found[path] for path in ("/", "/rider/", "/repository/rider/"))


def azure(dist: Path, folder: Path, port: int) -> list[str]:
    shutil.copytree(dist, folder / "dist")
    (folder / "dist" / "staticwebapp.config.json").write_bytes(azure_config())
    return [
        host_tool("@azure/static-web-apps-cli", "swa"),
        "start",
        "dist",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]


@pytest.mark.slow
def test_azures_emulator_sends_what_its_routes_can_express(dist: Path, tmp_path: Path) -> None:
    port = free_port()
    base = f"http://localhost:{port}/"
    with running(azure(dist, tmp_path, port), base, None, tmp_path), httpx.Client() as http:
        for path in ALL:
            response = http.get(base + path)
            assert response.status_code == 200, path
            expected = dict(headers_for(path))
            if path in FOREVER and not path.startswith("assets/"):
                expected["Cache-Control"] = REVALIDATE  # their folders vary, which a route cannot say
            if path.endswith("feed.xml"):
                expected["Content-Type"] = content_type("a.xml")  # types go by ending alone
            if path.startswith("de/u/"):
                del expected["X-Robots-Tag"]  # a route cannot begin with any folder; the pages say it themselves
            if path.endswith("/") and "." in path:
                del expected["Content-Type"]  # the emulator takes a folder's name apart instead of its page's
            for name, text in expected.items():
                assert normal(name, response.headers.get(name, "")) == normal(name, text), (path, name)
        missing = http.get(base + "nothing/")
        assert (missing.status_code, missing.text) == (404, (dist / "404.html").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("simulator", [superstatic, wrangler])
def test_hosts_simulators_send_the_table(
    simulator: Callable[[Path, Path, int], list[str]], dist: Path, tmp_path: Path
) -> None:
    port = free_port()
    base = f"http://localhost:{port}/"
    server: AbstractContextManager[None] = running(simulator(dist, tmp_path, port), base, None, tmp_path)
    with server, httpx.Client() as http:
        for path in ALL:
            response = http.get(base + path)
            assert response.status_code == 200, path
            for name, text in headers_for(path).items():
                assert normal(name, response.headers.get(name, "")) == normal(name, text), (path, name)


def normal(name: str, text: str) -> str:
    """Values that mean the same: the parameters of a type, and the two ways to say “ask before use”."""
    if name == "Content-Type":
        kind = text.partition(";")[0]
        same = {"application/javascript": "text/javascript", "text/xml": "application/xml"}
        return same.get(kind, kind)
    return text.replace("public, max-age=0, must-revalidate", REVALIDATE) if name == "Cache-Control" else text
