"""The house rules as code: each rule reads one file and says what breaks it. Used by tests/test_tidy.py."""
