-- Whom the game master plays: who was there, and so knows what happened. Made again from `events` at the next start.
DELETE FROM notes WHERE name = 'memory-format';

CREATE TABLE memory_presence (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    scene    INTEGER NOT NULL,
    branch   INTEGER NOT NULL,            -- with `since` where it lies on a line of play
    since    INTEGER NOT NULL,
    name     TEXT    NOT NULL,            -- in lower case
    here     INTEGER NOT NULL,            -- 1 they came, 0 they left
    within   INTEGER,                     -- the turn it belongs to: it goes if that turn is not answered
    PRIMARY KEY (table_id, scene, branch, since, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_presence_within ON memory_presence (table_id, within) WHERE within IS NOT NULL;

CREATE TABLE memory_witness (
    memory   INTEGER NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
    name     TEXT    NOT NULL,            -- in lower case
    branch   INTEGER NOT NULL,            -- with `since` from where on they know it
    since    INTEGER NOT NULL,
    heard    INTEGER NOT NULL,            -- 1 if they were only told
    table_id INTEGER NOT NULL,
    within   INTEGER,                     -- as above, of what they were told in a turn
    PRIMARY KEY (memory, name, branch, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_witness_within ON memory_witness (table_id, within) WHERE within IS NOT NULL;

-- Why the last turns were told what they were: numbers of memories and what was weighed, no words. Not made from the log.
CREATE TABLE turn_reports (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    what     TEXT    NOT NULL CHECK (what IN ('memory', 'lore')),
    turn     INTEGER NOT NULL,
    report   TEXT    NOT NULL,            -- JSON
    PRIMARY KEY (table_id, what, turn)
) STRICT, WITHOUT ROWID;
