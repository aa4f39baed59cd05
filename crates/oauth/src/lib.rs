//! The OAuth 2.0 family (RFC 6749): requests, grants, PKCE, metadata and error codes.
