"""What is worth knowing about the insides of the builds that people are offered."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "certificate-expires",
        "The certificate that signed the newest build of a channel expires soon, and with it the build.",
        "Sign a new build with a new certificate before that day.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "debug-build",
        "The newest build of a channel that calls itself stable is debuggable (Android), or signed with a debug "
        "key or a certificate for development.",
        "Build it with a release configuration and a key of your own, or export it as ad hoc or enterprise.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "encryption-undeclared",
        "The newest iOS build of a channel does not say (`ITSAppUsesNonExemptEncryption`) whether it encrypts.",
        "Set the key in Info.plist: the App Store and TestFlight ask for it; installing from a page does not.",
        "info",
        since="0.2.0",
    ),
    Code(
        "get-task-allow",
        "The newest iOS build of a channel that calls itself stable was signed for development.",
        "Export it as ad hoc or enterprise.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "permission-added",
        "The newest build of a channel asks for more than the one before it.",
        "Say in its notes what that is for.",
        "info",
        since="0.2.0",
    ),
    Code(
        "play-protect-sensitive",
        "Google Play Protect may block an app from a browser that asks for this: SMS, accessibility, notifications.",
        "Leave out what the app does not need; help people who see “App blocked”.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "privacy-manifest-missing",
        "An app uses APIs for which Apple's stores want a reason, and its privacy manifests give none.",
        "Add the categories to PrivacyInfo.xcprivacy. Installing from a page does not need it.",
        "info",
        since="0.2.0",
    ),
    Code(
        "signer-changed",
        "An Android build is signed with another certificate than the one before it in its channel.",
        "Sign it with the earlier key, or rotate it; else testers delete the app and its data: “reinstall: true”.",
        since="0.2.0",
    ),
    Code(
        "team-changed",
        "An iOS build is signed by another team than the one before it in its channel.",
        "Sign it with the earlier team; else testers delete the app, and lose its data: “reinstall: true”.",
        since="0.2.0",
    ),
)
