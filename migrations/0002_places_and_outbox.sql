-- Where tables are reached, how far each place was heard and shown, and what is on its way there.

CREATE TABLE places (
    place      TEXT    PRIMARY KEY,          -- the door's name for it: 'discord:<channel id>'
    table_id   INTEGER NOT NULL REFERENCES tables (id),
    heard_upto INTEGER NOT NULL,             -- the door's number of the newest message that was dealt with
    shown_upto INTEGER NOT NULL,             -- the newest turn whose end stands there
    opened_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each message this program puts somewhere, written before it is sent.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    place      TEXT    NOT NULL REFERENCES places (place),
    subject    TEXT    NOT NULL,             -- what it is about: 'turn:12', 'heard:…'
    part       INTEGER NOT NULL,             -- several messages may be needed to say it
    nonce      TEXT    NOT NULL UNIQUE,      -- lets the receiver know a repetition
    body       TEXT,                         -- what it says, where that cannot be had from the log
    state      TEXT    NOT NULL CHECK (state IN ('planned', 'sent', 'dropped')),
    message    INTEGER,                      -- the receiver's number of it, once it was taken
    planned_at INTEGER NOT NULL,
    UNIQUE (place, subject, part)
) STRICT;

-- Few rows at any time: what a start has to look after.
CREATE INDEX outbox_planned ON outbox (place, id) WHERE state = 'planned';

-- Small things a door remembers from one start to the next, such as which commands it has registered.
CREATE TABLE notes (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
