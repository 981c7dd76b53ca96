-- The log of every table, and what is derived from it. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE tables (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    uid        TEXT    NOT NULL UNIQUE,   -- UUID v7; stays with the table when it moves to another installation
    created_at INTEGER NOT NULL
) STRICT;

-- The record. Rows are added and never changed. The order of the key is the order of the log, so a table's
-- events lie together however many tables write at once.
CREATE TABLE events (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    seq      INTEGER NOT NULL CHECK (seq > 0),
    branch   INTEGER NOT NULL,
    scene    INTEGER NOT NULL,
    turn     INTEGER,
    kind     TEXT    NOT NULL,            -- the `kind` of the payload, for the indexes below
    actor    TEXT    NOT NULL,            -- JSON
    audience TEXT    NOT NULL,            -- JSON
    at       INTEGER NOT NULL,
    cause    INTEGER,
    payload  TEXT    NOT NULL,            -- JSON
    PRIMARY KEY (table_id, seq)
) STRICT, WITHOUT ROWID;

-- The story along a line of play.
CREATE INDEX events_of_story ON events (table_id, branch, seq)
    WHERE kind IN ('turn_opened', 'turn_ended', 'scene_opened', 'scene_titled', 'scene_ended');
-- One scene: its turns by the scene that was open, its opening, titles and end by the scene they name.
CREATE INDEX events_in_scene ON events (table_id, scene, branch, seq)
    WHERE kind IN ('turn_opened', 'turn_ended');
CREATE INDEX events_about_scene ON events (table_id, json_extract(payload, '$.scene'), branch, seq)
    WHERE kind IN ('scene_opened', 'scene_titled', 'scene_ended');
CREATE INDEX events_of_branching ON events (table_id, seq)
    WHERE kind = 'branch_opened';

-- From here on everything can be made again from `events`.

CREATE TABLE actions (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    action   INTEGER NOT NULL,
    source   TEXT    NOT NULL,
    seat     INTEGER NOT NULL,
    state    TEXT    NOT NULL
        CHECK (state IN ('waiting', 'taken', 'answered', 'failed', 'stopped', 'skipped', 'withdrawn')),
    turn     INTEGER,                     -- the newest turn that took it; none while it waits
    PRIMARY KEY (table_id, action),
    UNIQUE (table_id, source)
) STRICT, WITHOUT ROWID;

-- Few rows at any time: this is what a start looks through.
CREATE INDEX actions_unfinished ON actions (table_id, turn, state)
    WHERE state IN ('waiting', 'taken');

CREATE TABLE turns (
    table_id    INTEGER NOT NULL REFERENCES tables (id),
    turn        INTEGER NOT NULL,
    branch      INTEGER NOT NULL,
    scene       INTEGER NOT NULL,
    opened_seq  INTEGER NOT NULL,
    ended_seq   INTEGER,
    outcome     TEXT CHECK (outcome IN ('answered', 'failed', 'stopped', 'interrupted')),
    provider    TEXT    NOT NULL,
    model       TEXT,
    cost_micros INTEGER,                  -- millionths of a US dollar; null is unknown, not free
    tokens_in   INTEGER,
    tokens_out  INTEGER,
    opened_at   INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (table_id, turn)
) STRICT, WITHOUT ROWID;

CREATE INDEX turns_unfinished ON turns (table_id) WHERE ended_seq IS NULL;

-- A cache of folded states, so that opening a table does not read its whole log.
CREATE TABLE snapshots (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    branch   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,            -- the last event that is folded in
    format   INTEGER NOT NULL,            -- other formats than the program's own are not read
    state    TEXT    NOT NULL,
    PRIMARY KEY (table_id, seq)
) STRICT;

CREATE INDEX snapshots_by_branch ON snapshots (table_id, branch, seq);
