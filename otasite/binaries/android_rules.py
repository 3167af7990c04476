"""What Android's package installer asks of an APK.

An error is what every current version refuses, a warning what some refuse. Sources: the documentation of Android's
behaviour changes (developer.android.com, “Behavior changes: all apps” and “Apps targeting Android 11” to 15), the
signature schemes at source.android.com, and the checks of ``PackageParser`` and ``libziparchive`` in its sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from otasite.binaries.android_versions import android_version, sdk_level
from otasite.binaries.bundletool import universal_command
from otasite.binaries.info import AndroidInfo, BinaryInfo
from otasite.problems import Location, Problem, Severity

#: From this target on Android 11 asks for a signature of scheme v2 and for a resource table that it can map.
_STRICT_TARGET = 30
#: The lowest target that each version installs (since Android 14; before that, there was no such limit).
_LOWEST_TARGETS = (("14", 23), ("15", 24))
_UNIVERSAL = "Build a universal APK (`assembleRelease` without splits, or `bundletool build-apks --mode=universal`)."


def problems(info: BinaryInfo, android: AndroidInfo) -> Iterator[Problem]:
    """Everything that speaks against an APK: errors, and warnings for what some phones take."""
    return _Judge(info, android).problems()


class _Judge:
    def __init__(self, info: BinaryInfo, android: AndroidInfo) -> None:
        self.info = info
        self.android = android
        self.target = sdk_level(android.target_sdk)

    def problems(self) -> Iterator[Problem]:
        if self.info.kind != "apk":
            yield self._not_an_apk()
            return
        yield from self._signing()
        yield from self._parts()
        yield from self._levels()
        yield from self._manifest()

    def _not_an_apk(self) -> Problem:
        bundle = self.info.file
        if self.info.kind == "aab":
            return self._problem(
                "android-app-bundle",
                "this is an Android App Bundle (.aab): Google Play makes APKs of it, phones install only those",
                f"Make one for every phone: `{universal_command(bundle)}`, then add the .apks file; or let otasite do"
                " both: `otasite add … --bundletool bundletool.jar`.",
            )
        bundle = PurePath(bundle).with_suffix(".aab").as_posix()
        return self._problem(
            "apk-collection",
            "this is a set of split APKs (.apks, .xapk) that make up one app: a page can install one APK only",
            f"Make one for every phone of the app bundle: `{universal_command(bundle)}`, then add the .apks file.",
        )

    def _signing(self) -> Iterator[Problem]:
        schemes = set(self.android.signature_schemes)
        if self.android.stripped_schemes:
            yield self._problem(
                "signature-stripped",
                f"its {', '.join(self.android.stripped_schemes)} signature was taken away after it was signed",
                "Sign it again with `apksigner`, and change nothing afterwards: `zipalign` and `zip` come before.",
            )
        elif not schemes:
            yield self._problem(
                "unsigned", "the APK is not signed", "Build a signed APK (`assembleRelease` with a key)."
            )
        elif schemes == {"v1"} and self.target >= _STRICT_TARGET:
            yield self._problem(
                "signature-too-old",
                f"it targets SDK {self.android.target_sdk} but carries only the oldest kind of signature (v1)",
                "Sign it with `apksigner`, which adds the v2 signature Android 11 asks for.",
            )

    def _parts(self) -> Iterator[Problem]:
        if self.android.split:
            yield self._problem(
                "apk-split",
                f"this is one part (“{self.android.split}”) of an app that is split into several APKs",
                _UNIVERSAL,
            )
        elif self.android.split_required:
            yield self._problem(
                "apk-split",
                "this is the base of an app that is split into several APKs, and does not install without the others",
                _UNIVERSAL,
            )
        if self.android.resources_compressed and self.target >= _STRICT_TARGET:
            yield self._problem(
                "resources-compressed",
                f"it targets SDK {self.target}, and its resources.arsc is compressed: Android 11 and newer refuse it",
                "Store resources.arsc without compression, then `zipalign -p 4`, then `apksigner`.",
            )
        elif self.android.resources_unaligned and self.target >= _STRICT_TARGET:
            yield self._problem(
                "resources-unaligned",
                f"it targets SDK {self.target}, and its resources.arsc does not start at a multiple of four bytes:"
                " Android 11 and newer refuse it",
                "Run `zipalign -p 4` before `apksigner`.",
            )

    def _levels(self) -> Iterator[Problem]:
        for what, value in (("minimum", self.android.min_sdk), ("target", self.android.target_sdk)):
            if value and not sdk_level(value):
                yield self._problem(
                    "sdk-preview",
                    f"its {what} SDK is “{value}”, a preview of Android: no released version installs it",
                    "Build it with the number of a released SDK.",
                )
                return
        target = self.target or sdk_level(self.android.min_sdk) or 1
        refusing = [version for version, lowest in _LOWEST_TARGETS if target < lowest]
        if refusing:
            stated = f"it targets SDK {target}" if self.target else f"it has no target SDK (that means {target})"
            known = android_version(str(target))
            yield self._problem(
                "target-sdk-old",
                f"{stated}{f', Android {known}' if known else ''}: Android {refusing[0]} and newer refuse it",
                f"Set targetSdk to {_LOWEST_TARGETS[-1][1]} or higher, better to the newest.",
                "warning",
            )

    def _manifest(self) -> Iterator[Problem]:
        if self.info.identifier and "." not in self.info.identifier:
            yield self._problem(
                "identifier-odd",
                f"the identifier “{self.info.identifier}” has no dot: Android does not install an app without one",
                "Set `applicationId` in build.gradle to something like “com.example.app”.",
            )
        if self.android.test_only:
            yield self._problem(
                "apk-test-only",
                "the APK is marked “test only”: Android installs it from a computer, not from a page",
                "Build it with Gradle (`assembleDebug`), not with Android Studio's Run button.",
            )

    def _problem(self, code: str, message: str, hint: str, severity: Severity = "error") -> Problem:
        return Problem(code=code, message=message, hint=hint, location=Location(self.info.file), severity=severity)
