-- What hosts set at a table while the program runs, over what the configuration says.

CREATE TABLE table_settings (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    name     TEXT    NOT NULL,               -- the key, as in the configuration
    value    TEXT    NOT NULL,               -- the word, as in the configuration
    set_at   INTEGER NOT NULL,
    PRIMARY KEY (table_id, name)
) STRICT, WITHOUT ROWID;
