"""Settings: what is given is taken or refused with a sentence, never ignored."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.config import Config
from curtilage.settings import ConfigError, load

_TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40)


def _file(folder: Path, text: str) -> Path:
    file = folder / "curtilage.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_need_be_set() -> None:
    assert load(None, {}) == Config()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, "port = 1000\nfreeze_s = 7\n")
    config = load(file, {"CURTILAGE_PORT": "2000", "PATH": "/bin"})
    assert (config.port, config.freeze_s) == (2000, 7.0)


def test_a_folder_may_begin_with_a_tilde(tmp_path: Path) -> None:
    config = load(_file(tmp_path, 'data_folder = "~/cameras"'), {})
    assert config.data_folder == Path.home() / "cameras"


REFUSED = (
    ("prot = 8490", "Unknown setting: prot."),
    ('port = "eighty"', "port must be a number, not 'eighty'"),
    ("port = true", "port must be a number."),
    ("port = [1]", "port must be a number."),
    ("port = 70000", "port must lie between 0 and 65535"),
    ("port = 80.5", "port must be a whole number"),
    ("port = inf", "port must be a number"),
    ("port = nan", "port must be a number"),
    ("freeze_s = inf", "freeze_s must be a finite number"),
    ("freeze_s = nan", "freeze_s must be a finite number"),
    ("freeze_s = 0.5", "freeze_s must lie between 1 and no limit"),
    ("data_folder = 5", "data_folder must be a path"),
    ('data_folder = ""', "data_folder must be a path"),
    ('data_folder = "~nobody-of-that-name/x"', "data_folder: nobody's home folder"),
    ("port = ", "cannot be read as settings"),
    ('webrtc_stun = "turn:a.example"', "webrtc_stun must be like stun:stun.example:3478"),
    ('webrtc_stun = "stun:a.example?transport=udp"', "webrtc_stun must be like stun:"),
    ('webrtc_turn = "https://a.example"', "webrtc_turn must be like turn:turn.example:3478?transport=udp"),
    ('webrtc_turn = "turn:a.example?transport=sctp"', "webrtc_turn must be like turn:"),
    ('webrtc_turn = "turn:a.example\\n"', "webrtc_turn must be like turn:"),
    ('webrtc_turn = "turn:[2001:db8::1]:3478"', "webrtc_turn must be like turn:"),
    ('webrtc_turn_name = "two words"', "webrtc_turn_name must be up to 256 letters and signs"),
    ('public_name = "Rose.home.arpa"', "public_name must be a name like rose.home.arpa, in small letters"),
    ('public_name = "192.0.2.10"', "public_name must be a name"),
    ('public_name = "rose..arpa"', "public_name must be a name"),
    ('public_name = "-rose"', "public_name must be a name"),
    ('public_name = "rose.home.arpa:443"', "public_name must be a name"),
    ('public_name = "*.home.arpa"', "public_name must be a name"),
    ("public_name = 5", "public_name must be a name"),
    (f'public_name = "{"a" * 64}.arpa"', "public_name must be a name"),
    (f'public_name = "{"a." * 130}b"', "public_name must be a name"),
    ('public_name = "rose\\n"', "public_name must be a name"),
    ('listen_address = "the porch"', "listen_address must be an IP address"),
    ('public_addresses = "192.0.2.1; 192.0.2.2"', "public_addresses must be up to eight IP addresses"),
    ('plain_lan = "perhaps"', "plain_lan must be true or false"),
    ("plain_lan = 1", "plain_lan must be true or false"),
)


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_cannot_be_used_is_refused_with_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(_file(tmp_path, text), {})
    assert words in str(caught.value)


NAMES = ("nas", "rose.local", "rose.home.arpa", "a-1.example", "xn--bcher-kva.example", f"{'a' * 63}.arpa")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_network_may_be_the_public_one(name: str) -> None:
    assert load(None, {"CURTILAGE_PUBLIC_NAME": name}).public_name == name


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("1", True), ("YES", True), ("false", False), ("no", False)]
)
def test_what_is_off_is_switched_on_in_words(tmp_path: Path, text: str, meant: bool) -> None:
    assert load(None, {"CURTILAGE_PLAIN_LAN": text}).plain_lan is meant
    assert load(_file(tmp_path, f"plain_lan = {str(meant).lower()}"), {}).plain_lan is meant


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read as settings"):
        load(tmp_path / "missing.toml", {})


def test_a_mistyped_variable_is_no_silent_default() -> None:
    with pytest.raises(ConfigError, match="Unknown setting: prot"):
        load(None, {"CURTILAGE_PROT": "8490"})


@given(st.sampled_from([item.name for item in dataclasses.fields(Config)]), _TEXTS)
def test_any_text_is_taken_or_refused(name: str, text: str) -> None:
    try:
        config = load(None, {f"CURTILAGE_{name.upper()}": text})
    except ConfigError:
        return
    assert type(getattr(config, name)) in {int, float, str, bool, type(Path())}


def test_every_default_is_a_value_that_may_be_given() -> None:
    given_back = {
        f"CURTILAGE_{item.name.upper()}": str(getattr(Config(), item.name)) for item in dataclasses.fields(Config)
    }
    assert load(None, given_back) == Config()
