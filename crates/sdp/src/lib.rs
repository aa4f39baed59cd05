//! Session descriptions (RFC 8866): offer and answer (RFC 3264) and SDES keys (RFC 4568).
