//! Authorization (RFC 3261 §20.7) and Proxy-Authorization (§20.28).

use crate::auth::Credentials;
use crate::message::{HeaderName, Headers, Violation};

impl Headers {
    /// The credentials of each Authorization field. These two fields are never comma-separated lists (§7.3.1).
    pub fn authorization(&self) -> impl Iterator<Item = Result<Credentials<'_>, Violation>> + Clone {
        self.credentials(HeaderName::Authorization)
    }

    /// The credentials of each Proxy-Authorization field.
    pub fn proxy_authorization(&self) -> impl Iterator<Item = Result<Credentials<'_>, Violation>> + Clone {
        self.credentials(HeaderName::ProxyAuthorization)
    }

    fn credentials(&self, name: HeaderName) -> impl Iterator<Item = Result<Credentials<'_>, Violation>> + Clone {
        self.all(name).map(move |value| Credentials::parse(value).ok_or(Violation::Syntax(name)))
    }
}
