//! Signing in: an authorization code with PKCE (RFC 6749 §4.1, RFC 7636), as RFC 8252 has it for applications on the
//! user's machine.
//!
//! With a terminal the user's own browser shows the login page, and the code comes back over a loopback address
//! ([`browser`]). A script gives user and password, and the phone goes through the login page by itself
//! ([`login_form`]). Our choice: the endpoints are those of the node's metadata (RFC 8414) when its issuer is the
//! address that was asked, else the paths that every node of ours has. Through an edge they are those paths behind the
//! prefix of the node, since the node stays the issuer.

mod browser;
mod html_form;
mod login_form;
#[cfg(test)]
mod tests;

use std::fmt;

use oauth::{CodeVerifier, ServerMetadata, TokenResponse};
use reqwest::Url;
use serde::Deserialize;

use super::http;
use super::secret::Secret;

pub(crate) use browser::Prompt;

/// What the user offers.
#[derive(Debug)]
pub(crate) enum Credentials {
    /// The user's browser.
    Browser,
    /// A name and a password, for scripts.
    Password { user: String, password: Secret },
}

/// An authorization server, reached through one node.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationServer {
    http: reqwest::Client,
    authorize: Url,
    token: Url,
}

/// Why there are no tokens.
#[derive(Debug)]
pub(crate) enum SignInError {
    /// The node cannot be reached, or its certificate is not trusted.
    Unreachable(String),
    /// The user was refused, with the server's words.
    Refused(String),
    /// What was sent is not what a server of this kind sends.
    Unexpected(String),
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "cannot reach the authorization server: {why}"),
            Self::Refused(why) => write!(f, "sign-in refused: {why}"),
            Self::Unexpected(what) => write!(f, "the authorization server answers unexpectedly: {what}"),
        }
    }
}

impl std::error::Error for SignInError {}

impl From<reqwest::Error> for SignInError {
    fn from(error: reqwest::Error) -> Self {
        let host = error.url().map(|url| url.authority().to_owned()).unwrap_or_default();
        Self::Unreachable(format!("{host}: {}", http::cause(&error)))
    }
}

/// Where an authorization server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// Scheme, host and port, and through an edge the prefixed path.
    base: String,
    /// Whether its metadata can name it as the issuer.
    is_issuer: bool,
}

impl Site {
    /// A node.
    pub(crate) fn node(host: &str, port: u16) -> Self {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Self { base: format!("https://{host}:{port}"), is_issuer: true }
    }

    /// A node behind an edge, by the edge's address and the path that stands for the node. Its issuer is the node itself,
    /// whose address means nothing outside.
    pub(crate) fn prefixed(edge: &str, path: &str) -> Self {
        Self { base: format!("{edge}{path}"), is_issuer: false }
    }
}

/// Who signs in.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    /// The device that the tokens are for.
    pub(crate) device: String,
}

impl AuthorizationServer {
    /// The server of a site.
    pub(crate) async fn discover(http: reqwest::Client, site: &Site) -> Result<Self, SignInError> {
        let issuer = &site.base;
        let url = |text: &str| {
            let same_origin = |url: &Url| url.scheme() == "https";
            Url::parse(text).ok().filter(same_origin).ok_or_else(|| SignInError::Unexpected(format!("endpoint {text}")))
        };
        let metadata = match site.is_issuer {
            true => metadata(&http, url(&format!("{issuer}/.well-known/oauth-authorization-server"))?).await?,
            false => None,
        };
        // RFC 8414 §3.3: metadata of another issuer must not be used.
        let metadata = metadata.filter(|metadata: &ServerMetadata| metadata.issuer == *issuer);
        let metadata = metadata.unwrap_or_else(|| ServerMetadata::new(issuer, &[]));
        let (authorize, token) = (url(&metadata.authorization_endpoint)?, url(&metadata.token_endpoint)?);
        Ok(Self { http, authorize, token })
    }

    /// Signs the user in.
    pub(crate) async fn sign_in(
        &self,
        client: &Client,
        credentials: &Credentials,
        prompt: Prompt<'_>,
    ) -> Result<TokenResponse, SignInError> {
        let request = CodeRequest::new(client);
        let (code, redirect_uri) = match credentials {
            Credentials::Browser => browser::code(self, request.clone(), prompt).await?,
            Credentials::Password { user, password } => {
                // Nobody listens there: the phone reads the redirection instead of following it.
                let redirect_uri = "http://127.0.0.1/callback".to_owned();
                let code = login_form::code(self, &request, &redirect_uri, user, password).await?;
                (code, redirect_uri)
            }
        };
        self.tokens(&[
            ("grant_type", "authorization_code"),
            ("client_id", &client.id),
            ("device", &client.device),
            ("code", code.expose()),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", request.verifier.expose()),
        ])
        .await
    }

