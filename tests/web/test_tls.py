"""The context under the HTTPS door: changed whole or not at all."""

import ssl
from dataclasses import replace

import pytest

from curtilage.vault.certificate import CertificateUnusable
from curtilage.web.tls import make_context, put
from tests.vault.certificates import authority, certificate


def shown(context: ssl.SSLContext, root_pem: bytes) -> str:
    """The serial number of what a handshake in memory shows."""
    trusting = ssl.create_default_context(cadata=root_pem.decode())
    trusting.check_hostname = False
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    client = trusting.wrap_bio(to_client, to_server)
    for _ in range(10):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    peer = client.getpeercert()
    assert peer is not None
    return str(peer["serialNumber"])


def test_what_was_put_is_shown_and_can_be_exchanged() -> None:
    root, context = authority(), make_context()
    put(certificate(of=root), context)
    first = shown(context, root.root_pem)
    put(certificate(of=root), context)
    assert shown(context, root.root_pem) != first


def test_what_openssl_does_not_take_changes_nothing() -> None:
    root, context = authority(), make_context()
    good = certificate(of=root)
    put(good, context)
    first = shown(context, root.root_pem)
    with pytest.raises(CertificateUnusable, match="OpenSSL does not take"):
        put(replace(good, key_pem=certificate().key_pem), context)
    assert shown(context, root.root_pem) == first


def test_http_1_is_all_that_is_spoken_under_tls_1_2_and_newer() -> None:
    context = make_context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
