"""Where certificates come from: the files a person gave, or the household authority's file, made when it is missing."""

import os
from collections.abc import Sequence
from pathlib import Path

from curtilage.vault.certificate import Certificate, CertificateUnusable, IpAddress, read_certificate
from curtilage.vault.household_authority import (
    AuthorityUnusable,
    HouseholdAuthority,
    decode_authority,
    make_authority,
)
from curtilage.vault.secret_file import SECRET_BYTES_MAX, SecretKind, make_secret, read_secret
from curtilage.wire.identifier import Entropy

_AUTHORITY = SecretKind("household authority's file")
_KEY = SecretKind("certificate's key")


def read_files(certificate_file: Path, key_file: Path) -> Certificate:
    """What was given. Raises CertificateUnusable, SecretFileUnusable."""
    try:
        with certificate_file.open("rb") as opened:
            chain = opened.read(SECRET_BYTES_MAX + 1)
    except OSError as error:
        raise CertificateUnusable(
            f"The certificate {certificate_file} cannot be read: {error.strerror}.", do="Set certificate_file to it."
        ) from error
    if len(chain) > SECRET_BYTES_MAX:
        raise CertificateUnusable(
            f"{certificate_file} is too long for a certificate.", do="Give it its own chain only."
        )
    return read_certificate(chain, read_secret(key_file, _KEY))


def signs_of_change(*files: Path) -> tuple[tuple[int, int, int], ...]:
    """Differs from the last one when a file was renewed, or its mode mended: its inode, size and time of change.

    A missing file is a sign too.
    """
    return tuple(_sign(file) for file in files)


def load_or_make_authority(
    file: Path, data_folder: Path, name: str, addresses: Sequence[IpAddress], now_ms: int, entropy: Entropy
) -> HouseholdAuthority:
    """The authority in ``file``; made when the file is missing. Raises AuthorityUnusable, SecretFileUnusable."""
    if file.resolve().is_relative_to(data_folder.resolve()):
        raise AuthorityUnusable(
            f"The household authority's key {file} would lie inside the data folder, and be stolen with it.",
            do="Set authority_file to a place outside data_folder.",
        )
    if not os.path.lexists(file):
        make_secret(file, _AUTHORITY, make_authority(name, addresses, now_ms, entropy).encode(), entropy)
    authority = decode_authority(read_secret(file, _AUTHORITY))
    if not authority.serves(name, addresses):
        raise AuthorityUnusable(
            f"The household authority was made for another name or other addresses than {name}.",
            do=f"Set public_name and public_addresses back, or remove {file}: a new one is then made, which every "
            "device has to trust anew.",
        )
    return authority


def _sign(file: Path) -> tuple[int, int, int]:
    try:
        status = file.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_ctime_ns)
