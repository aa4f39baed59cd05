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

#[cfg(test)]
mod tests {
    use crate::message::Uri;

    fn equal(one: &str, other: &str) -> bool {
        let sip = |text: &'static str| Uri::parse(text.as_bytes()).and_then(|uri| uri.as_sip()).unwrap();
        sip(one.to_owned().leak()) == sip(other.to_owned().leak())
    }

    #[test]
    fn the_examples_of_the_rfc() {
        for (one, other) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
        ] {
            assert!(equal(one, other) && equal(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ] {
            assert!(!equal(one, other) && !equal(other, one), "{one} {other}");
        }
    }

    #[test]
    fn a_parameter_that_comes_twice_makes_no_uri() {
        assert!(Uri::parse(b"sip:a@b;x=1;x=2").is_none());
    }
}
