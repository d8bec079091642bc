"""Nothing but loopback without HTTPS for one name."""

import pytest

from curtilage.config import Config
from curtilage.web.public_place import DoorRefused, PublicPlace, public_origin, public_place

REFUSED = (
    (Config(listen_address="0.0.0.0"), "listen_address is set and public_name is not"),
    (Config(listen_address="192.0.2.10"), "Nothing was opened"),
    (Config(public_addresses="192.0.2.10"), "public_addresses is set and public_name is not"),
    (Config(plain_lan=True), "plain_lan is set and public_name is not"),
    (Config(certificate_file="a", certificate_key_file="b"), "certificate_file is set and public_name is not"),
    (Config(public_name="rose.local", certificate_file="a"), "A certificate needs its key"),
    (Config(public_name="rose.local", certificate_key_file="a"), "a key its certificate"),
    (Config(public_name="rose.local", listen_address="1.2.3"), "listen_address: '1.2.3' is no IP address"),
    (Config(public_name="rose.local", public_addresses="192.0.2.1,::g"), "public_addresses: '::g' is no IP address"),
)


@pytest.mark.parametrize(("config", "words"), REFUSED)
def test_settings_that_would_open_more_are_refused_with_words(config: Config, words: str) -> None:
    with pytest.raises(DoorRefused) as refused:
        public_place(config)
    assert words in refused.value.what
    assert refused.value.do


def test_without_a_name_it_is_this_machine_only() -> None:
    assert public_place(Config()) is None


def place(**settings: object) -> PublicPlace:
    made = public_place(Config(public_name="rose.local", **settings))  # type: ignore[arg-type] # settings by name
    assert made is not None
    return made


def test_hosts_are_the_name_and_the_addresses_with_the_port() -> None:
    made = place(public_addresses="192.0.2.10, 2001:db8::10")
    assert made.https_hosts == {"rose.local:8443", "192.0.2.10:8443", "[2001:db8::10]:8443"}
    assert made.plain_lan_hosts == {"rose.local:8482", "192.0.2.10:8482", "[2001:db8::10]:8482"}
    assert (made.origin, made.install_origin) == ("https://rose.local:8443", "http://rose.local:8481")


def test_the_usual_ports_are_not_said() -> None:
    made = place(https_port=443, install_port=80, plain_lan_port=80)
    assert made.https_hosts == {"rose.local"}
    assert (made.origin, made.install_origin, made.plain_lan_origin) == (
        "https://rose.local",
        "http://rose.local",
        "http://rose.local",
    )


class Asked:
    scheme = "http"
    netloc = "localhost:8480"


def test_links_for_others_lead_to_the_public_name() -> None:
    assert public_origin(place(), Asked()) == "https://rose.local:8443"
    assert public_origin(None, Asked()) == "http://localhost:8480"
