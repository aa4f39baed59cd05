//! When two SIP URIs are equal (RFC 3261 §19.1.4).

use super::{SipUri, escape};
use crate::message::Parameter;

/// Parameters that, when only one of the two URIs has them, make the URIs differ.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

impl PartialEq for SipUri<'_> {
    fn eq(&self, other: &SipUri<'_>) -> bool {
        self.is_secure() == other.is_secure()
            && same_text(self.user(), other.user())
            && same_text(self.password(), other.password())
            && self.host() == other.host()
            && self.port() == other.port()
            && same_parameters(self, other)
            && same_headers(self, other)
    }
}

impl Eq for SipUri<'_> {}

/// User and password: case counts, and an escape equals the octet it stands for.
fn same_text(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || escape::decode(one) == escape::decode(other),
        (None, None) => true,
        _ => false,
    }
}

fn same_parameters(one: &SipUri<'_>, other: &SipUri<'_>) -> bool {
    let agree = |parameter: Parameter<'_>| {
        let name = std::str::from_utf8(parameter.name).unwrap_or_default();
        other.parameters().find(name).is_none_or(|same| same_value(parameter.value, same.value))
    };
    DECISIVE.iter().all(|name| one.parameters().contains(name) == other.parameters().contains(name))
        && one.parameters().iter().all(agree)
}

fn same_value(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    let decoded = |value: Option<&[u8]>| escape::decode(value.unwrap_or_default()).to_ascii_lowercase();
    decoded(one) == decoded(other)
}

/// Headers are never ignored; their order is.
fn same_headers(one: &SipUri<'_>, other: &SipUri<'_>) -> bool {
    let sorted = |uri: &SipUri<'_>| {
        let decoded = |(name, value): (&[u8], &[u8])| {
            (escape::decode(name).to_ascii_lowercase(), escape::decode(value).to_ascii_lowercase())
        };
        let mut headers: Vec<_> = uri.header_pairs().map(decoded).collect();
        headers.sort_unstable();
        headers
    };
    (one.headers().is_empty() && other.headers().is_empty()) || sorted(one) == sorted(other)
}
