"""Device management: a manifest of each channel whose address never changes, and what a server makes of it.

After Apple's published schemas (``app.managed.yaml``, ``application.install.yaml``). The manifest is
the one file of this kind that changes in place, so it is served with a short cache, and builds and deploys replace it
after its binary is there.
"""

from __future__ import annotations

import plistlib
import uuid
from collections.abc import Iterator
from functools import partial

import msgspec

from otasite.catalogue.output_choice import OutputKind
from otasite.outputs.manifest import manifest_bytes, manifest_of
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.management import managed
from otasite.site.published import PublishedApp

#: Apple: remove the app when the device is not managed any more.
_REMOVE_WITH_PROFILE = 1


class InstallBehavior(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    install: str = "Optional"


class ManagedApp(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of ``com.apple.configuration.app.managed`` (iOS 17.2)."""

    manifest_url: str = msgspec.field(name="ManifestURL")
    install_behavior: InstallBehavior = msgspec.field(name="InstallBehavior", default=InstallBehavior())


class Declaration(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A declaration. Devices look at it again when its token is another one: it names the newest build."""

    type: str = "com.apple.configuration.app.managed"
    identifier: str
    server_token: str
    payload: ManagedApp


class Management(Output[None]):
    """The files of each channel with a build for iPhone and iPad; the page that leads to them is the site's."""

    name = "management"
    asked = OutputKind(
        in_site="A fixed manifest of each channel with the files that servers for device management take.",
        in_app="A fixed manifest of each channel with the files that servers for device management take.",
    )

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        for channel, release in managed(app.main).items():
            assert release.ios is not None
            folder, source = app.addresses.channel(channel), release.source
            manifest = manifest_of(app, release, release.ios)
            url = app.context.base.absolute(app.addresses.managed(channel))
            declaration = Declaration(
                identifier=f"{release.ios.identifier}.{channel}",
                server_token=release.id,
                payload=ManagedApp(manifest_url=url),
            )
            path = app.addresses.managed(channel)
            yield made_of(path, manifest, partial(manifest_bytes, manifest), source=source, kind="manifest")
            encode = partial(msgspec.json.encode, declaration)
            yield made_of(f"{folder}app-managed.json", declaration, encode, source=source)
            command = partial(command_bytes, url, release.id)
            yield made_of(f"{folder}install-application.plist", [url, release.id], command, source=source)


def command_bytes(manifest_url: str, release: str) -> bytes:
    """``InstallApplication`` as a property list. Its identifier follows from the build; a server sets its own."""
    command = {
        "RequestType": "InstallApplication",
        "ManifestURL": manifest_url,
        "ManagementFlags": _REMOVE_WITH_PROFILE,
        "ChangeManagementState": "Managed",
    }
    identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{manifest_url}#{release}")).upper()
    return plistlib.dumps({"Command": command, "CommandUUID": identifier}, sort_keys=True)
