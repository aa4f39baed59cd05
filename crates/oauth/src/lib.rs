//! The OAuth 2.0 family on the wire: requests, responses, metadata and error codes, without decisions.
//!
//! - RFC 6749, the framework: the authorization-code and refresh-token grants, and no other.
//! - RFC 7636, PKCE: S256 only, and always (RFC 9700 §2.1.1).
//! - RFC 7009, revocation; RFC 7662, introspection; RFC 8414, metadata; RFC 9207, the issuer in the response.
//! - RFC 8252 §7.3, the loopback redirection of native applications.
//!
//! Parsing is strict: a parameter comes once (RFC 6749 §3.1), in UTF-8, within bounds; an empty one counts as absent.
//! Who the client is, what it may have and whether a secret fits, the `authorization` crate decides.

mod authorize;
mod client_authentication;
mod error;
mod form;
mod introspect;
mod metadata;
mod pkce;
mod redirect_uri;
mod revoke;
mod scope;
mod token;

pub use authorize::{AuthorizationRequest, AuthorizationResponse, CodeRequest};
pub use client_authentication::{ClientAuthentication, ClientSecret};
pub use error::{ErrorCode, ErrorResponse};
pub use form::{FormError, Parameters, encode};
pub use introspect::IntrospectionResponse;
pub use metadata::ServerMetadata;
pub use pkce::{CodeChallenge, CodeVerifier};
pub use redirect_uri::{RedirectUriError, matches, validate};
pub use revoke::TokenArgument;
pub use scope::Scope;
pub use token::{Grant, TokenRequest, TokenResponse};
