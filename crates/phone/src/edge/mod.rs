//! What a phone outside asks an edge, and what it reads in the answers.
//!
//! Paths on an edge begin with the base64url, without padding, of the domain, or of `domain/protocol/host/port` for a server behind it.

mod edge_config;
mod edge_sso;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use edge_config::{Address, EdgeConfig};
pub use edge_sso::EdgeSso;

use crate::config::element::Element;

/// Why an answer of an edge cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EdgeError {
    /// It is no XML of the size that such answers have; the text says how.
    Document(String),
    /// Its root element is another.
    Root(&'static str),
    /// An element that a phone cannot do without is missing or empty.
    Missing(&'static str),
    /// The value of this element makes no sense.
    Value(&'static str),
}

impl std::fmt::Display for EdgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Document(why) => write!(f, "the edge's answer: {why}"),
            Self::Root(root) => write!(f, "the root element of the edge's answer is not `{root}`"),
            Self::Missing(element) => write!(f, "`{element}` is missing in the edge's answer"),
            Self::Value(element) => write!(f, "`{element}` in the edge's answer has a value that makes no sense"),
        }
    }
}

impl std::error::Error for EdgeError {}

fn root(document: &[u8], name: &'static str) -> Result<Element, EdgeError> {
    let root = Element::parse(document).map_err(|error| EdgeError::Document(error.to_string()))?;
    if root.name() == name { Ok(root) } else { Err(EdgeError::Root(name)) }
}

/// The path of `get_edge_config`, with the services that a phone wants to know of.
#[must_use]
pub fn edge_config_path(domain: &str) -> String {
    format!("/{}/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin", URL_SAFE_NO_PAD.encode(domain))
}

/// The path of `get_edge_sso`; `email` names the user whose home is asked for.
#[must_use]
pub fn edge_sso_path(domain: &str, email: Option<&str>) -> String {
    let mut path = format!("/{}/get_edge_sso", URL_SAFE_NO_PAD.encode(domain));
    if let Some(email) = email {
        path.push_str("?email=");
        for byte in email.bytes() {
            match byte {
                byte if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) => path.push(char::from(byte)),
                byte => path.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    path
}

/// The path of a server behind the edge, over HTTPS.
#[must_use]
pub fn server_path(domain: &str, host: &str, port: u16) -> String {
    format!("/{}", URL_SAFE_NO_PAD.encode(format!("{domain}/https/{host}/{port}")))
}

#[cfg(test)]
mod tests;
