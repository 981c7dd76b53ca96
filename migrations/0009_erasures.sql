-- That something was erased, and when: the receipts. They name nobody and none of the words.

CREATE TABLE erasures (
    receipt TEXT    PRIMARY KEY,
    at      INTEGER NOT NULL,
    tables  INTEGER NOT NULL,             -- how many games' tables the person sat at
    events  INTEGER NOT NULL,             -- how many events were blanked
    files   INTEGER NOT NULL              -- how many attached files were removed
) STRICT, WITHOUT ROWID;
