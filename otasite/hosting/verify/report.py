"""What ``verify`` found: rows of check, subject and result, and for everything amiss what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

Result = Literal["ok", "warn", "fail"]
_ORDER: dict[Result, int] = {"fail": 0, "warn": 1, "ok": 2}
#: Letters of an address and of what was found that a row keeps: servers may send millions.
_LONGEST_SUBJECT, _LONGEST_FOUND = 2000, 500


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one thing. ``check`` is a permanent name; ``subject`` an address; ``fix`` is empty when ok."""

    check: str
    subject: str
    result: Result
    found: str
    fix: str = ""


def passed(check: str, subject: str, found: str = "") -> Row:
    """A check that found nothing amiss."""
    return _row(check, subject, "ok", found)


def warned(check: str, subject: str, found: str) -> Row:
    """Something that may hurt some people, or soon."""
    return _row(check, subject, "warn", found, FIXES[check])


def failed(check: str, subject: str, found: str) -> Row:
    """Something that keeps people from installing."""
    return _row(check, subject, "fail", found, FIXES[check])


def _row(check: str, subject: str, result: Result, found: str, fix: str = "") -> Row:
    subject, found = _cut(subject, _LONGEST_SUBJECT), _cut(found, _LONGEST_FOUND)
    return Row(check=check, subject=subject, result=result, found=found, fix=fix)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def without_query(address: str) -> str:
    """An address for people: without the hundreds of letters of a signature, which would let others in, too."""
    path, mark, _ = address.partition("?")
    return path + ("?…" if mark else "")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, sorted: failures, then warnings, then what is well. Counts are of things, not of requests."""

    url: str
    rows: tuple[Row, ...]
    pages: int = 0
    manifests: int = 0
    binaries: int = 0

    @property
    def failures(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.result == "fail")

    @property
    def warnings(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.result == "warn")

    def exit_code(self, *, strict: bool = False) -> int:
        """1 if something failed (``strict``: or was warned of), else 0."""
        return 1 if self.failures or (strict and self.warnings) else 0

    def to_json(self) -> bytes:
        """The report for machines: ``url``, counts, ``result`` and all rows."""
        verdict: Result = "fail" if self.failures else "warn" if self.warnings else "ok"
        return msgspec.json.format(
            msgspec.json.encode({"schema": 1, "result": verdict, **msgspec.structs.asdict(self)}), indent=2
        )


def report(url: str, rows: Iterable[Row], **counts: int) -> Report:
    """A report with each row once, in its order."""
    unique = sorted(set(rows), key=lambda row: (_ORDER[row.result], row.check, row.subject, row.found))
    return Report(url=url, rows=tuple(unique), **counts)


_RULES = "Serve the files with the headers of otasite's table: see docs/hosting.md for your host."
_DEPLOY_AGAIN = "Deploy the newest build again and purge the CDN's copies of the changed pages and manifests."
_VERSIONED = (
    "Never replace or alter an IPA in place: build again so that it gets a new address, and deploy all of it."
)

#: What to do when a check finds something. The names of checks are permanent: CI rules may name them.
FIXES: dict[str, str] = {
    # --- the connection
    "https": "Use https: iOS installs from https addresses only.",
    "connect": "Make sure the host name exists and the server answers from outside your network.",
    "tls-chain": (
        "Use a certificate of a public authority and send its intermediate certificates too; a private authority "
        "must be installed on every device and switched on in Certificate Trust Settings (then give verify --ca)."
    ),
    "tls-name": "Get a certificate whose subject alternative names contain this host.",
    "tls-expired": "Renew the certificate, and see to it that renewal is automatic.",
    "tls-expiring": "Renew the certificate now.",
    "tls-protocol": "Switch TLS 1.2 or newer on.",
    "tls-key": "Get a certificate with an RSA key of 2048 bits or more, or an elliptic curve key, signed with SHA-2.",
    "redirect": "Let the address in the manifest be the one that answers: base_url, or the url of the binary.",
    "redirect-http": "Redirect to https only: iOS refuses every step over plain http.",
    "redirect-loop": "Remove the circle of redirects.",
    # --- pages
    "page-status": "Deploy the page, or remove the link to it.",
    "page-type": "Serve pages as text/html.",
    "page-login": "Let the pages be read without logging in, or accept that only people who can log in see them.",
    "page-cache": _RULES,
    "page-file": "Deploy the missing file: the page is there, so only part of the build was uploaded.",
    "page-install-link": "Build the page with otasite, or add a plain link to itms-services://… to it.",
    "page-release": _DEPLOY_AGAIN,
    "missing-page": "Answer 404 for what does not exist: with a fallback page iOS gets HTML for a manifest.",
    "catalogue": f"{_DEPLOY_AGAIN} {_RULES}",
    "catalogue-app": "Give the app's id; of an unlisted app, give the address of its page as URL.",
    "page-limit": "Verify single apps with --app.",
    "time-limit": "Find out why the server is slow; verify single apps with --app, or allow more time: --minutes.",
    # --- the install link
    "link-malformed": (
        "Percent-encode the manifest's address completely and once: iOS drops a parameter that contains a raw "
        "“=”, “&” or “;”."
    ),
    "link-double-encoded": "Percent-encode the manifest's address once, not twice.",
    "link-relative": "Put the manifest's absolute https address into the link.",
    "link-target": "Remove target=…: the link must open in the page's own tab.",
    # --- the manifest
    "manifest-status": "Deploy the manifest; it must be readable without cookies or password.",
    "manifest-login": (
        "Let the manifest be fetched without logging in: iOS sends no cookies. Use unguessable paths to protect it."
    ),
    "manifest-fallback": "Exclude .plist from the single-page fallback, and deploy the manifest.",
    "manifest-plist": "Build the manifest again; nothing on the way may alter it.",
    "manifest-keys": "Build the manifest again with otasite.",
    "manifest-url": "Set base_url to the site's absolute https address and build again.",
    "manifest-hashes": "Build the manifest again with otasite.",
    "manifest-type": _RULES,
    "manifest-cache": _RULES,
    "manifest-stale": _DEPLOY_AGAIN,
    # --- the app
    "binary-status": "Deploy the file; it must be readable without cookies, password or an expired signature.",
    "binary-signature": "Run `otasite deploy` again (or build with --presign and upload): that signs for seven days.",
    "binary-login": "Let the file be fetched without logging in: iOS sends no cookies.",
    "binary-type": _RULES,
    "binary-encoding": "Switch compression off for .ipa and .apk: phones compare hashes with the plain bytes.",
    "binary-head": "Let the server answer HEAD: iOS asks that before it downloads.",
    "binary-length": "Let the server send Content-Length: iOS needs it for progress and to notice a cut.",
    "binary-range": "Let the server answer range requests: iOS resumes interrupted downloads with them.",
    "binary-size": _VERSIONED,
    "binary-hash": _VERSIONED,
    "binary-truncated": "Upload the file again completely.",
    "binary-unreadable": "Upload the file again; if that does not help, export it again.",
    "binary-unchecked": "Give verify --full to download the whole file.",
    "binary-cache": _RULES,
    "bundle-identifier": (
        "Take the identifier from the IPA (`otasite add` does): on a mismatch iOS downloads everything and then "
        "removes the app."
    ),
    "bundle-version": "Record the IPA again with `otasite add`, so that page, manifest and app agree.",
    "profile-expired": "Build the app again with a renewed provisioning profile.",
    "profile-expiring": "Renew the provisioning profile and publish a new build before that day.",
    "not-installable": "Export the app for ad hoc, enterprise or development distribution.",
    # --- pictures
    "image-status": "Deploy the picture that the manifest names.",
    "image-png": "Make it an ordinary PNG: iOS shows nothing else.",
    "image-size": "Make it exactly that large: 57 × 57 for display-image, 512 × 512 for full-size-image.",
    # --- the local build
    "stale-copy": _DEPLOY_AGAIN,
}
