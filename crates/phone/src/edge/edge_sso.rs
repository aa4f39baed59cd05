//! `getEdgeSSOResponse`: how users sign in.

use super::{EdgeError, root};

/// What a phone reads in `getEdgeSSOResponse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeSso {
    /// `RefreshLoginFlow`: whether the edge takes access tokens, and their servers give refresh tokens.
    pub refresh_login_flow: bool,
    /// The paths of the OAuth servers, on the edge that was asked.
    pub servers: Vec<String>,
}

impl EdgeSso {
    /// Reads the answer to `get_edge_sso`.
    ///
    /// # Errors
    /// When it is none, or a server is elsewhere than on this edge.
    pub fn parse(document: &[u8]) -> Result<Self, EdgeError> {
        let root = root(document, "getEdgeSSOResponse")?;
        let oauth = root.at(&["Response", "OAuth"]).ok_or(EdgeError::Missing("OAuth"))?;
        let refresh = oauth.child("RefreshLoginFlow").and_then(|flow| flow.attribute("enabled"));
        let servers = oauth.children("Server").map(|server| {
            let path = server.attribute("uri").ok_or(EdgeError::Missing("Server"))?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
            let is_path = path.starts_with('/') && !path.starts_with("//") && path.bytes().all(plain);
            if is_path { Ok(path.to_owned()) } else { Err(EdgeError::Value("Server")) }
        });
        Ok(Self { refresh_login_flow: refresh == Some("true"), servers: servers.collect::<Result<_, _>>()? })
    }
}
