"""Is this the root key that the data was made with? Said at start, before anything else fails to open.

A look-up of a fixed word is kept with the data: it follows from the root key and tells nothing of it, and another key
gives another one. Without it a wrong key would look like a damaged database, and restoring a backup does not help
against that.
"""

import hmac
from pathlib import Path

from curtilage.store.store import Statement, Store
from curtilage.vault.root_key import RootKeyUnusable
from curtilage.vault.vault import Vault

_NAME = "root_key_check"
"""In server_state."""


async def check_root_key(store: Store, vault: Vault, file: Path) -> None:
    """Keeps the check value where there is none yet. Raises RootKeyUnusable, and what the store raises."""
    value = vault.lookup("root key check", _NAME)
    for (kept,) in await store.read_server("SELECT value FROM server_state WHERE name = $1", _NAME):
        if not isinstance(kept, bytes) or not hmac.compare_digest(kept, value):
            raise RootKeyUnusable(
                f"The root key {file} is another one than this data was made with.",
                do="Put the right key file back, or set root_key_file to where it is. The data itself is not damaged.",
            )
        return
    await store.write_server(Statement("INSERT INTO server_state (name, value) VALUES ($1, $2)", (_NAME, value)))
