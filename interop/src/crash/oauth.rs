//! What an OAuth client, the browser beside it and an administrator's script ask of a node. An `io::Error` says that the node
//! is gone, and that nobody knows what became of the request; a [`Refused`] is the node's answer.

use std::io::Result;

use authorization::SOFTPHONE_CLIENT_ID;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::https::{Answer, Https, encode};

const REDIRECT: &str = "http://127.0.0.1:8123/callback";

/// The example of RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The status.
    pub status: u16,
    /// The error code, where the answer has one.
    pub error: String,
    /// When to try again.
    pub retry_after: Option<String>,
}

/// An access token and its refresh token.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tokens(..)")
    }
}

/// A client on its connection.
pub struct OauthClient {
    https: Https,
}

impl OauthClient {
    /// A client that speaks over this connection.
    pub fn new(https: Https) -> OauthClient {
        OauthClient { https }
    }

    /// Signs a user in; gives the code.
    pub fn sign_in(&mut self, user: &str, password: &str) -> Result<std::result::Result<String, Refused>> {
        let target = format!(
            "/ssosp/oauth/authorize?response_type=code&client_id={SOFTPHONE_CLIENT_ID}&redirect_uri={}\
             &code_challenge={CHALLENGE}&code_challenge_method=S256&state=crash",
            encode(REDIRECT)
        );
        let page = self.https.get(&target, &[])?;
        if page.status != 200 {
            return Ok(Err(refused(&page)));
        }
        let cookie = page.field("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        let key = between(&page.body, "name=\"form_key\" value=\"", "\"").expect("a form");
        let form = [("form_key", key), ("username", user), ("password", password)];
        let answer = self.https.post(&target, &[format!("Cookie: {cookie}")], &form)?;
        let location = answer.field("location").unwrap_or_default();
        match between(&format!("{location}&"), "code=", "&") {
            Some(code) if answer.status == 303 => Ok(Ok(code.to_string())),
            _ => Ok(Err(Refused {
                error: between(location, "error=", "&").unwrap_or_default().to_string(),
                ..refused(&answer)
            })),
        }
    }

    /// Redeems a code.
    pub fn redeem(&mut self, code: &str) -> Result<std::result::Result<Tokens, Refused>> {
        let form = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
        self.token(&form, &[("redirect_uri", REDIRECT)])
    }

    /// Refreshes.
    pub fn refresh(&mut self, token: &str) -> Result<std::result::Result<Tokens, Refused>> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)], &[])
    }

    /// Revokes a token's family (RFC 7009).
    pub fn revoke(&mut self, token: &str) -> Result<std::result::Result<(), Refused>> {
        let form = [("token", token), ("client_id", SOFTPHONE_CLIENT_ID)];
        let answer = self.https.post("/ssosp/oauth/revoke", &[], &form)?;
        Ok(if answer.status == 200 { Ok(()) } else { Err(refused(&answer)) })
    }

    /// Revokes all tokens of a user, the vendor's way.
    pub fn revoke_user(
        &mut self,
        user: &str,
        (name, password): (&str, &str),
    ) -> Result<std::result::Result<(), Refused>> {
        let answer = self.https.get(&format!("/ssosp/token/revoke?user_id={user}"), &[basic(name, password)])?;
        Ok(if answer.status == 200 { Ok(()) } else { Err(refused(&answer)) })
    }

    /// Whether a token is good (RFC 7662).
    pub fn is_active(
        &mut self,
        token: &str,
        (name, password): (&str, &str),
    ) -> Result<std::result::Result<bool, Refused>> {
        let answer = self.https.post("/ssosp/oauth/introspect", &[basic(name, password)], &[("token", token)])?;
        match answer.status {
            200 => Ok(Ok(answer.json()["active"].as_bool().expect("active is true or false"))),
            _ => Ok(Err(refused(&answer))),
        }
    }

    fn token(&mut self, first: &[(&str, &str)], then: &[(&str, &str)]) -> Result<std::result::Result<Tokens, Refused>> {
        let form: Vec<_> = first.iter().chain(then).copied().chain([("client_id", SOFTPHONE_CLIENT_ID)]).collect();
        let answer = self.https.post("/ssosp/oauth/token", &[], &form)?;
        if answer.status != 200 {
            return Ok(Err(refused(&answer)));
        }
        let tokens = answer.json();
        let text = |name: &str| tokens[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_string();
        Ok(Ok(Tokens { access: text("access_token"), refresh: text("refresh_token") }))
    }
}

fn refused(answer: &Answer) -> Refused {
    let json: Option<serde_json::Value> = serde_json::from_str(&answer.body).ok();
    let error = json.and_then(|json| Some(json["error"].as_str()?.to_string()));
    let retry_after = answer.field("retry-after").map(str::to_string);
    Refused { status: answer.status, error: error.unwrap_or_default(), retry_after }
}

fn basic(name: &str, password: &str) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after).map_or(rest, |(value, _)| value))
}
