"""What can be wrong with the site as a whole."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "bad-base-url",
        "The address of the site is none that iOS installs from.",
        "Write https://host/ or https://host/path/, without query, fragment or password.",
    ),
    Code(
        "bad-address",
        "An address in a text is none that a page may link to.",
        "Write an https address, one of the site (“/name/”) or the name of a file beside the text, with “/” only.",
        "warning",
        since="0.2.0",
    ),
    Code("bad-image", "A picture cannot be used.", "Export it again as PNG."),
    Code(
        "broken-link",
        "A text links to a page, file or part that the site does not have. The words stay, without a link.",
        "Correct the address: it counts from the folder of the file, or with a leading “/” from the site's root.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "component",
        "A text calls a component that there is not, or with arguments that it does not take.",
        "Correct the call as the hint says; what is no call stands in a code span.",
        since="0.2.0",
    ),
    Code(
        "component-target",
        "A component in a text names an app, channel or release that the site does not show. It is left out.",
        "Correct the name: apps are called as in addresses, and only those that everybody can see.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "expires-soon",
        "The newest build of an app stops working within the next weeks.",
        "Renew its profile and publish a new build before that day.",
        "warning",
    ),
    Code(
        "fdroid-key",
        "There is no key to sign the F-Droid repository with, or it is another one than clients trust.",
        "Set OTASITE_FDROID_KEY to the text or the path of the key that the repository began with.",
        since="0.2.0",
    ),
    Code(
        "listed-binaries",
        "An app is unlisted, but everybody can list the files of the place where its binaries are.",
        "Give this app another “binaries: base_url:”, such as a bucket that does not list its content.",
        "warning",
    ),
    Code(
        "long-markdown",
        "A text would take very long to convert, or its lists and quotes stand in each other too deep.",
        "Shorten it, or close what stands open; no text that people write comes near the bounds.",
        since="0.2.0",
    ),
    Code(
        "missing-base-url",
        "Nothing says at which address the site will be: iOS needs absolute https addresses.",
        "Add “base_url: https://…” to site.yaml, or give --base-url or OTASITE_BASE_URL.",
    ),
    Code(
        "no-secret",
        "There is an unlisted app, but no secret to make its address unguessable.",
        "Set OTASITE_SECRET to a long random text (openssl rand -hex 32), the same for every build.",
    ),
    Code(
        "output-empty",
        "The site asks for an index that no app can be in, so that the index is not made.",
        "Give an app what the hint names, or take the index out of “outputs:”.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "path-clash",
        "Two sources would make one file of the site.",
        "Rename one of them; names that differ only in case count as the same.",
    ),
    Code(
        "remote-picture",
        "A text shows a picture of another host. Pages load nothing from elsewhere, so nobody would see it.",
        "Save it beside the text and name it there, or link to it.",
        since="0.2.0",
    ),
    Code(
        "unknown-language",
        "There is no language with this tag.",
        "Write a tag such as de, pt-BR or zh-Hans.",
    ),
    Code(
        "update-downgrade",
        "The newest APK has a lower versionCode than the one before it: Android takes no step back.",
        "Build it with a higher versionCode, or have testers delete the app first (“reinstall: true”).",
        since="0.2.0",
    ),
    Code(
        "update-minimum",
        "The newest build needs a newer system than the one before it: some phones get no update.",
        "If that is meant, nothing: pages offer such phones the newest build that runs on them.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "update-same-build",
        "Two builds that follow each other have one number and are different files.",
        "Give each build a number of its own.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "weak-secret",
        "OTASITE_SECRET is so short that it can be found by trying, and with it every unlisted address.",
        "Take a random one (openssl rand -hex 32); the addresses move, and `otasite links` prints them.",
        "warning",
    ),
)
