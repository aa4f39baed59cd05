-- The authorization server. `refreshtokendetails` has the vendor's columns and may be queried; what an
-- attacker could use, also hashes, is in tables that no query reaches.

CREATE TABLE authorization_code (
    hash BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    user TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    scope TEXT NOT NULL,
    device TEXT,
    family TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    spent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX authorization_code_age ON authorization_code (issued_at);

-- pkid is the family; state is 1 while it is not revoked, else 0; validity is its end.
CREATE TABLE refreshtokendetails (
    pkid TEXT PRIMARY KEY,
    refreshtokenindex TEXT NOT NULL,
    userid TEXT NOT NULL,
    clientid TEXT NOT NULL,
    validity INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX refreshtokendetails_userid ON refreshtokendetails (userid, clientid);
CREATE INDEX refreshtokendetails_validity ON refreshtokendetails (validity);

CREATE TABLE refresh_token (
    family TEXT PRIMARY KEY REFERENCES refreshtokendetails ON DELETE CASCADE,
    device TEXT,
    scope TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    current BLOB NOT NULL,
    previous BLOB,
    rotated_at INTEGER,
    revoked_at INTEGER,
    revoked_reason TEXT
) STRICT, WITHOUT ROWID;

-- The numbers are never used again: the last one is the mark that nodes watch.
CREATE TABLE revocation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT,
    user TEXT,
    client_id TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX revocation_at ON revocation (at);

CREATE TABLE authorization_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
