-- Call detail records. Names of columns are the vendor's, in lower case, where it has such a column.

CREATE TABLE calldetailrecord (
    pkid TEXT PRIMARY KEY,
    globalcallid TEXT NOT NULL,
    node TEXT NOT NULL,
    origdevicename TEXT NOT NULL,
    callingpartynumber TEXT NOT NULL,
    callingpartyuserid TEXT,
    originalcalledpartynumber TEXT NOT NULL,
    finalcalledpartynumber TEXT NOT NULL,
    destdevicename TEXT,
    destnumber TEXT,
    destuserid TEXT,
    redirectreason TEXT,
    datetimeorigination INTEGER NOT NULL,
    datetimeconnect INTEGER NOT NULL,
    datetimedisconnect INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    causevalue INTEGER NOT NULL,
    endedby TEXT NOT NULL,
    sipstatus INTEGER,
    securitystatus TEXT NOT NULL,
    ciphersuites TEXT NOT NULL
) STRICT;
CREATE INDEX calldetailrecord_disconnect ON calldetailrecord (datetimedisconnect);
