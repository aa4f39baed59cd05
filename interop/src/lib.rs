//! Foreign judges: SIPp, baresip, OpenSSL, tshark, authlib.
