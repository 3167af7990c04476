"""The profile that brings the local authority's certificate to an iPhone, iPad or Mac."""

from __future__ import annotations

import plistlib
import uuid


def certificate_profile(certificate: bytes, name: str) -> bytes:
    """A ``.mobileconfig`` that installs ``certificate`` (DER) as a root (payload type com.apple.security.root).

    Its identifiers follow from the certificate, so that installing it again replaces the first one.
    """
    own = uuid.uuid5(uuid.NAMESPACE_OID, certificate.hex())
    payload = uuid.uuid5(own, "payload")
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"otasite.preview.{own}",
        "PayloadUUID": str(own).upper(),
        "PayloadDisplayName": name,
        "PayloadDescription": "Lets this device install apps from a computer in your network. It vouches for private "
        "addresses only. Remove it when you have finished testing.",
        "PayloadContent": [
            {
                "PayloadType": "com.apple.security.root",
                "PayloadVersion": 1,
                "PayloadIdentifier": f"otasite.preview.{payload}",
                "PayloadUUID": str(payload).upper(),
                "PayloadDisplayName": name,
                "PayloadContent": certificate,
                "PayloadCertificateFileName": "otasite-preview.cer",
            }
        ],
    }
    return plistlib.dumps(profile)
