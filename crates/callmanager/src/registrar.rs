//! Which device is registered, and on which flow (RFC 3261 §10).
