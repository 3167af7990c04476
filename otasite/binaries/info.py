"""The facts that a binary states, as plain immutable values that serialise to JSON.

Nothing here has opinions: :mod:`otasite.binaries.verdict` says whether a binary can be installed. Texts are as
the file has them, ``""`` or an empty tuple when the file does not say. Times are in UTC. Device identifiers are
personal data and appear nowhere in these types; their number does.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from otasite.binaries.plain_text import shown
from otasite.facts.model import BuildFacts, Entitlement
from otasite.problems import Problem

#: ``aab`` is an app bundle, ``apks`` a set of APKs that make up one app: of both it can be said what they are, but
#: phones install neither.
Kind = Literal["ipa", "apk", "aab", "apks"]
#: What the app was built to run on. ``watchos`` is a watch app without an iPhone app around it.
OperatingSystem = Literal["ios", "ios-simulator", "tvos", "watchos", "visionos", "macos", "android", "unknown"]
SigningType = Literal["enterprise", "ad-hoc", "development", "app-store"]
DeviceFamily = Literal["iphone", "ipad", "tv", "watch", "vision", "mac"]
NestedKind = Literal["extension", "watch-app", "app-clip"]


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all facts. Texts come from strangers: none keeps a character that steers a terminal or breaks XML."""

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            value = getattr(self, field)
            clean = _clean(value)
            if clean is not value:
                msgspec.structs.force_setattr(self, field, clean)


def _clean(value: object) -> object:
    """The same without characters that cannot be shown; the very same object when there are none."""
    if isinstance(value, str):
        text = shown(value)
        return value if text == value else text
    if isinstance(value, tuple) and any(isinstance(item, str) for item in value):
        items = tuple(_clean(item) for item in value)
        return value if items == value else items
    if isinstance(value, dict):
        pairs = {_clean(key): _clean(item) for key, item in value.items()}
        return value if pairs == value else pairs
    return value


class Certificate(Info, frozen=True, kw_only=True):
    """A signing certificate. ``kind`` is the part of its name before the colon (“Apple Distribution”).

    ``sha256`` is the digest of the whole certificate (DER), in lower-case hex; ``team`` the organisational unit,
    which in Apple's certificates is the team's identifier. The rest of the name may be a developer's: it is left out.
    """

    kind: str
    expires: dt.datetime
    sha256: str
    team: str = ""


class Entitlements(Info, frozen=True, kw_only=True):
    """What the app may do beyond running, as far as testers or their administrators care.

    ``source`` is ``code-signature`` (what was really signed) or ``profile`` (the most that could be signed).
    """

    source: Literal["code-signature", "profile"]
    push_environment: str = ""
    associated_domains: tuple[str, ...] = ()
    app_groups: tuple[str, ...] = ()
    debuggable: bool = False
    all_keys: tuple[str, ...] = ()


class CodeSignature(Info, frozen=True, kw_only=True):
    """The signature of an executable, and how it stands to the profile beside it.

    ``identifier`` and ``team`` are those of its code directory, ``application_identifier`` that of its entitlements.
    ``certificate`` is the signer's. ``missing_entitlements`` were signed but are not in the profile;
    ``excess_entitlements`` are in it, but not for the value that was signed.
    """

    identifier: str = ""
    team: str = ""
    application_identifier: str = ""
    certificate: Certificate | None = None
    missing_entitlements: tuple[str, ...] = ()
    excess_entitlements: tuple[str, ...] = ()


class Profile(Info, frozen=True, kw_only=True):
    """An ``embedded.mobileprovision``.

    ``type`` is ``None`` for a profile that allows neither devices nor everyone and is not for iOS. ``devices`` is
    the number of registered devices, ``None`` when the profile has no list.
    """

    type: SigningType | None
    name: str = ""
    uuid: str = ""
    app_id: str = ""
    app_id_name: str = ""
    team: str = ""
    team_ids: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    created: dt.datetime | None = None
    expires: dt.datetime | None = None
    devices: int | None = None
    provisions_all_devices: bool = False
    get_task_allow: bool = False
    beta_reports_active: bool = False
    xcode_managed: bool = False
    certificates: tuple[Certificate, ...] = ()
    container: Literal["cms", "slice", "plist"] = "cms"

    @property
    def valid_until(self) -> dt.datetime | None:
        """When builds with this profile stop working: its own end, or that of its last certificate if sooner."""
        ends = [self.expires] if self.expires else []
        if self.certificates:
            ends.append(max(certificate.expires for certificate in self.certificates))
        return min(ends, default=None)


class IconFile(Info, frozen=True, kw_only=True):
    """One icon file of an app. ``cgbi`` marks Apple's own variant of PNG, which only Apple's software shows."""

    name: str
    width: int
    height: int
    size: int
    cgbi: bool = False


