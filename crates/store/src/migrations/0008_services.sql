-- Acts on the services of another node, how the services of each node are, and restarts of the whole cluster.

ALTER TABLE restartrequest RENAME TO servicerequest;
ALTER TABLE servicerequest ADD COLUMN service TEXT NOT NULL DEFAULT 'Cisco CallManager';
ALTER TABLE servicerequest ADD COLUMN act TEXT NOT NULL DEFAULT 'restart';
ALTER TABLE servicerequest ADD COLUMN author TEXT NOT NULL DEFAULT '';

CREATE TABLE nodeservice (
    node TEXT NOT NULL COLLATE NOCASE,
    service TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'starting', 'stopped')),
    stoppedby TEXT,
    reason TEXT NOT NULL DEFAULT '',
    since INTEGER NOT NULL,
    PRIMARY KEY (node, service)
) STRICT, WITHOUT ROWID;

CREATE TABLE clusterrestart (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author TEXT NOT NULL,
    leader TEXT NOT NULL COLLATE NOCASE,
    begun INTEGER NOT NULL,
    ended INTEGER
) STRICT;

CREATE TABLE clusterrestartnode (
    clusterrestart INTEGER NOT NULL REFERENCES clusterrestart (id),
    position INTEGER NOT NULL,
    node TEXT NOT NULL COLLATE NOCASE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'restarting', 'started', 'failed', 'skipped')),
    reason TEXT NOT NULL DEFAULT '',
    since INTEGER NOT NULL,
    PRIMARY KEY (clusterrestart, position)
) STRICT, WITHOUT ROWID;
