//! The admin shell over SSH (RFC 4251 to 4254).
