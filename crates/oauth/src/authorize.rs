//! The authorization request and response (RFC 6749 §4.1.1 and §4.1.2).
//!
//! A request is read in two steps. First only the client and where to answer: a mistake there is told to the user on a
//! page, because an unchecked address must not be redirected to (RFC 6749 §4.1.2.1). Then the rest, whose mistakes the
//! client hears by redirection.

use crate::{CodeChallenge, ErrorCode, ErrorResponse, Parameters, Scope, encode};

/// Longer than any `state` that a client needs.
const MAX_STATE: usize = 2048;

/// Who asks, and where the answer goes: not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest<'a> {
    parameters: &'a Parameters,
    /// The client.
    pub client_id: &'a str,
    /// Where the answer goes; absent when the client has only one address.
    pub redirect_uri: Option<&'a str>,
    /// What comes back with the answer.
    pub state: Option<&'a str>,
}

/// A request for a code, as far as its syntax goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRequest {
    /// What is asked for; absent means the default.
    pub scope: Option<Scope>,
    /// The PKCE challenge.
    pub code_challenge: CodeChallenge,
    /// The device that the tokens are to be bound to. Our choice: a parameter of our own, `device`.
    pub device: Option<String>,
}

impl<'a> AuthorizationRequest<'a> {
    /// Reads who asks, and where the answer goes.
    pub fn parse(parameters: &'a Parameters) -> Result<Self, ErrorResponse> {
        let client_id = parameters.get("client_id");
        let client_id = client_id.ok_or_else(|| ErrorResponse::invalid_request("client_id is required"))?;
        let state = parameters.get("state");
        if state.is_some_and(|state| state.len() > MAX_STATE) {
            return Err(ErrorResponse::invalid_request("state is too long"));
        }
        Ok(Self { parameters, client_id, redirect_uri: parameters.get("redirect_uri"), state })
    }

    /// Reads what is asked for.
    pub fn code_request(&self) -> Result<CodeRequest, ErrorResponse> {
        let response_type = self.parameters.get("response_type");
        match response_type {
            Some("code") => {}
            None => return Err(ErrorResponse::invalid_request("response_type is required")),
            // The implicit grant is gone (RFC 9700 §2.1.2).
            Some(_) => {
                let description = "response_type must be code";
                return Err(ErrorResponse::new(ErrorCode::UnsupportedResponseType, description));
            }
        }
        if !matches!(self.parameters.get("response_mode"), None | Some("query")) {
            return Err(ErrorResponse::invalid_request("response_mode must be query"));
        }
        if self.parameters.get("request").is_some() || self.parameters.get("request_uri").is_some() {
            return Err(ErrorResponse::invalid_request("request objects are not supported"));
        }
        let scope = match self.parameters.get("scope") {
            Some(text) => match Scope::parse(text) {
                Some(scope) => Some(scope),
                None => return Err(ErrorResponse::new(ErrorCode::InvalidScope, "scope is malformed")),
            },
            None => None,
        };
        let code_challenge = CodeChallenge::from_parameters(self.parameters)?;
        let device = self.parameters.get("device").map(str::to_owned);
        Ok(CodeRequest { scope, code_challenge, device })
    }
}

/// What the browser carries back to the client.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthorizationResponse<'a> {
    /// The code.
    Code(&'a str),
    /// The refusal.
    Error(&'a ErrorResponse),
}

impl AuthorizationResponse<'_> {
    /// The address to redirect to: a checked redirection URI, `state` as it came, and the issuer (RFC 9207 §2).
    #[must_use]
    pub fn location(&self, redirect_uri: &str, state: Option<&str>, issuer: &str) -> String {
        let mut location = redirect_uri.to_owned();
        let mut separator = if redirect_uri.contains('?') { '&' } else { '?' };
        let mut add = |name: &str, value: &str| {
            location.push(separator);
            separator = '&';
            location.push_str(name);
            location.push('=');
            encode(value, &mut location);
        };
        match self {
            Self::Code(code) => add("code", code),
            Self::Error(error) => {
                add("error", error.error.as_str());
                add("error_description", &error.error_description);
            }
        }
        if let Some(state) = state {
            add("state", state);
        }
        add("iss", issuer);
        location
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    fn refusal(query: &str) -> ErrorResponse {
        let parameters = Parameters::parse(query.as_bytes()).unwrap();
        let request = AuthorizationRequest::parse(&parameters).unwrap();
        request.code_request().unwrap_err()
    }

    #[test]
    fn a_request_for_a_code_is_read() {
        let query = format!("client_id=C1&response_type=code&state=x%20y&scope=b+a&device=CSFALICE&{CHALLENGE}");
        let parameters = Parameters::parse(query.as_bytes()).unwrap();
        let request = AuthorizationRequest::parse(&parameters).unwrap();
        assert_eq!((request.client_id, request.redirect_uri, request.state), ("C1", None, Some("x y")));
        let code = request.code_request().unwrap();
        assert_eq!(code.scope, Scope::parse("a b"));
        assert_eq!(code.device.as_deref(), Some("CSFALICE"));
    }

    #[test]
    fn oau_7_only_codes_are_given() {
        for response_type in ["token", "id_token", "code%20token", "CODE", "none"] {
            let refused = refusal(&format!("client_id=C1&response_type={response_type}&{CHALLENGE}"));
            assert_eq!(refused.error, ErrorCode::UnsupportedResponseType, "{response_type}");
        }
        assert_eq!(refusal("client_id=C1").error, ErrorCode::InvalidRequest);
        let fragment = refusal(&format!("client_id=C1&response_type=code&response_mode=fragment&{CHALLENGE}"));
        assert_eq!(fragment.error, ErrorCode::InvalidRequest);
    }

    #[test]
    fn the_answer_is_added_to_the_address() {
        let issuer = "https://ucm.example:8443";
        let code = AuthorizationResponse::Code("a b");
        let location = code.location("https://app.example/cb?x=1", Some("s&t"), issuer);
        assert_eq!(location, "https://app.example/cb?x=1&code=a%20b&state=s%26t&iss=https%3A%2F%2Fucm.example%3A8443");
        let error = ErrorResponse::new(ErrorCode::AccessDenied, "no");
        let location = AuthorizationResponse::Error(&error).location("app:/cb", None, issuer);
        assert_eq!(location, "app:/cb?error=access_denied&error_description=no&iss=https%3A%2F%2Fucm.example%3A8443");
    }
}
