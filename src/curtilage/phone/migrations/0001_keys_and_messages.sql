-- Everything personal is sealed under the phone's key; lookups are keyed hashes, so that the file alone does not say who
-- knows whom. Numbers count what happened here and say nothing of anybody.
CREATE TABLE own (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE bundles (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE contacts (lookup BLOB PRIMARY KEY, sealed BLOB NOT NULL, fetched_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    lookup BLOB PRIMARY KEY,
    peer BLOB NOT NULL,
    rank INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_peer ON sessions (peer, rank);
CREATE TABLE begun_sessions (lookup BLOB PRIMARY KEY, week INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE opened (number INTEGER PRIMARY KEY, lookup BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    lookup BLOB NOT NULL UNIQUE,
    conversation BLOB NOT NULL,
    own INTEGER NOT NULL,
    held_by BLOB,
    at_ms INTEGER NOT NULL,
    delivered_ms INTEGER,
    read_ms INTEGER,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX messages_of_conversation ON messages (conversation, number);
-- AUTOINCREMENT: while a batch is being posted, a number that was taken back must not come to name another envelope.
CREATE TABLE outgoing (number INTEGER PRIMARY KEY AUTOINCREMENT, message BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE unopened (number INTEGER PRIMARY KEY, lookup BLOB NOT NULL UNIQUE, asked_ms INTEGER, sealed BLOB NOT NULL) STRICT;
CREATE TABLE asked_devices (peer BLOB PRIMARY KEY, asked_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sent_again (lookup BLOB PRIMARY KEY, times INTEGER NOT NULL) STRICT, WITHOUT ROWID;
