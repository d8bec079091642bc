"""A process that reads and writes nothing and does not end: ``python -m tests.cameras.input.stubborn``."""

import time

if __name__ == "__main__":
    time.sleep(60)
