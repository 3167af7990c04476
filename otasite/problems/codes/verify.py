"""What ``verify`` finds on a live site; a check is named by its code also when it found nothing amiss."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

_RULES = "Serve the files with the headers of otasite's table: `otasite hosting config` prints it for your host."
_DEPLOY_AGAIN = "Deploy the newest build again and purge the CDN's copies of the changed pages and manifests."
_VERSIONED = (
    "Never replace or alter an IPA in place: build again so that it gets a new address, and deploy all of it."
)

CODES: Final[tuple[Code, ...]] = (
    Code(
        "https",
        "An address is not https.",
        "Use https: iOS installs from https addresses only.",
    ),
    Code(
        "connect",
        "The server cannot be reached.",
        "Make sure the host name exists and the server answers from outside your network.",
    ),
    Code(
        "tls-chain",
        "The certificate leads to no authority that phones trust.",
        "Use a certificate of a public authority and send its intermediate certificates too; a private authority "
        "must be installed on every device and switched on in Certificate Trust Settings (then give verify --ca).",
    ),
    Code(
        "tls-name",
        "The certificate is not for this host.",
        "Get a certificate whose subject alternative names contain this host.",
    ),
    Code(
        "tls-expired",
        "The certificate has expired.",
        "Renew the certificate, and see to it that renewal is automatic.",
    ),
    Code(
        "tls-expiring",
        "The certificate expires soon.",
        "Renew the certificate now.",
        "warning",
    ),
    Code(
        "tls-protocol",
        "The server speaks no version of TLS that iOS takes.",
        "Switch TLS 1.2 or newer on.",
    ),
    Code(
        "tls-key",
        "The certificate's key or signature is weaker than iOS takes.",
        "Get a certificate with an RSA key of 2048 bits or more, or an elliptic curve key, signed with SHA-2.",
        "either",
    ),
    Code(
        "redirect",
        "An address leads to another one.",
        "Let the address in the manifest be the one that answers: base_url, or the url of the binary.",
        "warning",
    ),
    Code(
        "redirect-http",
        "A redirect leads over plain http.",
        "Redirect to https only: iOS refuses every step over plain http.",
    ),
    Code(
        "redirect-loop",
        "An address redirects without end.",
        "Remove the circle of redirects.",
    ),
    Code(
        "page-status",
        "A page does not answer as it should.",
        "Deploy the page, or remove the link to it.",
    ),
    Code(
        "page-type",
        "A page is not served as HTML.",
        "Serve pages as text/html.",
    ),
    Code(
        "page-login",
        "A page asks for a login.",
        "Let the pages be read without logging in, or accept that only people who can log in see them.",
    ),
    Code(
        "page-cache",
        "A page may be served old from a cache.",
        _RULES,
        "either",
    ),
    Code(
        "page-file",
        "A file that a page needs does not answer.",
        "Deploy the missing file: the page is there, so only part of the build was uploaded.",
    ),
    Code(
        "page-install-link",
        "An install page has no install link.",
        "Build the page with otasite, or add a plain link to itms-services://… to it.",
    ),
    Code(
        "page-release",
        "A page does not show the newest release.",
        _DEPLOY_AGAIN,
    ),
    Code(
        "missing-page",
        "The server answers as if a page existed that does not.",
        "Answer 404 for what does not exist: with a fallback page iOS gets HTML for a manifest.",
        "warning",
    ),
    Code(
        "catalogue",
        "The file catalogue.json does not answer as it should.",
        f"{_DEPLOY_AGAIN} {_RULES}",
        "either",
    ),
    Code(
        "catalogue-app",
        "The site has no app of this name.",
        "Give the app's id; of an unlisted app, give the address of its page as URL.",
        "warning",
    ),
    Code(
        "page-limit",
        "The site has more pages than were read.",
        "Verify single apps with --app.",
        "warning",
    ),
    Code(
        "time-limit",
        "The site could not be read in the time allowed.",
        "Find out why the server is slow; verify single apps with --app, or allow more time: --minutes.",
        since="0.2.0",
    ),
    Code(
        "link-malformed",
        "An install link is not one that iOS understands.",
        "Percent-encode the manifest's address completely and once: iOS drops a parameter that contains a raw “=”, "
        "“&” or “;”.",
    ),
    Code(
        "link-double-encoded",
        "The manifest's address in an install link is encoded twice.",
        "Percent-encode the manifest's address once, not twice.",
    ),
    Code(
        "link-relative",
        "The manifest's address in an install link is not absolute.",
        "Put the manifest's absolute https address into the link.",
    ),
    Code(
        "link-target",
        "An install link opens in a new tab.",
        "Remove target=…: the link must open in the page's own tab.",
        "warning",
    ),
    Code(
        "manifest-status",
        "A manifest does not answer as it should.",
        "Deploy the manifest; it must be readable without cookies or password.",
        "either",
    ),
    Code(
        "manifest-login",
        "A manifest asks for a login.",
        "Let the manifest be fetched without logging in: iOS sends no cookies. Use unguessable paths to protect it.",
    ),
    Code(
        "manifest-fallback",
        "A page is served instead of a manifest.",
        "Exclude .plist from the single-page fallback, and deploy the manifest.",
    ),
    Code(
        "manifest-plist",
        "A manifest is no property list.",
        "Build the manifest again; nothing on the way may alter it.",
    ),
    Code(
        "manifest-keys",
        "A manifest lacks something that iOS needs.",
        "Build the manifest again with otasite.",
        "either",
    ),
    Code(
        "manifest-url",
        "A manifest names an address that is not absolute.",
        "Set base_url to the site's absolute https address and build again.",
    ),
    Code(
        "manifest-hashes",
        "The hashes in a manifest do not fit each other.",
        "Build the manifest again with otasite.",
        "either",
    ),
    Code(
        "manifest-type",
        "A manifest is not served with the type that iOS expects.",
        _RULES,
        "warning",
    ),
    Code(
        "manifest-cache",
        "A manifest may be served old from a cache.",
        _RULES,
        "either",
    ),
    Code(
        "manifest-stale",
        "A manifest is not of the newest release.",
        _DEPLOY_AGAIN,
    ),
    Code(
        "binary-status",
        "A binary does not answer as it should.",
        "Deploy the file; it must be readable without cookies, password or an expired signature.",
    ),
    Code(
        "binary-signature",
        "The signed address of a binary has expired or will soon.",
        "Run `otasite deploy` again (or build with --presign and upload): that signs for seven days.",
        "either",
    ),
    Code(
        "binary-login",
        "A binary asks for a login.",
        "Let the file be fetched without logging in: iOS sends no cookies.",
    ),
    Code(
        "binary-type",
        "A binary is served with a type that phones may take for something else.",
        _RULES,
        "either",
    ),
    Code(
        "binary-encoding",
        "A binary is served compressed.",
        "Switch compression off for .ipa and .apk: phones compare hashes with the plain bytes.",
    ),
    Code(
        "binary-head",
        "The server does not answer HEAD for a binary.",
        "Let the server answer HEAD: iOS asks that before it downloads.",
        "warning",
    ),
    Code(
        "binary-length",
        "The server does not say how long a binary is.",
        "Let the server send Content-Length: iOS needs it for progress and to notice a cut.",
    ),
    Code(
        "binary-range",
        "The server does not answer requests for parts of a binary.",
        "Let the server answer range requests: iOS resumes interrupted downloads with them.",
        "warning",
    ),
    Code(
        "binary-size",
        "A binary has another size than the manifest or the page says.",
        _VERSIONED,
    ),
    Code(
        "binary-hash",
        "A binary has other hashes than the manifest or the page says.",
        _VERSIONED,
    ),
    Code(
        "binary-unchecked",
        "A binary could not be checked without downloading all of it.",
        "Give verify --full to download the whole file.",
        "warning",
    ),
    Code(
        "binary-cache",
        "A binary is served with the wrong cache rules.",
        _RULES,
        "either",
    ),
    Code(
        "bundle-identifier",
        "The app inside has another bundle identifier than the manifest says.",
        "Take the identifier from the IPA (`otasite add` does): on a mismatch iOS downloads everything and "
        "then removes the app.",
    ),
    Code(
        "bundle-version",
        "The app inside has another version than the manifest says.",
        "Record the IPA again with `otasite add`, so that page, manifest and app agree.",
        "warning",
    ),
    Code(
        "profile-expired",
        "The provisioning profile in the app has expired.",
        "Build the app again with a renewed provisioning profile.",
    ),
    Code(
        "profile-expiring",
        "The provisioning profile in the app expires soon.",
        "Renew the provisioning profile and publish a new build before that day.",
        "warning",
    ),
    Code(
        "not-installable",
        "The app inside cannot be installed from a page.",
        "Export the app for ad hoc, enterprise or development distribution.",
    ),
    Code(
        "image-status",
        "A picture that a manifest names does not answer.",
        "Deploy the picture that the manifest names.",
    ),
    Code(
        "image-png",
        "A picture that a manifest names is no PNG.",
        "Make it an ordinary PNG: iOS shows nothing else.",
    ),
    Code(
        "image-size",
        "A picture that a manifest names has the wrong size.",
        "Make it exactly that large: 57 × 57 for display-image, 512 × 512 for full-size-image.",
        "warning",
    ),
    Code(
        "stale-copy",
        "A server or cache still has files of an earlier build.",
        _DEPLOY_AGAIN,
    ),
)
