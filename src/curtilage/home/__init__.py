"""Who lives here: homes, accounts, persons, devices; signing in."""
