//! The responses that a station writes itself: To tag, Server, Date, Warning and the challenges.

use sip::auth::{Algorithm, BearerChallenge, BearerError, DigestChallenge};
use sip::message::{HeaderName, Request, Response, ResponseBuilder, StatusCode};

use crate::flow::Flow;
use crate::node_view::{NodeView, Now, RunningSettings};
use crate::station::authentication::nonce_binding;
use crate::station::date::date;
use crate::station::vendor;

/// The seconds of Retry-After beside a port mismatch, as the vendor's capture shows them.
pub(super) const MISMATCH_RETRY_AFTER: u32 = 35;

/// The methods that are served, for Allow.
pub(super) const ALLOW: &str =
    "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, REGISTER";

/// The option tags that a request may require. All but `path` belong to calls.
pub(super) const EXTENSIONS: [&str; 6] = ["timer", "replaces", "100rel", "norefersub", "path", "tdialog"];

/// The source of To tags: different on each response, unpredictable from outside, cheap.
#[derive(Debug, Default)]
pub(super) struct Tags {
    state: u64,
    is_seeded: bool,
}

impl Tags {
    /// A branch for a Via of ours, without the magic cookie.
    pub(super) fn branch(&mut self, view: &impl NodeView) -> String {
        format!("{:016x}", self.next(view))
    }

    /// The next tag, decimal digits as the vendor writes them.
    fn next(&mut self, view: &impl NodeView) -> u64 {
        if !self.is_seeded {
            let mut seed = [0; 8];
            view.random(&mut seed);
            self.state = u64::from_le_bytes(seed);
            self.is_seeded = true;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        // A finalizer spreads the counter; nothing is decided by a tag that this station makes.
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number in decimal, written without a formatter.
pub(super) struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    pub(super) fn new(mut number: u64) -> Self {
        let mut decimal = Self { digits: [b'0'; 20], start: 20 };
        loop {
            decimal.start -= 1;
            if let Some(digit) = decimal.digits.get_mut(decimal.start) {
                *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
            }
            number /= 10;
            if number == 0 || decimal.start == 0 {
                return decimal;
            }
        }
    }
}

impl AsRef<[u8]> for Decimal {
    fn as_ref(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

/// Begins a response with To tag and Server; to REGISTER also with Date, which phones set their clock by.
pub(super) fn begin(
    request: &Request,
    status: StatusCode,
    now: Now,
    view: &impl NodeView,
    tags: &mut Tags,
) -> ResponseBuilder {
    let mut reply = Response::reply_to(request, status);
    if status != StatusCode::TRYING {
        reply = reply.to_tag(Decimal::new(tags.next(view)));
    }
    if *request.method() == sip::message::Method::Register {
        reply = reply.header(HeaderName::Date, date(now.unix));
    }
    reply.header(HeaderName::Server, &view.running().server)
}

/// Adds the option tags that the vendor's devices get beside a granted registration.
pub(super) fn supported(reply: ResponseBuilder, settings: &RunningSettings) -> ResponseBuilder {
    let value = [b"X-cisco-srtp-fallback,X-cisco-sis-", settings.sis_version.as_bytes()].concat();
    reply.header(HeaderName::Supported, value)
}

/// Adds `Warning: 399 <node> "<text>"` (RFC 3261 §20.43).
pub(super) fn warn(reply: ResponseBuilder, settings: &RunningSettings, text: &str) -> ResponseBuilder {
    reply.header_display(HeaderName::Warning, format_args!("399 {} \"{text}\"", settings.node.node))
}

/// The status of the challenge that a request gets on an OAuth port: the vendor's for a device that names itself so.
pub(super) fn bearer_status(request: &Request) -> StatusCode {
    if vendor::device_name(request).is_some() {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED
    } else {
        StatusCode::UNAUTHORIZED
    }
}

/// Adds the challenge for an access token, in the asker's dialect (RFC 8898 §4).
pub(super) fn challenge_bearer(
    reply: ResponseBuilder,
    settings: &RunningSettings,
    error: Option<BearerError>,
) -> ResponseBuilder {
    let error_description = error.map(|error| match error {
        BearerError::InvalidToken => "The access token is not valid",
        BearerError::InsufficientScope => "The access token does not cover registration",
        BearerError::InvalidRequest => "The credentials are malformed",
    });
    let vendors = reply.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    let challenge = BearerChallenge {
        realm: &settings.realm,
        authz_server: Some(settings.authorization_server.as_str()).filter(|_| !vendors),
        scope: Some(settings.scope.as_str()).filter(|_| !vendors),
        error,
        error_description,
    };
    let header = if vendors { HeaderName::ProxyAuthenticate } else { HeaderName::WwwAuthenticate };
    reply.header_display(header, challenge)
}

/// Adds the challenges for a digest. The vendor's devices get its form, MD5 without qop; others MD5 and SHA-256 with
/// qop, unless they are known to give up at an algorithm that they do not know.
///
/// Deviation: RFC 8760 §2.3: MD5 stands first although SHA-256 is better, because clients in the field read one
/// challenge only, and fail when that has an algorithm that they do not know.
pub(super) fn challenge_digest(
    mut reply: ResponseBuilder,
    request: &Request,
    settings: &RunningSettings,
    (flow, now): (&Flow, Now),
    is_stale: bool,
) -> ResponseBuilder {
    let vendors = vendor::device_name(request).is_some();
    let nonce = settings.nonce_key.make(now.unix.0, nonce_binding(flow).as_bytes());
    let md5_only = vendors || gives_up_at_sha_256(request);
    let algorithms: &[Algorithm] = if md5_only { &[Algorithm::Md5] } else { &[Algorithm::Md5, Algorithm::Sha256] };
    for &algorithm in algorithms {
        let challenge =
            DigestChallenge { realm: &settings.realm, nonce: &nonce, algorithm, offers_qop: !vendors, is_stale };
        reply = reply.header_display(HeaderName::WwwAuthenticate, challenge);
    }
    reply
}

/// Whether the client fails as soon as one of several challenges has an algorithm that it does not know, as baresip
/// did before it learnt SHA-256. Our choice: it gets MD5 alone, which it can answer.
fn gives_up_at_sha_256(request: &Request) -> bool {
    let value = request.headers().first(HeaderName::UserAgent).unwrap_or_default();
    [&b"baresip v0."[..], b"baresip v1."].iter().any(|product| value.starts_with(product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_baresip_is_not_asked_for_sha_256() {
        let of = |agent: &str| {
            let text = format!("REGISTER sip:a SIP/2.0\r\nUser-Agent: {agent}\r\nContent-Length: 0\r\n\r\n");
            gives_up_at_sha_256(&Request::parse(text.into_bytes().into()).unwrap())
        };
        assert!(of("baresip v1.0.0 (x86_64/linux)"));
        assert!(!of("baresip v3.1.0 (x86_64/linux)"));
        assert!(!of("PJSUA v2.12"));
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 1_915_868_308, u64::MAX] {
            assert_eq!(Decimal::new(number).as_ref(), number.to_string().as_bytes());
        }
    }
}
