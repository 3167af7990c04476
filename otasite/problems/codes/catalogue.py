"""What can be wrong with site, apps and releases."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "bad-identifier",
        "The bundle identifier or application ID is one that no app can have.",
        "Write it as the binary has it, such as com.example.notes.",
    ),
    Code(
        "bad-name",
        "A name that becomes part of an address has characters that it cannot have, or is reserved.",
        "Use letters, digits, dot, hyphen and underscore.",
    ),
    Code(
        "chunk-mismatch",
        "The hashes of a file's chunks do not fit its size or the size of a chunk; iOS would refuse or ignore them.",
        "Let `otasite add` record the file again.",
    ),
    Code(
        "data-file",
        "A file in content/data/ cannot be read as data, or another one has its name.",
        "Correct the place that the message names: JSON as RFC 8259 says, CSV with commas and a first row of names.",
        since="0.2.0",
    ),
    Code(
        "duplicate-app",
        "Two files describe one app; names that differ only in case count as the same.",
        "Keep one of the two.",
    ),
    Code(
        "example-address",
        "An address is still the one that `otasite new` wrote as an example; `deploy` uploads nothing then.",
        "Write the address that you have.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "small-icon",
        "An icon has fewer pixels than the home screen of an iPhone shows of it.",
        "Take the largest that there is, better with 1024 × 1024 pixels.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "twin-apps",
        "Two apps have one bundle identifier or application ID, so that each replaces the other on a device.",
        "Make them channels of one app, or give one of them an identifier of its own.",
        "warning",
        since="0.2.0",
    ),
    Code("duplicate-host", "A host is listed twice.", "List each host once."),
    Code(
        "duplicate-language",
        "A language is listed twice.",
        "List each once; the first is the one at the site's root.",
    ),
    Code(
        "duplicate-release",
        "Two releases of an app would have one address.",
        "Give one of them another build, or an “id:” of its own.",
    ),
    Code(
        "facts-outdated",
        "A file of facts says something else than the binary that it belongs to, or belongs to another one.",
        "Let `otasite add` record the binary again; pages show what the binary itself says, where it is at hand.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "facts-unreadable",
        "A file of facts (`<release>.facts.json`) cannot be read.",
        "Let `otasite add` write it again, or delete it: pages then show less.",
        since="0.2.0",
    ),
    Code(
        "front-matter",
        "The front matter at the top of a page has no end.",
        "Close it with a line of three hyphens.",
        since="0.2.0",
    ),
    Code(
        "identifier-mismatch",
        "A binary is added to an app that has another identifier.",
        "Add it to the app that it belongs to, or correct the identifier of the app.",
    ),
    Code(
        "long-name",
        "A version, build, branch or name is so long that no system takes it as the name of a file.",
        "Write at most 100 characters, of a branch at most 250.",
        since="0.2.0",
    ),
    Code(
        "misplaced-file",
        "A file stands where another kind of file is expected, such as a release among the apps.",
        "Move it to the place that the hint names.",
        since="0.2.0",
    ),
    Code(
        "missing-file",
        "A file that the YAML names does not exist.",
        "Correct the path: it counts from the folder of the YAML file, and upper and lower case matter.",
    ),
    Code(
        "missing-identifier",
        "An iOS release has no bundle identifier, which iOS compares with that of the app.",
        "Add “bundle_id:” to the app, or “identifier:” to the binary.",
    ),
    Code(
        "no-binary",
        "A release has neither an iOS nor an Android binary.",
        "Add “ios:” or “android:” to it, or let `otasite add` write it.",
    ),
    Code(
        "no-time-zone",
        "A time of day does not say in which time zone it is meant.",
        "Write 2026-03-31T09:30:00Z for UTC, or 2026-03-31T09:30:00+02:00; a date alone begins in UTC.",
        since="0.2.0",
    ),
    Code(
        "no-source",
        "Nothing says where a binary is.",
        "Add “file:” (a path in this repository) or “url:” (an https address).",
    ),
    Code(
        "orphan-facts",
        "A file of facts belongs to no release.",
        "Give it the name of a release's file, or delete it.",
        since="0.2.0",
    ),
    Code(
        "orphan-notes",
        "Release notes belong to no release.",
        "Give the file the name of a release's file, or remove it.",
    ),
    Code(
        "outputs-not-public",
        "An app that is unlisted or hidden asks for feeds, indexes or badges, which would name it.",
        "Remove “outputs:” of this app, or make it public.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "outside-content",
        "A path leads out of the content folder.",
        "Copy the file into the content folder and name it from there, with forward slashes.",
    ),
    Code(
        "short-name",
        "An app's name has fewer than two characters: iOS refuses a manifest with such a title.",
        "Write the app's full name.",
    ),
    Code(
        "store-mismatch",
        "The settings of “binaries:” contradict each other.",
        "Follow the hint: which keys go together depends on where the binaries live.",
    ),
    Code(
        "store-signed",
        "A build signed for the App Store or TestFlight cannot be installed from a page.",
        "Export it as ad hoc, enterprise or development.",
    ),
    Code(
        "stray-file",
        "A file or folder in content/ stands where nothing reads it.",
        "Move it to the place that the hint names; keys, files and folders are read under one name only.",
        since="0.2.0",
    ),
    Code(
        "unknown-extra",
        "A key below “extra:” is almost one that the theme reads.",
        "Correct it; other keys of your own may have any name.",
        "warning",
        since="0.2.0",
    ),
    Code("two-defaults", "Two channels call themselves the default.", "Keep “default: true” at one of them."),
    Code(
        "two-notes",
        "A release has notes in its YAML file and in a file beside it.",
        "Keep one of the two.",
    ),
    Code(
        "two-sources",
        "Both “file:” and “url:” say where a binary is.",
        "Keep “file:” for a binary in this repository, “url:” for one hosted elsewhere.",
    ),
    Code(
        "unexpanded-build-setting",
        "A value still is the name of a build setting, such as ${PRODUCT_NAME}.",
        "Write the value itself; if the binary says this too, fix the build that made it.",
    ),
    Code(
        "unknown-channel",
        "A release names a channel that site.yaml does not have.",
        "Correct the name, or add the channel to “channels:” in site.yaml.",
    ),
    Code(
        "unknown-timezone",
        "The site's timezone is no name of a time zone, or this machine has no list of them.",
        "Write its IANA name, such as Europe/Berlin; where there is no list, `pip install tzdata`.",
        since="0.2.0",
    ),
    Code(
        "wrong-file-type",
        "A binary's name does not end in .ipa or .apk.",
        "Export an archive: app bundles (.aab) and .app folders cannot be installed from a page.",
    ),
    Code(
        "yml-ending",
        "A file ends in .yml and would not be read.",
        "Rename it to end in .yaml.",
    ),
    Code(
        "windows-name",
        "Windows cannot have a file or folder of this name (CON, aux.txt, a dot at the end), or of a path as long.",
        "Rename it; else nobody can clone or build the site there.",
        "warning",
        since="0.2.0",
    ),
)
