-- Lines that people said as a character and that stand in a place in the character's name: which action each is.

CREATE TABLE lines (
    place    TEXT    NOT NULL REFERENCES places (place),
    message  INTEGER NOT NULL,               -- the receiver's number of the message in the character's name
    original INTEGER,                        -- of the person's own message, where they wrote one
    source   TEXT    NOT NULL,               -- where the action was heard
    doubled  INTEGER NOT NULL,               -- 1 while the person's own message still has to be removed
    PRIMARY KEY (place, message)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX lines_original ON lines (place, original) WHERE original IS NOT NULL;

-- Few rows at any time: what a start has to look after.
CREATE INDEX lines_doubled ON lines (place, message) WHERE doubled = 1;
