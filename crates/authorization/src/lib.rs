//! Decisions of the authorization server: clients, codes, refresh-token families, revocation, signing keys.
