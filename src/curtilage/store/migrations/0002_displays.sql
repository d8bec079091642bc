-- A display that is paired. sealed: the digest of the secret by which it keeps its place; no row tells which secret.
CREATE TABLE inside_displays (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    device TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (home, device),
    FOREIGN KEY (home, device) REFERENCES inside_devices (home, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
