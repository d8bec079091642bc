"""Evaluators and what they are asked, for the tests of this folder."""

import secrets
from dataclasses import replace
from pathlib import Path

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.messages.discovery.epoch_key import KeyFolder
from curtilage.messages.discovery.evaluator import Evaluator
from curtilage.messages.discovery.evaluator_process import settings_of
from curtilage.messages.discovery.spent_file import SpentFile
from curtilage.wire.discovery.batch import Batch
from curtilage.wire.discovery.oprf import Blinded, Mode, blind
from curtilage.wire.discovery.ristretto255 import random_element, random_scalar
from curtilage.wire.identifier import AccountId
from curtilage.wire.number import PhoneNumber

ADA, BO = AccountId("a" * 26), AccountId("b" * 26)
NUMBER, OTHER = PhoneNumber("+4915123456789"), PhoneNumber("+4915123456780")


def config_in(folder: Path) -> Config:
    """Data and keys apart."""
    (folder / "data").mkdir(exist_ok=True)
    return replace(Config(), data_folder=folder / "data", discovery_key_folder=folder / "keys")


def evaluator_in(folder: Path, clock: Clock, config: Config | None = None) -> Evaluator:
    """As its own process makes it, but with a clock that can be held."""
    settings = settings_of(config or config_in(folder))
    keys = KeyFolder(Path(settings.key_folder), secrets.token_bytes)
    spent = SpentFile(Path(settings.spent_file), keys.spent_key(), settings.accounts_count_max)
    return Evaluator(keys, spent, settings, clock)


def blinded(number: PhoneNumber) -> Blinded:
    """On its way to the evaluator."""
    item = blind(Mode.VOPRF, number.octets, random_scalar(secrets.token_bytes))
    assert isinstance(item, Blinded)
    return item


def batch(epoch: int = 1, size: int = 4) -> bytes:
    """Elements of nobody."""
    return Batch(epoch, tuple(random_element(secrets.token_bytes) for _ in range(size))).encode()
