"""Addresses: the base URL's precedence and form, and links that survive the way iOS takes them apart."""

from __future__ import annotations

import html
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otasite.catalogue.records import HttpsUrl
from otasite.problems import ProblemsFound
from otasite.site.urls import choose_base_url, install_link, normal_url, root_of


def as_ios_reads(link: str) -> str | None:
    """The manifest's address as iOS finds it in a link, or ``None`` if it would do nothing.

    ``;`` counts as ``&``; the query is split on ``&``, each part on ``=``, and a part is kept only if that gives
    exactly two pieces; values are decoded once and ``+`` stays ``+``.
    """
    scheme, _, rest = link.partition("://")
    if scheme != "itms-services" or not rest.startswith("?"):
        return None
    pieces = [part.split("=") for part in rest[1:].replace(";", "&").split("&")]
    values = {unquote(pair[0]): unquote(pair[1]) for pair in pieces if len(pair) == 2}
    return values.get("url") if values.get("action") == "download-manifest" else None


NASTY = ["a b", "a&b", "a=b", "a%20b", "a+b", "a;b", "a#b", 'a"b', "a'b", "ä🚀", "a?b=c&d=e", "a\\b", "%", "<x>"]


@pytest.mark.parametrize("text", NASTY)
def test_the_oracle_gets_back_exactly_the_address_that_went_in(text: str) -> None:
    url = f"https://apps.example.com/{text}/manifest.plist"
    assert as_ios_reads(install_link(url)) == url


@pytest.mark.slow
@given(st.text(min_size=1))
def test_any_text_survives_the_link(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert as_ios_reads(install_link(f"https://h/{text}")) == f"https://h/{text}"


@pytest.mark.parametrize("raw", ["https://h/a?x=1&y=2", "https://h/a;b", "https://h/a?token=abc=="])
def test_the_oracle_itself_finds_links_that_do_nothing(raw: str) -> None:
    assert as_ios_reads(f"itms-services://?action=download-manifest&url={raw}") != raw


def test_the_link_is_escaped_once_in_html() -> None:
    link = install_link("https://h/a&b")
    assert html.unescape(html.escape(link)) == link
    assert html.escape(link).count("&amp;") == 1


@pytest.mark.parametrize(
    ("flag", "environment", "configured", "url", "origin"),
    [
        ("https://a", {"OTASITE_BASE_URL": "https://b"}, "https://d", "https://a/", "--base-url"),
        (None, {"OTASITE_BASE_URL": "https://b/x"}, "https://d", "https://b/x/", "OTASITE_BASE_URL"),
        (None, {"NETLIFY": "true", "CONTEXT": "production", "URL": "https://c", "DEPLOY_PRIME_URL": "https://p"},
         "https://d", "https://c/", "Netlify's URL"),
        (None, {"NETLIFY": "true", "CONTEXT": "deploy-preview", "URL": "https://c", "DEPLOY_PRIME_URL": "https://p"},
         "https://d", "https://p/", "Netlify's DEPLOY_PRIME_URL"),
        (None, {"URL": "https://c", "CONTEXT": "production"}, "https://d/e/f", "https://d/e/f/", "site.yaml"),
    ],
)  # fmt: skip
def test_who_says_the_base_url(
    flag: str | None, environment: dict[str, str], configured: str, url: str, origin: str
) -> None:
    base = choose_base_url(flag, environment, configured)
    assert (base.url, base.origin) == (url, origin)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://Bücher.example/a", "https://xn--bcher-kva.example/a/"),
        ("https://h.example:8443/", "https://h.example:8443/"),
        ("https://h/ä b/", "https://h/%C3%A4%20b/"),
        ("https://h/a%20b", "https://h/a%20b/"),
        ("https://H.EXAMPLE//x//", "https://h.example/x/"),
        ("https://[::1]/x", "https://[::1]/x/"),
    ],
)
def test_a_base_url_is_brought_into_one_form(written: str, normal: str) -> None:
    assert choose_base_url(written, {}, "").url == normal


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("http://h/", "is not https"),
        ("h.example", "is not https"),
        ("https:///x", "has no host"),
        ("https://h/?a=b", "query"),
        ("https://h/#x", "fragment"),
        ("https://me:pw@h/", "password"),
        ("https://a_b..c/", "does not exist"),
        ("https://h:99999/", "is not an address"),
        ("https://h/" + "a" * 2_000 + "/", "has 2,011 characters"),
    ],
)
def test_a_wrong_base_url_is_refused(written: str, part: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        choose_base_url(written, {}, "")
    (problem,) = caught.value.problems
    assert problem.code == "bad-base-url"
    assert part in problem.message
    assert "--base-url" in problem.message


def test_no_base_url_at_all() -> None:
    with pytest.raises(ProblemsFound, match="absolute https"):
        choose_base_url(None, {}, "")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://h/My App.ipa", "https://h/My%20App.ipa"),
        ("https://h/a%20b.ipa?x=1&y=%2F", "https://h/a%20b.ipa?x=1&y=%2F"),
        ("https://bücher.example/ü.ipa", "https://xn--bcher-kva.example/%C3%BC.ipa"),
    ],
)
def test_addresses_of_others_are_encoded_but_not_twice(written: str, normal: str) -> None:
    assert normal_url(written) == normal


@pytest.mark.parametrize(("path", "root"), [("", ""), ("a/", "../"), ("de/a/1.0-1/", "../../../")])
def test_the_way_to_the_root(path: str, root: str) -> None:
    assert root_of(path) == root
    base = "https://h/x/"
    joined = urlsplit(f"{base}{path}{root}")
    assert joined.path.count("..") == path.count("/")


@pytest.mark.parametrize("host", ["[::1", "a]", "files.example.com：8443", "a.example＃b", "℀.example", "a b"])
def test_what_is_no_host_is_refused_in_content(host: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(f"https://{host}/a.ipa", HttpsUrl)


@given(st.text())
def test_an_address_that_content_may_have_can_be_written(rest: str) -> None:
    url = f"https://{rest}"
    try:
        msgspec.convert(url, HttpsUrl)
    except msgspec.ValidationError:
        return
    assert normal_url(url).isascii()
