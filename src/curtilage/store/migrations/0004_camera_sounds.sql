-- Cameras whose sound is switched on. A row counts only while the consent it names stands: one that was withdrawn and
-- given again is another, so withdrawing switches every sound of the home off for good.
CREATE TABLE inside_camera_sounds (
    home TEXT NOT NULL REFERENCES outside_homes (id) DEFERRABLE INITIALLY DEFERRED,
    device TEXT NOT NULL,
    consent TEXT NOT NULL,
    PRIMARY KEY (home, device),
    FOREIGN KEY (home, device) REFERENCES inside_devices (home, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (home, consent) REFERENCES inside_consents (home, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
