-- Tables that were opened by people while the program ran, beside those of the configuration file.

CREATE TABLE opened_tables (
    table_id  INTEGER PRIMARY KEY REFERENCES tables (id),
    place     TEXT    NOT NULL,
    wishes    TEXT    NOT NULL,              -- JSON: what whoever opened it asked for
    opened_at INTEGER NOT NULL,
    closed_at INTEGER                        -- none while it is open; its story and log stay either way
) STRICT;

-- A place has one open table.
CREATE UNIQUE INDEX opened_tables_place ON opened_tables (place) WHERE closed_at IS NULL;
