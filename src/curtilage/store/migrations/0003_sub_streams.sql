-- The second, smaller stream of a camera, where a person named one. Sealed like cameras.address, and gone with it.
CREATE TABLE inside_sub_streams (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    device TEXT NOT NULL,
    address BLOB NOT NULL,
    PRIMARY KEY (home, device),
    FOREIGN KEY (home, device) REFERENCES inside_devices (home, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
