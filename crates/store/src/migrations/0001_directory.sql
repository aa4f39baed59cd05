-- The directory, under the vendor's table and column names where they are known, so that documented
-- queries work as they are. Booleans are 't' and 'f', as they are printed there.
-- No table here holds a secret except `credential`: `run sql` shows whole tables or nothing.

CREATE TABLE cluster (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pkid TEXT NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;

-- The change feed and the versions of the objects: one row for each object that there is or was.
CREATE TABLE object (
    kind TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    version INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_version ON object (version);

CREATE TABLE processconfig (
    pkid TEXT PRIMARY KEY,
    paramname TEXT NOT NULL UNIQUE,
    paramvalue TEXT NOT NULL
) STRICT;

CREATE TABLE typemodel (enum INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE typenodeusage (enum INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE typedevicesecuritymode (enum INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE typetransport (enum INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO typemodel VALUES
    (336, 'Third-party SIP Device (Basic)'), (374, 'Third-party SIP Device (Advanced)'),
    (503, 'Cisco Unified Client Services Framework'), (562, 'Cisco Dual Mode for iPhone'),
    (575, 'Cisco Dual Mode for Android'), (621, 'Cisco 7821'), (652, 'Cisco Jabber for Tablet'),
    (684, 'Cisco 8851');
INSERT INTO typenodeusage VALUES (0, 'Publisher'), (1, 'Subscriber');
INSERT INTO typedevicesecuritymode VALUES (1, 'Non Secure'), (2, 'Authenticated'), (3, 'Encrypted');
INSERT INTO typetransport VALUES (1, 'TCP'), (2, 'UDP'), (3, 'TLS'), (4, 'TCP+UDP');

CREATE TABLE processnode (
    pkid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    address TEXT NOT NULL,
    description TEXT NOT NULL,
    tknodeusage INTEGER NOT NULL REFERENCES typenodeusage
) STRICT;

CREATE TABLE callmanager (
    pkid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    fkprocessnode TEXT NOT NULL UNIQUE REFERENCES processnode ON DELETE CASCADE,
    ethernetphoneport INTEGER NOT NULL,
    mgcplistenport INTEGER NOT NULL,
    mgcpkeepaliveport INTEGER NOT NULL,
    sipphoneport INTEGER NOT NULL,
    sipphonesecureport INTEGER NOT NULL,
    sipoauthport INTEGER NOT NULL,
    sipoauthmraport INTEGER NOT NULL
) STRICT;

CREATE TABLE callmanagergroup (
    pkid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;

CREATE TABLE callmanagergroupmember (
    pkid TEXT PRIMARY KEY,
    fkcallmanagergroup TEXT NOT NULL REFERENCES callmanagergroup ON DELETE CASCADE,
    fkcallmanager TEXT NOT NULL REFERENCES callmanager,
    priority INTEGER NOT NULL,
    UNIQUE (fkcallmanagergroup, priority)
) STRICT;

CREATE TABLE devicepool (
    pkid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    fkcallmanagergroup TEXT NOT NULL REFERENCES callmanagergroup
) STRICT;

CREATE TABLE securityprofile (
    pkid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description TEXT NOT NULL,
    noncevaliditytime INTEGER NOT NULL,
    tkdevicesecuritymode INTEGER NOT NULL REFERENCES typedevicesecuritymode,
    tktransport INTEGER NOT NULL REFERENCES typetransport,
    enabledigestauthentication TEXT NOT NULL CHECK (enabledigestauthentication IN ('t', 'f')),
    tftpencryptedconfig TEXT NOT NULL CHECK (tftpencryptedconfig IN ('t', 'f')),
    enableoauthauthentication TEXT NOT NULL CHECK (enableoauthauthentication IN ('t', 'f')),
    excludedigestcredentials TEXT NOT NULL CHECK (excludedigestcredentials IN ('t', 'f')),
    sipphoneport INTEGER NOT NULL
) STRICT;

CREATE TABLE enduser (
    pkid TEXT PRIMARY KEY,
    userid TEXT NOT NULL UNIQUE COLLATE NOCASE,
    firstname TEXT NOT NULL,
    lastname TEXT NOT NULL,
    mailid TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status IN (0, 1))
) STRICT;

CREATE TABLE dirgroup (pkid TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO dirgroup VALUES
    ('9a2c3f58-6f0b-4d24-8f54-1f2d5c8e7a01', 'Standard CCM Super Users'),
    ('9a2c3f58-6f0b-4d24-8f54-1f2d5c8e7a02', 'Standard AXL API Access');

CREATE TABLE enduserdirgroupmap (
    fkenduser TEXT NOT NULL REFERENCES enduser ON DELETE CASCADE,
    fkdirgroup TEXT NOT NULL REFERENCES dirgroup,
    PRIMARY KEY (fkenduser, fkdirgroup)
) STRICT, WITHOUT ROWID;

-- Secret: out of reach of every query.
CREATE TABLE credential (
    fkenduser TEXT PRIMARY KEY REFERENCES enduser ON DELETE CASCADE,
    password_hash TEXT,
    digest_realm TEXT,
    ha1_md5 TEXT,
    ha1_sha256 TEXT
) STRICT;

CREATE TABLE numplan (
    pkid TEXT PRIMARY KEY,
    dnorpattern TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description TEXT NOT NULL,
    alertingname TEXT NOT NULL,
    cfadestination TEXT,
    cfbdestination TEXT,
    cfnadestination TEXT,
    cfnaduration INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
    pkid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description TEXT NOT NULL,
    tkmodel INTEGER NOT NULL REFERENCES typemodel,
    fkdevicepool TEXT NOT NULL REFERENCES devicepool,
    fksecurityprofile TEXT NOT NULL REFERENCES securityprofile,
    fkenduser TEXT REFERENCES enduser,
    fkenduser_digest TEXT REFERENCES enduser
) STRICT;

CREATE TABLE enduserdevicemap (
    pkid TEXT PRIMARY KEY,
    fkenduser TEXT NOT NULL REFERENCES enduser,
    fkdevice TEXT NOT NULL REFERENCES device ON DELETE CASCADE,
    UNIQUE (fkdevice, fkenduser)
) STRICT;

-- pkid is the line's contact: the user part of the Contact that the device registers.
CREATE TABLE devicenumplanmap (
    pkid TEXT PRIMARY KEY,
    fkdevice TEXT NOT NULL REFERENCES device ON DELETE CASCADE,
    fknumplan TEXT NOT NULL REFERENCES numplan,
    numplanindex INTEGER NOT NULL,
    label TEXT NOT NULL,
    display TEXT NOT NULL,
    maxnumcalls INTEGER NOT NULL,
    busytrigger INTEGER NOT NULL,
    UNIQUE (fkdevice, numplanindex)
) STRICT;

CREATE TABLE expresswaycconfiguration (
    pkid TEXT PRIMARY KEY,
    hostnameorip TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description TEXT NOT NULL,
    x509subjectnameoraltname TEXT NOT NULL
) STRICT;
CREATE VIEW expresswayconfiguration AS SELECT * FROM expresswaycconfiguration;
