-- Base tables. The wall (store/wall.py) makes from each a view and triggers under the plain noun: inside_persons is
-- reached as "persons", outside_accounts as "accounts".
--
-- The form every migration keeps:
--   inside_*   belongs to homes: first column "home", primary key (home, ...), so that neither a row nor the existence of
--              a key of another home shows. Foreign keys between such tables carry the home.
--   outside_*  stands outside any home.
--   STRICT, WITHOUT ROWID (one home's rows lie together); no defaults (an insert through a view would not see them);
--   no triggers, no views, no foreign key with an action (a write counts its rows); foreign keys deferred: they are
--   checked at the end of each write, so the order of its statements does not matter.
--   ids TEXT, times INTEGER in ms since the Unix epoch, sealed values and digests BLOB.
--   No value joins two homes, or an account to a person or home: such ties are sealed, and found by keyed look-ups. An
--   account has no time of its own for that reason: it would be the moment at which a person joined.

CREATE TABLE outside_homes (
    id TEXT NOT NULL,
    home_key BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outside_accounts (
    id TEXT NOT NULL,
    name BLOB NOT NULL,
    name_lookup BLOB NOT NULL,
    password BLOB,
    PRIMARY KEY (id),
    UNIQUE (name_lookup)
) STRICT, WITHOUT ROWID;

CREATE TABLE inside_homes_settings (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    name BLOB NOT NULL,
    PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;

-- person_key NULL: the person was erased; what was sealed under it opens no more.
-- account_lookup NULL: not joined, or left. Keyed by home: one account has unrelated look-ups in two homes. The account
-- itself is sealed together with the name.
CREATE TABLE inside_persons (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    account_lookup BLOB,
    name BLOB NOT NULL,
    role TEXT NOT NULL,
    person_key BLOB,
    joined_ms INTEGER NOT NULL,
    left_ms INTEGER,
    PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inside_persons_account ON inside_persons (home, account_lookup) WHERE left_ms IS NULL;

CREATE TABLE inside_devices (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    name_lookup BLOB NOT NULL,
    model TEXT NOT NULL,
    firmware TEXT NOT NULL,
    added_ms INTEGER NOT NULL,
    removed_ms INTEGER,
    PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inside_devices_name ON inside_devices (home, name_lookup) WHERE removed_ms IS NULL;

CREATE TABLE inside_cameras (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    device TEXT NOT NULL,
    address BLOB NOT NULL,
    locked_ms INTEGER,
    PRIMARY KEY (home, device),
    FOREIGN KEY (home, device) REFERENCES inside_devices (home, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- person NULL: the operator at the machine.
CREATE TABLE inside_consents (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    person TEXT,
    given_ms INTEGER NOT NULL,
    withdrawn_ms INTEGER,
    words_version INTEGER NOT NULL,
    PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inside_consents_standing ON inside_consents (home, purpose, person) WHERE withdrawn_ms IS NULL;

CREATE TABLE inside_grants (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    camera TEXT NOT NULL,
    grantee_kind TEXT NOT NULL,
    grantee TEXT NOT NULL,
    until_ms INTEGER,
    made_ms INTEGER NOT NULL,
    made_by TEXT,
    consent TEXT NOT NULL,
    handle BLOB NOT NULL,
    ended_ms INTEGER,
    ended_why TEXT,
    PRIMARY KEY (home, id),
    FOREIGN KEY (home, consent) REFERENCES inside_consents (home, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX inside_grants_consent ON inside_grants (home, consent);
CREATE INDEX inside_grants_live ON inside_grants (home) WHERE ended_ms IS NULL;

-- salt and payload NULL: erased; the leaf keeps the tree as it was.
CREATE TABLE inside_ledger_entries (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    salt BLOB,
    payload BLOB,
    leaf BLOB NOT NULL,
    PRIMARY KEY (home, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE outside_server_ledger_entries (
    position INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    salt BLOB,
    payload BLOB,
    leaf BLOB NOT NULL,
    PRIMARY KEY (position)
) STRICT, WITHOUT ROWID;

-- lookup: of home and person. sealed: account, home and person.
CREATE TABLE outside_account_homes (
    lookup BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (lookup)
) STRICT, WITHOUT ROWID;

-- sealed: the account and the CSRF token.
CREATE TABLE outside_sessions (
    token_hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;

-- person_lookup: of home and person, NULL without a person. sealed: kind, home, person and account.
CREATE TABLE outside_codes (
    code_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    person_lookup BLOB,
    sealed BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    uses_left INTEGER NOT NULL,
    PRIMARY KEY (code_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_codes_person ON outside_codes (person_lookup);

-- value: INTEGER (the highest time seen), TEXT or BLOB, as its writer says.
CREATE TABLE outside_server_state (
    name TEXT NOT NULL,
    value ANY,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
