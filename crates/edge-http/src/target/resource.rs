//! The allow-list: what the edge passes on, by the server it is asked of.

use axum::http::Method;

use super::prefix::Prefix;

/// The suffix of a device's configuration file.
const SUFFIX: &str = ".cnf.xml";

/// What a client may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `get_edge_config`: where everything is.
    EdgeConfig,
    /// `get_edge_sso`: how users sign in.
    EdgeSso,
    /// The endpoints of the OAuth server that clients and browsers use.
    OAuth,
    /// How to use them: server metadata, signing keys, `singleSignOn`, and the style of the pages.
    SignInDiscovery,
    /// The directory service for users.
    Uds,
    /// The configuration file of this device.
    DeviceFile(String),
}

impl Resource {
    /// The resource of a path behind a prefix.
    pub(super) fn of(prefix: &Prefix, path: &str) -> Option<Self> {
        match prefix {
            Prefix::Domain(_) => match path {
                "/get_edge_config" => Some(Self::EdgeConfig),
                "/get_edge_sso" => Some(Self::EdgeSso),
                _ => None,
            },
            Prefix::Node(_) => Self::of_node(path),
        }
    }

    /// Our choice: introspection and the keys for the nodes of the cluster stay inside, they are not for clients.
    fn of_node(path: &str) -> Option<Self> {
        match path {
            "/ssosp/oauth/keys" | "/ssosp/style.css" | "/.well-known/oauth-authorization-server" => {
                return Some(Self::SignInDiscovery);
            }
            "/ssosp/oauth/introspect" => return None,
            _ => {}
        }
        if path.strip_prefix("/ssosp/oauth/").is_some_and(is_one_segment) {
            return Some(Self::OAuth);
        }
        if path.starts_with("/ssosp/ws/public/") {
            return Some(Self::SignInDiscovery);
        }
        if path.starts_with("/cucm-uds/") {
            return Some(Self::Uds);
        }
        let device = path.strip_prefix('/')?.strip_suffix(SUFFIX)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name = !device.is_empty() && device.bytes().all(plain);
        is_name.then(|| Self::DeviceFile(device.to_owned()))
    }

    /// Whether a client may use this method on it. Our choice: the directory service is read through the edge, not written.
    #[must_use]
    pub fn has(&self, method: &Method) -> bool {
        match self {
            Self::OAuth => [Method::GET, Method::HEAD, Method::POST].contains(method),
            _ => [Method::GET, Method::HEAD].contains(method),
        }
    }

    /// Whether Expressway-C wants to know who asks before it answers.
    #[must_use]
    pub fn wants_authorization(&self) -> bool {
        match self {
            Self::EdgeConfig | Self::Uds | Self::DeviceFile(_) => true,
            Self::EdgeSso | Self::OAuth | Self::SignInDiscovery => false,
        }
    }
}

fn is_one_segment(name: &str) -> bool {
    !name.is_empty() && !name.contains('/')
}
