"""Signed JAR files, byte for byte the same for the same content and key."""

from __future__ import annotations

import base64
import hashlib
import io

from otasite.hosts.repository_key import RepositoryKey


def signed_jar(name: str, data: bytes, key: RepositoryKey) -> bytes:
    """A JAR that holds the file ``name`` and nothing else, signed (JAR File Specification, “Signed JAR File”)."""
    section = f"Name: {name}\r\nSHA-256-Digest: {_digest(data)}\r\n\r\n".encode()
    manifest = b"Manifest-Version: 1.0\r\nCreated-By: otasite\r\n\r\n" + section
    signature = (
        f"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: {_digest(manifest)}\r\nCreated-By: otasite\r\n\r\n"
        f"Name: {name}\r\nSHA-256-Digest: {_digest(section)}\r\n\r\n"
    ).encode()
    return _stored(
        {
            "META-INF/MANIFEST.MF": manifest,
            "META-INF/OTASITE.SF": signature,
            "META-INF/OTASITE.RSA": key.sign(signature),
            name: data,
        }
    )


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _stored(files: dict[str, bytes]) -> bytes:
    """A zip file without compression, which would differ between versions of zlib, and without times."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()
