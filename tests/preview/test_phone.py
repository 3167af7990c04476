"""``--lan --https``: the local authority as openssl and curl judge it, and the way of a phone through the preview.

127.0.0.2 stands for the address in the local network: nothing leaves this machine.
"""

from __future__ import annotations

import datetime as dt
import plistlib
import ssl
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from otasite.catalogue.project import Project
from otasite.preview.authority import Authority, is_private
from otasite.preview.terminal_qr import qr_lines
from otasite.preview.welcome import certificate_profile
from otasite.problems import Refused
from otasite.user_folders import config_folder
from tests.preview.projects import PATIENCE, Running, add_own_binary
from tests.web.visit import Visit

LAN = "127.0.0.2"
NAMES = [LAN, "studio.local"]
Tool = Callable[[str, str], str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def lan(start: Callable[..., Running], config: Path) -> Running:
    return start(lan=True, https=True, host=LAN, environment={"OTASITE_CONFIG_DIR": str(config)})


@pytest.fixture
def authority(config: Path, tmp_path: Path) -> Authority:
    made = Authority(config, "otasite preview (test)")
    assert made.ensure(outside=tmp_path / "project")
    return made


def run(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout + done.stderr


# --- the authority --------------------------------------------------------------------------------------------


def test_the_key_is_for_its_owner_only(authority: Authority, config: Path) -> None:
    authority.server_file([LAN])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in config.iterdir()}
    assert modes["authority-key.pem"] == modes["server.pem"] == 0o600
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    (config / "authority-key.pem").chmod(0o644)
    assert not authority.ensure(outside=config / "project"), "it is used again"
    assert stat.S_IMODE((config / "authority-key.pem").stat().st_mode) == 0o600


def test_it_is_never_made_inside_a_project(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="inside the project"):
        Authority(tmp_path / "site" / "config", "x").ensure(outside=tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_server_certificates_follow_apples_rules(authority: Authority) -> None:
    file = authority.server_file([LAN, "studio.local", "localhost"])
    certificate = x509.load_pem_x509_certificates(file.read_bytes())[0]
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= dt.timedelta(days=825)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["studio.local", "localhost"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == [LAN]
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]
    assert certificate.signature_hash_algorithm is not None
    assert certificate.signature_hash_algorithm.name == "sha256"


def test_a_server_certificate_is_kept_while_it_fits(authority: Authority) -> None:
    file = authority.server_file([LAN, "localhost"])
    first = file.read_bytes()
    assert authority.server_file(["localhost", LAN]).read_bytes() == first
    assert authority.server_file([LAN, "localhost", "studio.local"]).read_bytes() != first
    file.write_bytes(b"damaged")
    assert b"BEGIN CERTIFICATE" in authority.server_file([LAN]).read_bytes()


def test_openssl_accepts_private_names_and_refuses_all_others(
    authority: Authority, config: Path, tmp_path: Path, tool: Tool
) -> None:
    openssl = tool("openssl", "openssl")
    root = str(authority.certificate_file)
    good = authority.server_file([LAN, "192.168.1.20", "fd00::1", "studio.local", "localhost"])
    assert run(openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, str(good)).endswith(
        "OK\n"
    )
    alone = authority.server_file([LAN])
    assert run(openssl, "verify", "-purpose", "sslserver", "-CAfile", root, str(alone)).endswith("OK\n")
    for name in ("example.com", "local.example.com", "8.8.8.8", "2606:4700::1"):
        with pytest.raises(Refused, match="not a private address"):
            authority.server_file([name])
        stolen = tmp_path / "stolen.pem"
        stolen.write_bytes(authority._issue([name]))  # what a thief of the key would do
        verdict = run(openssl, "verify", "-CAfile", root, str(stolen))
        assert "permitted subtree violation" in verdict, name
    text = run(openssl, "x509", "-in", root, "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in text
    assert "X509v3 Name Constraints: critical" in text


@pytest.mark.parametrize(
    ("purpose", "oid"),
    [("smimesign", "1.3.6.1.5.5.7.3.4"), ("sslclient", "1.3.6.1.5.5.7.3.2")],
)
def test_it_vouches_for_servers_only(
    authority: Authority, tmp_path: Path, tool: Tool, purpose: str, oid: str
) -> None:
    """What a thief of the key could sign for another purpose, openssl refuses; without the purpose it is accepted."""
    openssl = tool("openssl", "openssl")
    stolen, unlimited = tmp_path / "stolen.pem", Authority(tmp_path / "unlimited", "x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x509.oid.ExtendedKeyUsageOID, "SERVER_AUTH", x509.ObjectIdentifier(oid))
        stolen.write_bytes(authority._issue(NAMES))
        unlimited.ensure(outside=tmp_path / "project")
        twin = tmp_path / "twin.pem"
        twin.write_bytes(unlimited._issue(NAMES))
    for root, file, accepted in (
        (authority.certificate_file, stolen, False),
        (unlimited.certificate_file, twin, True),
    ):
        verdict = run(openssl, "verify", "-purpose", purpose, "-CAfile", str(root), str(file))
        assert verdict.endswith("OK\n") is accepted, verdict


def test_it_vouches_for_no_mail_address(authority: Authority, tmp_path: Path, tool: Tool) -> None:
    openssl = tool("openssl", "openssl")
    stolen = tmp_path / "stolen.pem"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("otasite.preview.authority._general_name", x509.RFC822Name)
        stolen.write_bytes(authority._issue(["someone@example.com"]))
    verdict = run(openssl, "verify", "-CAfile", str(authority.certificate_file), str(stolen))
    assert "permitted subtree violation" in verdict


def test_an_authority_without_a_purpose_is_made_anew(authority: Authority, config: Path) -> None:
    assert not authority.ensure(outside=config / "project")
    authority.certificate_file.write_bytes(_without_purpose(authority))
    assert authority.ensure(outside=config / "project")
    assert not authority.ensure(outside=config / "project")


def _without_purpose(authority: Authority) -> bytes:
    """A certificate like the one that 0.1.0 made of the same key."""
    key, name = authority._key(), x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "old")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=400))
    signed = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, SHA256())
    return signed.public_bytes(Encoding.PEM)


