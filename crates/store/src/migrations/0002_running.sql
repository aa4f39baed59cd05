-- What nodes run and where devices are; the audit log.

CREATE TABLE noderunning (
    node TEXT PRIMARY KEY COLLATE NOCASE,
    sipoauthmode INTEGER NOT NULL,
    mixedmode INTEGER NOT NULL,
    ports TEXT NOT NULL,
    tomcatcertificate TEXT NOT NULL
) STRICT;

CREATE TABLE nodelease (
    node TEXT PRIMARY KEY COLLATE NOCASE,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The row of a device outlives its registration, without a node, so that a storm rewrites rows in
-- place instead of growing and shrinking the table.
CREATE TABLE devicelocation (
    device TEXT PRIMARY KEY COLLATE NOCASE,
    node TEXT COLLATE NOCASE,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE restartrequest (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL COLLATE NOCASE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    reason TEXT NOT NULL DEFAULT ''
) STRICT;

-- Append-only, and chained: each row's hash covers the row before it.
CREATE TABLE auditlog (
    id INTEGER PRIMARY KEY,
    unixtime INTEGER NOT NULL,
    author TEXT NOT NULL,
    surface TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER auditlog_no_update BEFORE UPDATE ON auditlog
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER auditlog_no_delete BEFORE DELETE ON auditlog
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
