"""A folder for clips that is made once per run of the tests."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the clips of this run are kept."""
    return tmp_path_factory.mktemp("clips")
