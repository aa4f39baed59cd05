//! PKCE (RFC 7636) with S256 and nothing else: `plain` would hand the verifier to whoever reads the request.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{ErrorResponse, Parameters};

/// What the client commits to: the base64url form of a SHA-256, always 43 characters (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`, both required, the second `S256`.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let Some(challenge) = parameters.get("code_challenge") else {
            return Err(ErrorResponse::invalid_request("code_challenge is required (PKCE, RFC 7636)"));
        };
        if parameters.get("code_challenge_method") != Some("S256") {
            return Err(ErrorResponse::invalid_request("code_challenge_method must be S256"));
        }
        match URL_SAFE_NO_PAD.decode(challenge) {
            Ok(hash) if hash.len() == 32 => Ok(Self(challenge.to_owned())),
            _ => Err(ErrorResponse::invalid_request("code_challenge is not the base64url form of a SHA-256")),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What proves the commitment: 43 to 128 unreserved characters (RFC 7636 §4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// Checks the syntax.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        ((43..=128).contains(&text.len()) && text.bytes().all(unreserved)).then(|| Self(text.to_owned()))
    }

    /// A verifier of the client's own, from 32 random bytes (RFC 7636 §4.1).
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// The challenge that this verifier answers.
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes())))
    }

    /// The text, for the token request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CodeVerifier(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(verifier.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn verifiers_have_their_syntax() {
        assert!(CodeVerifier::new(&"a".repeat(42)).is_none());
        assert!(CodeVerifier::new(&"a".repeat(43)).is_some());
        assert!(CodeVerifier::new(&"~".repeat(128)).is_some());
        assert!(CodeVerifier::new(&"a".repeat(129)).is_none());
        assert!(CodeVerifier::new(&"+".repeat(43)).is_none());
    }

    #[test]
    fn oau_3_the_challenge_is_required_and_s256() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for (query, description) in [
            ("code_challenge_method=S256".to_owned(), "code_challenge is required (PKCE, RFC 7636)"),
            (format!("code_challenge={challenge}"), "code_challenge_method must be S256"),
            (format!("code_challenge={challenge}&code_challenge_method=plain"), "code_challenge_method must be S256"),
            (format!("code_challenge={challenge}&code_challenge_method=s256"), "code_challenge_method must be S256"),
            (
                "code_challenge=dBjft&code_challenge_method=S256".to_owned(),
                "code_challenge is not the base64url form of a SHA-256",
            ),
        ] {
            let parameters = Parameters::parse(query.as_bytes()).unwrap();
            let refused = CodeChallenge::from_parameters(&parameters).unwrap_err();
            assert_eq!(refused, ErrorResponse::invalid_request(description), "{query}");
        }
    }
}
