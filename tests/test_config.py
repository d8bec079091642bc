"""Every setting says what it means and how small it may be."""

import dataclasses

from curtilage.config import Config


def test_every_setting_has_a_meaning_and_every_number_a_lower_bound() -> None:
    for item in dataclasses.fields(Config):
        assert item.metadata["doc"].endswith("."), item.name
        if isinstance(item.default, (int, float)) and not isinstance(item.default, bool):
            least, most = item.metadata["least"], item.metadata["most"]
            assert least is not None, item.name
            assert least <= item.default <= (most or item.default), item.name
