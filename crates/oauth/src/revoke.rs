//! What revocation (RFC 7009 §2.1) and introspection (RFC 7662 §2.1) ask about: a token, and a hint that needs no attention.

use std::fmt;

use crate::{ErrorResponse, Parameters};

/// The token that a request is about.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenArgument(String);

impl TokenArgument {
    /// Reads the body's parameters. The `token_type_hint` is not needed: both kinds are told apart by themselves.
    pub fn parse(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let token = parameters.get("token").ok_or_else(|| ErrorResponse::invalid_request("token is required"))?;
        Ok(Self(token.to_owned()))
    }

    /// The token's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for TokenArgument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenArgument(..)")
    }
}
