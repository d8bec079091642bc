"""TLS under the HTTPS door: one context for all connections, whose certificate can be exchanged while they run.

A connection keeps what it began with; a handshake takes what is there then. So a renewal drops nobody. OpenSSL reads
certificates from files alone: they are handed over in memory that has a file's name (memfd_create(2)), so that no key
is written to a disk.
"""

import contextlib
import os
import ssl
from collections.abc import Iterator

from curtilage.errors import OurError
from curtilage.vault.certificate import Certificate, CertificateUnusable


def make_context() -> ssl.SSLContext:
    """TLS 1.2 and newer (RFC 9325 §3.1.1), HTTP/1.1 and nothing else (RFC 7301); no certificate yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    return context


def put(certificate: Certificate, context: ssl.SSLContext) -> None:
    """From now on ``context`` shows it. Raises CertificateUnusable, and then nothing has changed."""
    with _in_memory(certificate.chain_pem) as chain, _in_memory(certificate.key_pem) as key:
        for one in (make_context(), context):  # tried on another first: half a change would break the door
            try:
                one.load_cert_chain(chain, key)
            except ssl.SSLError as error:
                raise CertificateUnusable(
                    f"OpenSSL does not take the certificate ({error.reason}).", do="Have it made anew."
                ) from error


@contextlib.contextmanager
def _in_memory(octets: bytes) -> Iterator[str]:
    try:
        descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    except OSError as error:
        raise OurError(f"No memory for the certificate: {error.strerror}.") from error
    try:
        os.write(descriptor, octets)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
