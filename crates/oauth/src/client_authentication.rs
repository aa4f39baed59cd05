//! How a client says who it is (RFC 6749 §2.3.1): HTTP Basic, or parameters of the body; one of them, not both.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::form::decode;
use crate::{ErrorCode, ErrorResponse, Parameters};

/// A client's secret as it came; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The text, for the comparison only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(..)")
    }
}

/// What a client says of itself: not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAuthentication {
    /// The client's identifier.
    pub client_id: String,
    /// Its secret; a public client has none.
    pub secret: Option<ClientSecret>,
    /// Whether it used HTTP Basic, so that a refusal has to challenge (RFC 6749 §5.2).
    pub basic: bool,
}

impl ClientAuthentication {
    /// Reads the value of an `Authorization` header, when there is one, and the parameters of the body.
    pub fn parse(authorization: Option<&[u8]>, parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let of_body = parameters.get("client_id");
        let secret_of_body = parameters.get("client_secret");
        let Some(authorization) = authorization else {
            let missing = || ErrorResponse::new(ErrorCode::InvalidClient, "the client does not say who it is");
            return Ok(Self {
                client_id: of_body.ok_or_else(missing)?.to_owned(),
                secret: secret_of_body.map(|secret| ClientSecret(secret.to_owned())),
                basic: false,
            });
        };
        let Some((client_id, secret)) = basic(authorization) else {
            return Err(ErrorResponse::new(ErrorCode::InvalidClient, "the Authorization header is not HTTP Basic"));
        };
        if secret_of_body.is_some() || of_body.is_some_and(|other| other != client_id) {
            return Err(ErrorResponse::invalid_request("the client authenticates in more than one way"));
        }
        Ok(Self { client_id, secret: Some(ClientSecret(secret)).filter(|secret| !secret.0.is_empty()), basic: true })
    }
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
fn basic(authorization: &[u8]) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let credentials = STANDARD.decode(credentials.trim_ascii()).ok()?;
    let colon = credentials.iter().position(|byte| *byte == b':')?;
    let (client_id, secret) = credentials.split_at_checked(colon)?;
    let client_id = decode(client_id).ok().filter(|client_id| !client_id.is_empty())?;
    Some((client_id, decode(secret.strip_prefix(b":")?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(authorization: Option<&str>, body: &str) -> Result<ClientAuthentication, ErrorCode> {
        let parameters = Parameters::parse(body.as_bytes()).unwrap();
        let header = authorization.map(str::as_bytes);
        ClientAuthentication::parse(header, &parameters).map_err(|refusal| refusal.error)
    }

    #[test]
    fn a_client_says_who_it_is_in_one_way() {
        let secret = Some(ClientSecret("s:1 2".to_owned()));
        let public = ClientAuthentication { client_id: "C1".to_owned(), secret: None, basic: false };
        assert_eq!(parse(None, "client_id=C1"), Ok(public.clone()));
        let post = ClientAuthentication { secret: secret.clone(), ..public.clone() };
        assert_eq!(parse(None, "client_id=C1&client_secret=s:1+2"), Ok(post));
        // C1:s%3A1+2
        let basic = ClientAuthentication { secret, basic: true, ..public };
        assert_eq!(parse(Some("Basic QzE6cyUzQTErMg=="), ""), Ok(basic.clone()));
        assert_eq!(parse(Some("bAsIc QzE6cyUzQTErMg=="), "client_id=C1"), Ok(basic));
        assert_eq!(parse(Some("Basic QzE6cyUzQTErMg=="), "client_id=C2"), Err(ErrorCode::InvalidRequest));
        assert_eq!(parse(Some("Basic QzE6cyUzQTErMg=="), "client_secret=x"), Err(ErrorCode::InvalidRequest));
        for header in ["", "Basic", "Basic !", "Basic QzE=", "Bearer QzE6eA==", "Basic OnNlY3JldA=="] {
            assert_eq!(parse(Some(header), ""), Err(ErrorCode::InvalidClient), "{header}");
        }
        assert_eq!(parse(None, ""), Err(ErrorCode::InvalidClient));
    }
}
