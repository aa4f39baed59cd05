-- Public keys with which users sign in to the admin shell over SSH. They go with their users.

CREATE TABLE sshkey (
    fkenduser TEXT NOT NULL REFERENCES enduser ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    key TEXT NOT NULL,
    comment TEXT NOT NULL,
    PRIMARY KEY (fkenduser, fingerprint)
) STRICT, WITHOUT ROWID;
