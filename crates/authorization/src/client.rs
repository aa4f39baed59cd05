//! Clients: fixed and few, as at the vendor, where nobody registers one.
//!
//! The softphone's client is the vendor's published one, and is shared by third-party applications, whose redirect URIs
//! the administrator lists. Our choice: our own phone's client, its redirect URI, and that a public client's secret, if
//! it sends one, is not looked at: what proves it is the PKCE verifier.

use std::fmt;
use std::time::Duration;

use directory::EnterpriseParameters;
use oauth::ClientAuthentication;

use crate::TokenHash;

/// The softphone's client: the identifier that published requests of the vendor's softphone carry.
pub const SOFTPHONE_CLIENT_ID: &str = "C41eb54529dd9907e01d3744ead3a991ba9cc4c772b0497ebe8a103fa69fe81a8";

/// Our own phone's client: `C` and the SHA-256 of `ringbearer-phone`.
pub const PHONE_CLIENT_ID: &str = "Cbe6d8c1c92ce4b154670572fe78e1472db57bdf98e5387106d121ae072b96d0c";

const LOOPBACK: [&str; 2] = ["http://127.0.0.1/callback", "http://[::1]/callback"];

/// What a client can keep to itself (RFC 6749 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// Nothing: it runs on its user's machine.
    Public,
    /// A secret, known here by its hash. The secret is to be 256 random bits, not a password.
    Confidential(TokenHash),
}

/// What a client runs on: the enterprise parameters give each its own lifetime of refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A computer or a mobile phone.
    Softphone,
    /// A desk phone.
    PhysicalPhone,
}

/// A client of the authorization server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// What the login page calls it.
    pub name: String,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// What it runs on.
    pub endpoint: Endpoint,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Whether it may also use those of 'Redirect URIs for Third Party SSO Client'.
    pub shared: bool,
}

/// A client that is not let in. It hears `invalid_client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientRefusal {
    /// No such client.
    Unknown,
    /// The secret is missing or wrong.
    WrongSecret,
}

/// A redirection that is not followed: its user sees a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectRefusal {
    /// The request names none, and the client has not exactly one.
    Missing,
    /// It is not one of the client's.
    NotRegistered,
}

impl fmt::Display for RedirectRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "redirect_uri is required for this client",
            Self::NotRegistered => "redirect_uri is not registered for this client",
        })
    }
}

impl Client {
    /// Where the answer to a request goes.
    pub fn redirect_uri(
        &self,
        requested: Option<&str>,
        parameters: &EnterpriseParameters,
    ) -> Result<String, RedirectRefusal> {
        let own = self.redirect_uris.iter().map(String::as_str);
        let third_party =
            parameters.third_party_redirect_uris().filter(|uri| self.shared && oauth::validate(uri).is_ok());
        let mut registered = own.chain(third_party);
        match requested {
            Some(requested) => match registered.any(|uri| oauth::matches(uri, requested)) {
                true => Ok(requested.to_owned()),
                false => Err(RedirectRefusal::NotRegistered),
            },
            None => match (registered.next(), registered.next()) {
                (Some(only), None) => Ok(only.to_owned()),
                _ => Err(RedirectRefusal::Missing),
            },
        }
    }

    /// How long its refresh-token families live.
    #[must_use]
    pub fn refresh_token_lifetime(&self, parameters: &EnterpriseParameters) -> Duration {
        match self.endpoint {
            Endpoint::Softphone => parameters.refresh_token_lifetime(),
            Endpoint::PhysicalPhone => parameters.phone_refresh_token_lifetime(),
        }
    }
}

/// The clients there are.
#[derive(Clone, Debug)]
pub struct Clients(Vec<Client>);

impl Default for Clients {
    fn default() -> Self {
        let public = |id: &str, name: &str, shared| Client {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: ClientKind::Public,
            endpoint: Endpoint::Softphone,
            redirect_uris: LOOPBACK.map(str::to_owned).to_vec(),
            shared,
        };
        Self(vec![public(SOFTPHONE_CLIENT_ID, "Softphone", true), public(PHONE_CLIENT_ID, "Ringbearer phone", false)])
    }
}

impl Clients {
    /// Adds a client from the configuration; one with the same identifier gives way.
    #[must_use]
    pub fn with(mut self, client: Client) -> Self {
        self.0.retain(|other| other.id != client.id);
        self.0.push(client);
        self
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Client] {
        &self.0
    }

    /// The client with this identifier.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Client> {
        self.0.iter().find(|client| client.id == id)
    }

    /// The client that this is, if it is.
    pub fn authenticate(&self, authentication: &ClientAuthentication) -> Result<&Client, ClientRefusal> {
        let client = self.find(&authentication.client_id).ok_or(ClientRefusal::Unknown)?;
        if let ClientKind::Confidential(expected) = &client.kind {
            // Comparing hashes of the secret tells nothing about the secret by its timing.
            let given = authentication.secret.as_ref().map(|secret| TokenHash::of(secret.expose().as_bytes()));
            if given.as_ref() != Some(expected) {
                return Err(ClientRefusal::WrongSecret);
            }
        }
        Ok(client)
    }
}
