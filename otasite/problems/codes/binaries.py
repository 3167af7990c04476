"""What can be wrong with an .ipa or .apk, or speak against installing it."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

_COPY = "Copy or download the file again."
_EXPORT = "Export the app again, for ad hoc, enterprise or development distribution."

CODES: Final[tuple[Code, ...]] = (
    Code(
        "android-app-bundle",
        "The file is an Android App Bundle (.aab), of which Google Play makes APKs; phones install only those.",
        "Make a universal APK with bundletool, or let `otasite add` do it with --bundletool.",
    ),
    Code(
        "apk-collection",
        "The file is a set of split APKs (.apks, .xapk) that make up one app.",
        "Make a universal APK of the app bundle with bundletool.",
    ),
    Code("apk-incomplete", "The APK's manifest lacks something that every app has.", "Set it in build.gradle."),
    Code("apk-split", "The APK is one part of an app that is split.", "Build a universal APK."),
    Code(
        "apk-test-only",
        "The APK is marked “test only”: Android installs it from a computer, not from a page.",
        "Build it with Gradle (`assembleDebug`), not with the Run button of Android Studio.",
    ),
    Code(
        "archive-backslashes",
        "Names in the archive have backslashes where folders end.",
        "Zip the files anew: names of files in a zip have “/” between folders, also on Windows.",
        "either",
        since="0.2.0",
    ),
    Code(
        "archive-bomb",
        "The archive unpacks to far more than any app's does.",
        "Check where the file comes from; export the app again.",
    ),
    Code(
        "archive-compression",
        "A file in the archive is packed in a way that phones do not read.",
        "Zip it again with ordinary compression (deflate).",
        since="0.2.0",
    ),
    Code("archive-damaged", "The archive, or a file in it, is damaged.", _COPY),
    Code(
        "archive-duplicate",
        "The archive holds a file twice that decides what the app is.",
        "Zip the files anew: tools that add to a zip leave the old file in it.",
        since="0.2.0",
    ),
    Code(
        "archive-encrypted",
        "A file in the archive is protected with a password, which phones cannot open.",
        "Make the archive without a password.",
    ),
    Code("archive-entry-missing", "The archive lacks a file that it must have.", "Export the app again."),
    Code(
        "archive-entry-too-large",
        "A file in the archive is larger than such a file ever is.",
        "Check where the file comes from; export the app again.",
    ),
    Code(
        "archive-prefix",
        "Something stands in the file before the archive begins.",
        "Zip the files anew, with a tool that adds nothing in front.",
        "either",
        since="0.2.0",
    ),
    Code(
        "archive-symlink",
        "A symbolic link stands in the archive where a file belongs.",
        "Export the app again.",
    ),
    Code("archive-too-large", "The archive has more entries than otasite reads.", "Check that it is the right file."),
    Code("binary-empty", "The file is empty.", _COPY),
    Code(
        "binary-html",
        "A web page was saved under the name of a binary, often a login or error page.",
        "Download the binary again while signed in.",
    ),
    Code("binary-is-folder", "A folder stands where a binary belongs.", "Name the .ipa or .apk file itself."),
    Code(
        "binary-lfs-pointer",
        "The file is a Git LFS pointer, not the binary that it stands for.",
        "Run `git lfs pull`, or let the CI checkout fetch LFS files.",
    ),
    Code(
        "binary-mismatch",
        "The YAML says something else of a binary than the binary itself.",
        "Correct the line, or let `otasite add` record the file again.",
    ),
    Code("binary-missing", "There is no such file.", "Check the path."),
    Code("binary-not-zip", "The file is no .ipa or .apk: those are zip archives.", "Name another file."),
    Code(
        "binary-text-answer",
        "A server's answer (XML or JSON) was saved under the name of a binary.",
        "Open the file in an editor to read the answer, then download the binary again.",
    ),
    Code("binary-truncated", "The file ends too early.", "Copy, download or upload it again completely."),
    Code(
        "binary-unknown",
        "The archive holds neither an iOS app nor an Android app.",
        "Name the .ipa or .apk file.",
    ),
    Code(
        "binary-unreadable",
        "The binary cannot be read.",
        "Check its permissions; of one on a server, upload it again, and if that does not help, export it again.",
    ),
    Code(
        "certificate-mismatch",
        "The app, or a bundle in it, is signed with a certificate that its profile does not have.",
        "Add the certificate to the profile in Apple's developer portal, or sign with one that is in it.",
        since="0.2.0",
    ),
    Code(
        "entitlement-excess",
        "The app, or a bundle in it, is signed for another value than its profile allows.",
        "Compare the entitlements with those of the profile.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "entitlement-missing",
        "The app, or a bundle in it, is signed for something that its profile does not allow.",
        "Switch the capability on in Apple's developer portal and make the profile anew.",
        since="0.2.0",
    ),
    Code(
        "executable-unreadable",
        "The app's executable cannot be read, so nothing is known of its signature.",
        "Build the app again.",
        "warning",
    ),
    Code(
        "expired",
        "The provisioning profile or the certificate has expired: the app neither installs nor opens.",
        "Renew the profile in Apple's developer portal, build again and publish that.",
    ),
    Code(
        "fairplay",
        "The app came from the App Store and is encrypted for the account that bought it.",
        "Export the app from Xcode or your build server.",
    ),
    Code(
        "identifier-odd",
        "The app's identifier is not one that build tools make: of one character, or, for Android, without a dot.",
        "Set it to something like “com.example.app” and build again.",
        "either",
        since="0.2.0",
    ),
    Code("ipa-incomplete", "The app's Info.plist lacks something that every app has.", "Set it and build again."),
    Code("ipa-no-app", "“Payload” holds no app with an Info.plist.", "Export the app again."),
    Code(
        "ipa-no-payload",
        "The app is not in a folder “Payload” at the top of the archive.",
        "Put the .app into a folder named “Payload” and zip that folder, or export from Xcode.",
    ),
    Code("ipa-several-apps", "The archive holds several apps.", "Export each app on its own."),
    Code("manifest-unreadable", "The APK's manifest cannot be read.", "Build the app again."),
    Code(
        "nested-device-family",
        "An extension, watch app or App Clip is for other devices than the app.",
        "Give both the same device families in the Xcode project.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "nested-devices",
        "The profile of an extension, watch app or App Clip lacks devices of the app's profile.",
        "Make that profile anew with the same devices, then export again.",
        since="0.2.0",
    ),
    Code(
        "nested-identifier",
        "The identifier of an extension, watch app or App Clip does not begin with that of the app around it.",
        "Rename it in the Xcode project.",
        since="0.2.0",
    ),
    Code(
        "nested-incomplete",
        "An extension, watch app or App Clip has no Info.plist that can be read.",
        "Build the app again.",
        since="0.2.0",
    ),
    Code(
        "nested-too-many",
        "The app has more extensions than otasite reads.",
        "Check the others yourself.",
        "warning",
    ),
    Code(
        "nested-type",
        "An extension, watch app or App Clip has a profile of another kind than the app.",
        "Sign the app again, with everything inside of it.",
        since="0.2.0",
    ),
    Code("no-devices", "The provisioning profile lists no devices.", "Register devices, then export again."),
    Code("no-profile", "The app has no provisioning profile that can be read.", _EXPORT),
    Code(
        "not-for-iphone",
        "The app is for a system that pages cannot install apps on.",
        "List it without an install button, or export the iOS app.",
    ),
    Code(
        "payload-too-deep",
        "The folder “Payload” is inside another folder; iOS looks for it at the top.",
        "Zip the folder “Payload” itself.",
    ),
    Code("plist-unreadable", "A property list in the app cannot be read.", "Build the app again."),
    Code(
        "profile-mismatch",
        "The provisioning profile is for another app.",
        "Sign the app with the profile that belongs to it.",
    ),
    Code("profile-unreadable", "A provisioning profile cannot be read.", "Build the app again.", "either"),
    Code(
        "resources-compressed",
        "The APK targets Android 11 or newer, and its resources.arsc is compressed.",
        "Store it without compression, then `zipalign -p 4`, then `apksigner`.",
        since="0.2.0",
    ),
    Code(
        "resources-unaligned",
        "The APK targets Android 11 or newer, and its resources.arsc is not at a multiple of four bytes.",
        "Run `zipalign -p 4` before `apksigner`.",
        since="0.2.0",
    ),
    Code(
        "resources-unreadable",
        "The APK's resource table cannot be read, so that name and icon may be missing.",
        "Build the app again.",
        "warning",
    ),
    Code(
        "sdk-preview",
        "The APK was built for a preview of Android, which no released version installs.",
        "Build it with the number of a released SDK.",
        since="0.2.0",
    ),
    Code(
        "signature-mismatch",
        "The app, or a bundle in it, was signed under another identifier than its Info.plist has.",
        "Sign it again after the last change of Info.plist.",
        since="0.2.0",
    ),
    Code(
        "signature-stripped",
        "The APK lost a signature after it was signed, and another one says so.",
        "Sign it again with `apksigner`, and change nothing afterwards.",
        since="0.2.0",
    ),
    Code(
        "signature-too-old",
        "The APK carries only the oldest kind of signature, which Android 11 refuses for its target SDK.",
        "Sign it with `apksigner`, which adds the v2 signature.",
    ),
    Code(
        "simulator-build",
        "The build runs only in the simulator on a Mac.",
        "Archive for a device (“Any iOS Device”) and export that.",
    ),
    Code(
        "store-build",
        "The build is signed for the App Store or TestFlight; those never install from a page.",
        _EXPORT,
    ),
    Code(
        "target-sdk-old",
        "The APK targets an SDK so old that new versions of Android refuse it.",
        "Set targetSdk to 24 or higher, better to the newest.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "team-mismatch",
        "The parts of the app are signed by different teams.",
        "Sign the app with certificates and profiles of one team.",
        since="0.2.0",
    ),
    Code(
        "text-too-long",
        "The identifier, version or build of the app has more than 200 characters.",
        "Build the app with a shorter one.",
        since="0.2.0",
    ),
    Code("unsigned", "The app is not signed, and so runs on no device.", "Build a signed app."),
    Code(
        "xcode-archive",
        "The file is an Xcode archive, not an exported app.",
        "Export it: `xcodebuild -exportArchive`.",
    ),
)
