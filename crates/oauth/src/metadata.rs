//! Authorization server metadata (RFC 8414 §2).

use serde::{Deserialize, Serialize};

/// What the server offers, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerMetadata {
    /// The issuer: a URL without query and fragment, always from the configuration.
    pub issuer: String,
    /// RFC 6749 §3.1.
    pub authorization_endpoint: String,
    /// RFC 6749 §3.2.
    pub token_endpoint: String,
    /// The public keys.
    pub jwks_uri: String,
    /// RFC 7009.
    pub revocation_endpoint: String,
    /// RFC 7662.
    pub introspection_endpoint: String,
    /// The scopes there are.
    pub scopes_supported: Vec<String>,
    /// `code`.
    pub response_types_supported: Vec<String>,
    /// `query`.
    pub response_modes_supported: Vec<String>,
    /// What the token endpoint takes now.
    pub grant_types_supported: Vec<String>,
    /// How clients authenticate.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// How clients authenticate.
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// How those who ask authenticate.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// `S256`.
    pub code_challenge_methods_supported: Vec<String>,
    /// RFC 9207 §3.
    pub authorization_response_iss_parameter_supported: bool,
}

impl ServerMetadata {
    /// The metadata of the server at `issuer`, whose endpoints are under `/ssosp/`.
    #[must_use]
    pub fn new(issuer: &str, scopes: &[&str]) -> Self {
        let endpoint = |path: &str| format!("{issuer}/ssosp/oauth/{path}");
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: endpoint("authorize"),
            token_endpoint: endpoint("token"),
            jwks_uri: endpoint("keys"),
            revocation_endpoint: endpoint("revoke"),
            introspection_endpoint: endpoint("introspect"),
            scopes_supported: list(scopes),
            response_types_supported: list(&["code"]),
            response_modes_supported: list(&["query"]),
            grant_types_supported: list(&["authorization_code", "refresh_token"]),
            token_endpoint_auth_methods_supported: list(&["none", "client_secret_basic", "client_secret_post"]),
            revocation_endpoint_auth_methods_supported: list(&["none", "client_secret_basic", "client_secret_post"]),
            introspection_endpoint_auth_methods_supported: list(&["client_secret_basic"]),
            code_challenge_methods_supported: list(&["S256"]),
            authorization_response_iss_parameter_supported: true,
        }
    }
}
