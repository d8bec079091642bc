"""The ports for other machines: bound all or none, before anything else."""

import socket
from dataclasses import replace

import pytest

from curtilage.config import Config
from curtilage.web.public_listening import listen_public
from curtilage.web.public_place import DoorRefused
from curtilage.web.server import PortTaken

FREE = Config(public_name="rose.local", https_port=0, install_port=0, plain_lan_port=0)


def test_without_a_name_nothing_is_bound() -> None:
    assert listen_public(Config()) is None


def test_the_household_authority_needs_its_page_and_a_given_certificate_does_not() -> None:
    own = listen_public(FREE)
    given = listen_public(replace(FREE, certificate_file="a", certificate_key_file="b"))
    assert own is not None
    assert given is not None
    assert (own.install is not None, own.plain_lan) == (True, None)
    assert (given.install, given.plain_lan) == (None, None)
    own.close()
    given.close()


def test_all_addresses_and_the_ports_really_bound() -> None:
    config = replace(FREE, listen_address="0.0.0.0", plain_lan=True)
    opened = listen_public(config)
    assert opened is not None
    assert opened.plain_lan is not None
    assert {item.getsockname()[0] for item in opened.https.sockets} == {"0.0.0.0"}
    ports = opened.ports(config)
    assert ports.https_port == opened.https.port != 0
    assert ports.plain_lan_port == opened.plain_lan.port != 0
    opened.close()
    assert opened.https.sockets[0].fileno() == -1


def test_a_taken_port_is_said_with_its_setting_and_nothing_stays_open() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            listen_public(Config(public_name="rose.local", https_port=0, install_port=taken))
        assert "Try install_port = " in str(refused.value)


def test_an_address_that_the_machine_has_not_is_said() -> None:
    with pytest.raises(DoorRefused, match=r"This machine has no address 192\.0\.2\.10"):
        listen_public(replace(FREE, listen_address="192.0.2.10"))
