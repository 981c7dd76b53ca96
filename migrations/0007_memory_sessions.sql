-- Sessions and arcs are remembered too. What is remembered is made again from the log at the next start, so it is begun anew.

DROP TABLE memory_vocabulary;
DROP TABLE memory_words;
DROP TABLE memory_knower;
DROP TABLE memory;
DELETE FROM notes WHERE name = 'memory-format';

CREATE TABLE memory (
    id         INTEGER PRIMARY KEY,
    table_id   INTEGER NOT NULL REFERENCES tables (id),
    event      INTEGER NOT NULL,          -- with `part` the number under which people know it
    part       INTEGER NOT NULL,
    branch     INTEGER NOT NULL,          -- with `since` where it lies on a line of play; a correction lies where
    since      INTEGER NOT NULL,          --   what it corrects does, so that an undo does not bring the mistake back
    scene      INTEGER NOT NULL,
    turn       INTEGER,                   -- the newest turn then
    within     INTEGER,                   -- the turn it belongs to: it goes if that turn is not answered
    at         INTEGER NOT NULL,
    tier       TEXT    NOT NULL
        CHECK (tier IN ('beat', 'secret', 'scene', 'session', 'arc', 'fact', 'rumour', 'promise', 'pin')),
    text       TEXT    NOT NULL,
    names      TEXT    NOT NULL,          -- one a line
    grams      TEXT    NOT NULL,          -- the Chinese, Japanese and Korean in the text, two signs each
    importance INTEGER NOT NULL,
    audience   TEXT    NOT NULL,          -- JSON
    everyone   INTEGER NOT NULL,          -- whether that is everyone; else `memory_knower` says who
    pinned     INTEGER NOT NULL DEFAULT 0,
    by_people  INTEGER NOT NULL DEFAULT 0,
    hidden     INTEGER NOT NULL DEFAULT 0, -- forgotten, or corrected by another
    UNIQUE (table_id, event, part)
) STRICT;

CREATE INDEX memory_of_scene ON memory (table_id, scene, branch, since) WHERE tier = 'beat';
CREATE INDEX memory_of_tier ON memory (table_id, tier, since);
CREATE INDEX memory_within ON memory (table_id, within) WHERE within IS NOT NULL;
CREATE INDEX memory_weighty ON memory (table_id, since) WHERE importance >= 7;

CREATE TABLE memory_knower (
    memory INTEGER NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
    seat   INTEGER NOT NULL,
    PRIMARY KEY (memory, seat)
) STRICT, WITHOUT ROWID;

-- Two signs each for scripts without spaces: SQLite's trigrams find no word of two, which most are.
CREATE VIRTUAL TABLE memory_words USING fts5 (
    text, names, grams,
    content = 'memory', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
);
CREATE VIRTUAL TABLE memory_vocabulary USING fts5vocab (memory_words, row);

CREATE TRIGGER memory_added AFTER INSERT ON memory BEGIN
    INSERT INTO memory_words (rowid, text, names, grams) VALUES (new.id, new.text, new.names, new.grams);
END;
CREATE TRIGGER memory_removed AFTER DELETE ON memory BEGIN
    INSERT INTO memory_words (memory_words, rowid, text, names, grams)
    VALUES ('delete', old.id, old.text, old.names, old.grams);
END;
