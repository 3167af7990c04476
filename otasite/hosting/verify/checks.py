"""The names of all checks and what to do when one finds something. Names are permanent: CI rules may name them."""

from __future__ import annotations

_RULES = "Serve the files with the headers of otasite's table: see docs/hosting.md for your host."
_DEPLOY_AGAIN = "Deploy the newest build again and purge the CDN's copies of the changed pages and manifests."
_VERSIONED = (
    "Never replace or alter an IPA in place: build again so that it gets a new address, and deploy all of it."
)

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
    "page-limit": "Verify single apps with --app, or allow more pages.",
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
