"""What tests that are not about a cost do without."""

from typing import Any

CHEAP_PASSWORDS: dict[str, Any] = {"argon2_memory_kib": 8, "argon2_time_cost": 1}
"""Settings: the least that Argon2id takes (RFC 9106 §3.1), far below what a settings file may say. A test makes many
passwords; tests/home/test_password.py is about their cost and uses none of this.
"""