def test_it_can_be_forgotten(authority: Authority, config: Path) -> None:
    authority.server_file([LAN])
    before = authority.der()
    assert authority.forget()
    assert list(config.iterdir()) == []
    assert not authority.forget()
    assert authority.ensure(outside=config / "project")
    assert authority.der() != before


def test_a_damaged_authority_is_made_anew(authority: Authority, config: Path) -> None:
    (config / "authority.pem").write_text("nonsense")
    assert authority.ensure(outside=config / "project")
    assert b"BEGIN" in authority.server_file([LAN]).read_bytes()


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("192.168.1.5", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("::1", True),
        ("fd12::1", True),
        ("studio.local", True),
        ("localhost", True),
        ("local.example.com", False),
        ("notlocal", False),
        ("1.1.1.1", False),
    ],
)
def test_what_counts_as_private(host: str, private: bool) -> None:
    assert is_private(host) == private


def test_the_folder_follows_each_systems_custom() -> None:
    home = {"HOME": "/u"}
    assert config_folder(home, "linux") == Path("/u/.config/otasite")
    assert config_folder({**home, "XDG_CONFIG_HOME": "/x"}, "linux") == Path("/x/otasite")
    assert config_folder({**home, "XDG_CONFIG_HOME": "relative"}, "linux") == Path("/u/.config/otasite")
    assert config_folder(home, "darwin") == Path("/u/Library/Application Support/otasite")
    assert config_folder({**home, "APPDATA": "/a"}, "win32") == Path("/a/otasite")
    assert config_folder({**home, "OTASITE_CONFIG_DIR": "/c"}, "darwin") == Path("/c")


# --- the way of a phone ---------------------------------------------------------------------------------------


def curl(tool: Tool, config: Path, url: str, *more: str) -> str:
    return run(tool("curl", "curl"), "-sS", "--cacert", str(config / "authority.pem"), *more, url)


def test_manifests_name_this_server_and_the_binary_can_be_fetched(
    project: Project, start: Callable[..., Running], config: Path, tmp_path: Path, tool: Tool
) -> None:
    data = add_own_binary(project)
    lan = start(lan=True, https=True, host=LAN, environment={"OTASITE_CONFIG_DIR": str(config)})
    assert lan.codes() == []
    page = curl(tool, config, f"{lan.preview.site_url}ferry/")
    link = page.partition("itms-services://?action=download-manifest&amp;url=")[2].partition('"')[0]
    manifest = unquote(link)
    assert manifest == f"https://{LAN}:{lan.preview.port}/repo/ferry/1.10-0123/manifest.plist"
    (item,) = plistlib.loads(curl(tool, config, manifest).encode())["items"]
    urls = {asset["kind"]: asset["url"] for asset in item["assets"]}
    head = curl(tool, config, urls["software-package"], "-I").lower()
    assert "200 ok" in head
    assert f"content-length: {len(data)}" in head
    assert "content-type: application/octet-stream" in head
    assert "accept-ranges: bytes" in head
    out = tmp_path / "download"
    curl(tool, config, urls["software-package"], "-o", str(out))
    assert out.read_bytes() == data
    curl(tool, config, urls["software-package"], "-r", "200000-200999", "-o", str(out))
    assert out.read_bytes() == data[200000:201000]
    assert "200 ok" in curl(tool, config, urls["display-image"], "-I").lower()


def test_nobody_trusts_it_without_the_certificate(lan: Running, tool: Tool) -> None:
    assert "SSL certificate problem" in run(tool("curl", "curl"), "-sS", lan.preview.site_url)


def test_the_handshake_is_modern(lan: Running, config: Path, tool: Tool) -> None:
    openssl = tool("openssl", "openssl")
    target = ("-connect", f"{LAN}:{lan.preview.port}", "-CAfile", str(config / "authority.pem"))
    answer = run(openssl, "s_client", *target, "-verify_ip", LAN, "-verify_return_error")
    assert "Verification: OK" in answer
    assert "TLSv1.3" in answer
    old = run(openssl, "s_client", *target, "-tls1_1")
    assert "Cipher is (NONE)" in old or "no protocols available" in old