    /// Trades the refresh token for new tokens (RFC 6749 §6).
    pub(crate) async fn refresh(&self, client: &Client, refresh_token: &Secret) -> Result<TokenResponse, SignInError> {
        self.tokens(&[
            ("grant_type", "refresh_token"),
            ("client_id", &client.id),
            ("device", &client.device),
            ("refresh_token", refresh_token.expose()),
        ])
        .await
    }

    async fn tokens(&self, form: &[(&str, &str)]) -> Result<TokenResponse, SignInError> {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
            #[serde(default)]
            error_description: String,
        }
        let response = self.http.post(self.token.clone()).form(form).send().await?;
        let status = response.status();
        let body = http::body(response).await.map_err(unexpected)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| SignInError::Unexpected("token response".to_owned()));
        }
        let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
        match refusal {
            // A server in trouble may say so in this form too: that is no refusal of the user.
            Some(refusal) if status.is_client_error() && status != reqwest::StatusCode::TOO_MANY_REQUESTS => {
                Err(SignInError::Refused(format!("{}: {}", refusal.error, refusal.error_description)))
            }
            _ => Err(SignInError::Unreachable(format!("HTTP {status}"))),
        }
    }
}

async fn metadata(http: &reqwest::Client, url: Url) -> Result<Option<ServerMetadata>, SignInError> {
    let response = http.get(url).send().await?;
    Ok(match response.status().is_success() {
        true => serde_json::from_slice(&http::body(response).await.map_err(unexpected)?).ok(),
        false => None,
    })
}

fn unexpected(error: impl fmt::Display) -> SignInError {
    SignInError::Unexpected(error.to_string())
}

/// A request for a code, with its secrets.
#[derive(Debug, Clone)]
struct CodeRequest {
    client: Client,
    verifier: CodeVerifier,
    state: String,
}

impl CodeRequest {
    fn new(client: &Client) -> Self {
        let state = CodeVerifier::from_random(runtime::random::bytes()).expose().to_owned();
        Self { client: client.clone(), verifier: CodeVerifier::from_random(runtime::random::bytes()), state }
    }

    /// The address of the login page (RFC 6749 §4.1.1, RFC 7636 §4.3).
    fn url(&self, server: &AuthorizationServer, redirect_uri: &str) -> Url {
        let mut url = server.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.id)
            .append_pair("device", &self.client.device)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", &self.state)
            .append_pair("code_challenge", self.verifier.challenge().as_str())
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// The code in the query of a redirection (RFC 6749 §4.1.2). RFC 6749 §10.12: without our state it is not for us.
    fn code(&self, query: &str) -> Result<Secret, SignInError> {
        let parameters = oauth::Parameters::parse(query.as_bytes()).map_err(unexpected)?;
        if parameters.get("state") != Some(&self.state) {
            return Err(SignInError::Unexpected("redirection with another state".to_owned()));
        }
        match (parameters.get("code"), parameters.get("error")) {
            (Some(code), None) => Ok(Secret::from(code.to_owned())),
            (_, Some(error)) => {
                let description = parameters.get("error_description").unwrap_or_default();
                Err(SignInError::Refused(format!("{error}: {description}")))
            }
            _ => Err(SignInError::Unexpected("redirection without code".to_owned())),
        }
    }
}

#[cfg(test)]
mod code_request_tests {
    use super::{Client, CodeRequest, SignInError};

    #[test]
    fn a_code_comes_with_our_state_or_not_at_all() {
        let client = Client { id: "C1".to_owned(), device: "CSFANA".to_owned() };
        let request = CodeRequest::new(&client);
        let state = &request.state;
        assert_eq!(request.code(&format!("code=x%2By&state={state}&iss=https%3A%2F%2Fa")).unwrap().expose(), "x+y");
        let refused = request.code(&format!("error=access_denied&error_description=no+way&state={state}")).unwrap_err();
        assert_eq!(refused.to_string(), "sign-in refused: access_denied: no way");
        for query in [String::new(), "code=x".into(), format!("code=x&state={state}1"), format!("state={state}")] {
            assert!(matches!(request.code(&query), Err(SignInError::Unexpected(_))), "{query}");
        }
        assert_ne!(CodeRequest::new(&client).state, *state);
    }
}