class NestedBundle(Info, frozen=True, kw_only=True):
    """An extension, watch app or app clip inside the app. ``path`` is relative to the app's folder.

    ``readable`` says whether it has an Info.plist that can be read. ``signed`` is None when its executable was not
    found. ``usage`` and ``entitlements`` are as in facts. ``missing_devices`` is the number of devices that the app's
    profile has and this one's lacks.
    """

    path: str
    kind: NestedKind
    readable: bool = True
    identifier: str = ""
    name: str = ""
    version: str = ""
    build: str = ""
    extension_point: str = ""
    minimum_os: str = ""
    device_family: tuple[DeviceFamily, ...] = ()
    signed: bool | None = None
    profile: Profile | None = None
    signature: CodeSignature | None = None
    usage: dict[str, str] = {}
    entitlements: dict[str, Entitlement] = {}
    missing_devices: int = 0


class IosInfo(Info, frozen=True, kw_only=True):
    """What only an .ipa says. ``app_path`` is the app's folder in the archive, ending in a slash."""

    app_path: str
    payload_at_root: bool
    display_name: str = ""
    bundle_name: str = ""
    localized_names: dict[str, str] = {}
    region: str = ""
    executable: str = ""
    supported_platforms: tuple[str, ...] = ()
    platform_name: str = ""
    sdk: str = ""
    xcode: str = ""
    mach_o_platforms: tuple[str, ...] = ()
    icon_names: tuple[str, ...] = ()
    icon_names_without_file: tuple[str, ...] = ()
    icons: tuple[IconFile, ...] = ()
    asset_catalogue: bool = False
    mach_o_signed: bool | None = None
    code_resources: bool = False
    encrypted: bool = False
    profile: Profile | None = None
    signature: CodeSignature | None = None
    entitlements: Entitlements | None = None
    nested: tuple[NestedBundle, ...] = ()
    frameworks: int = 0

    @property
    def signed(self) -> bool:
        """Whether the app carries a code signature: in its executable, and a seal over its resources."""
        return self.code_resources and self.mach_o_signed is not False


class ApkSigner(Info, frozen=True, kw_only=True):
    """A certificate that signed an APK. ``debug`` is the key every Android SDK makes for itself.

    ``expires`` is for people: Android does not ask whether a certificate has expired.
    """

    sha256: str
    subject: str = ""
    expires: dt.datetime | None = None
    debug: bool = False


class AndroidInfo(Info, frozen=True, kw_only=True):
    """What only an .apk says. SDK levels are numbers as text; ``codename`` builds have letters.

    ``split`` is the name of a part of a split app, ``split_required`` marks a base that needs other parts.
    ``resources_compressed`` and ``resources_unaligned`` say how ``resources.arsc`` lies in the archive. The first of
    ``signers`` is the one that counts on the newest Android; ``lineage`` are certificates that it replaced (SHA-256,
    oldest first). ``stripped_schemes`` are signatures that are gone although another one says that they were there.
    """

    min_sdk: str = ""
    target_sdk: str = ""
    label: str = ""
    debuggable: bool = False
    test_only: bool = False
    split: str = ""
    split_required: bool = False
    resources_compressed: bool = False
    resources_unaligned: bool = False
    icons_by_density: dict[int, str] = {}
    signature_schemes: tuple[str, ...] = ()
    signers: tuple[ApkSigner, ...] = ()
    lineage: tuple[str, ...] = ()
    stripped_schemes: tuple[str, ...] = ()


class BinaryInfo(Info, frozen=True, kw_only=True):
    """Everything that was read from one file.

    ``name`` is what people see under the icon. ``version`` is for people (``CFBundleShortVersionString``,
    ``versionName``), ``build`` for machines (``CFBundleVersion``, ``versionCode``). ``size`` and ``chunk_size`` are
    in bytes. ``taken_out`` is the file's name inside of an archive of APKs: everything is said of that one then, size
    and digests included. ``sha256`` and ``chunks`` are empty when digests were not asked for. ``problems`` holds what
    is odd about the file itself; whether it installs is :func:`otasite.binaries.verdict.verdict`. ``facts`` are what
    else is inside.
    """

    file: str
    kind: Kind
    taken_out: str = ""
    os: OperatingSystem
    identifier: str
    name: str
    version: str
    build: str
    minimum_os: str = ""
    device_family: tuple[DeviceFamily, ...] = ()
    architectures: tuple[str, ...] = ()
    size: int
    sha256: str = ""
    chunk_size: int = 0
    chunks: tuple[str, ...] = ()
    archive_entries: int = 0
    archive_notes: tuple[str, ...] = ()
    ios: IosInfo | None = None
    android: AndroidInfo | None = None
    facts: BuildFacts | None = None
    problems: tuple[Problem, ...] = ()
