//! The self-describing access token: a signed JWS around an encrypted JWE (RFC 7515, RFC 7516, RFC 8725).
