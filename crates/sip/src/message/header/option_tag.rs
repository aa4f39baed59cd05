//! Header fields that are a list of tokens: Require, Proxy-Require, Supported, Unsupported, Allow, Allow-Events.

use crate::message::{HeaderName, Headers, Violation, syntax};

impl Headers {
    /// The option tags of Require (RFC 3261 §20.32).
    pub fn require(&self) -> impl Iterator<Item = Result<&[u8], Violation>> + Clone {
        self.tokens(HeaderName::Require)
    }

    /// The option tags of Proxy-Require (RFC 3261 §20.29).
    pub fn proxy_require(&self) -> impl Iterator<Item = Result<&[u8], Violation>> + Clone {
        self.tokens(HeaderName::ProxyRequire)
    }

    /// The option tags of Supported (RFC 3261 §20.37).
    pub fn supported(&self) -> impl Iterator<Item = Result<&[u8], Violation>> + Clone {
        self.tokens(HeaderName::Supported)
    }

    /// Whether Supported or Require has this option tag.
    pub fn supports(&self, option_tag: &str) -> bool {
        self.values(HeaderName::Supported)
            .chain(self.values(HeaderName::Require))
            .any(|tag| tag.eq_ignore_ascii_case(option_tag.as_bytes()))
    }

    /// The methods of Allow (RFC 3261 §20.5).
    pub fn allow(&self) -> impl Iterator<Item = Result<&[u8], Violation>> + Clone {
        self.tokens(HeaderName::Allow)
    }

    /// The tokens of a list.
    pub fn tokens(&self, name: HeaderName) -> impl Iterator<Item = Result<&[u8], Violation>> + Clone {
        self.parsed_values(name, |value| syntax::is_token(value).then_some(value))
    }
}
