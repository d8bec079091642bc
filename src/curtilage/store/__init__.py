"""The database, one home at a time: the port, SQLite behind it, and the wall between homes."""