def test_the_first_page_needs_no_trust_and_brings_the_profile(lan: Running, config: Path, tool: Tool) -> None:
    welcome = lan.preview.welcome_url
    assert welcome.startswith(f"http://{LAN}:")
    page = run(tool("curl", "curl"), "-sS", "-i", welcome)
    assert f'data-trust="{lan.preview.site_url}_otasite/trust"' in page
    assert "Certificate Trust Settings" in page
    assert "VPN &amp; Device Management" in page
    assert f"connect-src https://{LAN}:{lan.preview.port};" in page
    assert "script-src 'self'" in page
    reply = run(tool("curl", "curl"), "-sS", "-i", f"{welcome}otasite-preview.mobileconfig")
    assert "application/x-apple-aspen-config" in reply
    profile = plistlib.loads(reply.partition("\n\n")[2].encode())
    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    certificate = x509.load_der_x509_certificate(payload["PayloadContent"])
    assert certificate == x509.load_pem_x509_certificate((config / "authority.pem").read_bytes())
    assert "PRIVATE" not in reply
    lost = run(tool("curl", "curl"), "-sS", "-i", f"{welcome}somewhere")
    assert "302" in lost.splitlines()[0]


def test_a_profile_replaces_itself(authority: Authority) -> None:
    der = authority.der()
    assert certificate_profile(der, "x") == certificate_profile(der, "x")
    first = plistlib.loads(certificate_profile(der, "x"))
    assert first["PayloadUUID"] != first["PayloadContent"][0]["PayloadUUID"]


def test_a_phone_sees_the_site_as_it_is(lan: Running, config: Path, tool: Tool) -> None:
    site = lan.preview.site_url
    page = curl(tool, config, f"{site}ferry/")
    assert "preview.js" in page
    assert "bar.js" not in page
    assert '"bar":null' in curl(tool, config, f"{site}_otasite/status?bar=1&path=/repo/ferry/")
    refused = curl(tool, config, f"{site}_otasite/options", "-X", "POST", "-d", "{}", "-H", f"Origin: {site[:-6]}")
    assert "Only a page of this preview" in refused
    assert "bar.js" in lan.get("ferry/").text, "people at this machine have the bar, over http"


def test_other_names_are_refused_here_too(lan: Running, config: Path, tool: Tool) -> None:
    answer = curl(tool, config, lan.preview.site_url, "-i", "-H", "Host: rebound.example")
    assert " 421 " in answer.splitlines()[0]


def test_https_on_this_machine_only(start: Callable[..., Running], config: Path, tool: Tool) -> None:
    here = start(https=True, environment={"OTASITE_CONFIG_DIR": str(config)})
    assert here.preview.url == f"https://127.0.0.1:{here.preview.port}/repo/"
    assert here.preview.welcome_url == ""
    assert "Ferry" in curl(tool, config, f"{here.preview.url}ferry/")
    assert "Ferry" in curl(tool, config, f"https://localhost:{here.preview.port}/repo/ferry/")


def test_without_lan_only_loopback_is_bound(live: Running) -> None:
    bound = [sock.getsockname()[0] for sock in (*live.preview.listeners.plain, *live.preview.listeners.secure)]
    assert bound == ["127.0.0.1"]


def test_the_qr_code_in_the_terminal_can_be_read() -> None:
    import zxingcpp
    from PIL import Image

    lines = [
        line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m") for line in qr_lines("http://192.168.1.20:8000/")
    ]
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            for half, dark in enumerate((character in "█▀", character in "█▄")):
                image.putpixel((x, 2 * y + half), 0 if dark else 255)
    scaled = image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)
    assert [code.text for code in zxingcpp.read_barcodes(scaled)] == ["http://192.168.1.20:8000/"]


@pytest.mark.browser
def test_the_first_page_waits_for_trust_and_goes_on(lan: Running, visit: Callable[..., Visit]) -> None:
    seen = visit(lan.preview.welcome_url)
    page = seen.page
    page.set_default_timeout(PATIENCE * 1000)
    page.wait_for_event("requestfailed", lambda request: request.url.endswith("/_otasite/trust"))
    assert page.url == lan.preview.welcome_url, "not trusted yet"
    assert seen.sideways_scroll() <= 0
    session = page.context.new_cdp_session(page)
    session.send("Security.setIgnoreCertificateErrors", {"ignore": True})  # as after the second switch in Settings
    page.wait_for_url(lan.preview.site_url)
    page.get_by_role("heading", name="Harbour Apps").wait_for()


@pytest.mark.browser
def test_the_first_page_is_accessible(lan: Running, visit: Callable[..., Visit], axe_source: str) -> None:
    for dark in (False, True):
        assert visit(lan.preview.welcome_url, dark=dark).violations(axe_source) == []


def test_the_context_of_python_agrees(lan: Running, config: Path) -> None:
    import urllib.request

    context = ssl.create_default_context(cafile=str(config / "authority.pem"))
    with urllib.request.urlopen(lan.preview.site_url, context=context, timeout=PATIENCE) as reply:
        assert b"Harbour Apps" in reply.read()
