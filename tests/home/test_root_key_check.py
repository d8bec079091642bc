"""Another root key is said to be another root key."""

from pathlib import Path

import pytest

from curtilage.home.root_key_check import check_root_key
from curtilage.store.store import Statement
from curtilage.vault.root_key import RootKey, RootKeyUnusable
from curtilage.vault.vault import Vault
from tests.consent.parts import House, in_house

FILE = Path("root.key")


def test_the_key_the_data_was_made_with_is_known_and_another_is_not(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        for _ in range(2):
            await check_root_key(house.store, house.vault, FILE)
        other = Vault(RootKey(b"o" * 32), house.entropy)
        with pytest.raises(RootKeyUnusable, match="another one than this data was made with"):
            await check_root_key(house.store, other, FILE)
        await check_root_key(house.store, house.vault, FILE)

    in_house(tmp_path, test)


@pytest.mark.parametrize("value", [b"", b"x" * 32, "text", 7, None])
def test_a_value_changed_from_outside_fits_no_key(tmp_path: Path, value: bytes | str | int | None) -> None:
    async def test(house: House) -> None:
        await check_root_key(house.store, house.vault, FILE)
        sql = "UPDATE server_state SET value = $1 WHERE name = 'root_key_check'"
        await house.store.write_server(Statement(sql, (value,), rows_expected=1))
        with pytest.raises(RootKeyUnusable):
            await check_root_key(house.store, house.vault, FILE)

    in_house(tmp_path, test)
