-- A phone that has a mailbox.
CREATE TABLE inside_mailboxes (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    phone TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    PRIMARY KEY (home, phone),
    FOREIGN KEY (home, phone) REFERENCES inside_devices (home, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- One message's copy for one phone. position: in which order they came. state: messages/mailbox_copy.py. Nothing tells
-- who sent it.
-- envelope: sealed, encrypted end to end within; of a copy that was taken its receipt; NULL when there is nothing to keep.
CREATE TABLE inside_mailbox_copies (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    message TEXT NOT NULL,
    phone TEXT NOT NULL,
    position INTEGER NOT NULL,
    state INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    envelope BLOB,
    PRIMARY KEY (home, message, phone),
    FOREIGN KEY (home, phone) REFERENCES inside_mailboxes (home, phone) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inside_mailbox_copies_position ON inside_mailbox_copies (home, phone, position);
CREATE INDEX inside_mailbox_copies_at ON inside_mailbox_copies (home, at_ms);
