"""What every room's tests share: how Hypothesis looks for examples."""

import gc
import os

from hypothesis import settings

# No deadline: a busy machine is no fault of the code. In CI always the same examples: red must be the change's doing.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# ``make check`` asks for this one: what it is to tell within a minute, ``make test`` looks for longer.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_collection_finish() -> None:
    """What collecting made stays until the end: it is looked through for garbage once, not again with every test; and
    what tests make is looked through less often (700 new things is Python's measure, for small machines).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
