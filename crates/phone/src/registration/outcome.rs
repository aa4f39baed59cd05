//! What the final response to a REGISTER means.

use std::time::Duration;

use sip::message::header::Contact;
use sip::message::{HeaderName, Response, StatusCode};

use super::challenge::{self, Challenge};
use crate::event::{PortMismatch, RegistrationFailure};
use crate::target::PortKind;

/// What the final response to a REGISTER means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Registered(Granted),
    Challenged(HeaderName, Challenge),
    /// 423: ask for at least this.
    IntervalTooBrief(Duration),
    Refused(RegistrationFailure, Option<Duration>),
}

/// What a 200 grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    /// The keep-alive interval.
    pub(super) expires: Duration,
    /// `x-cisco-newreg`: to the server this is no refresh.
    pub(super) is_new: bool,
}

/// Our choice: a server that grants less, or nothing, is asked again after this.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(10);

/// The texts of Warning 399, in lower case, and what each means.
const PORT_MISMATCH: &str = "port mismatch";
const ANOTHER_CLIENT: &str = "active for another client";
const TLS_AUTHENTICATION: &str = "tls authentication failure";

impl Outcome {
    pub(super) fn of(response: &Response, asked: Duration, used: PortKind) -> Self {
        let retry_after = response.headers().retry_after().ok().flatten().map(|s| Duration::from_secs(s.into()));
        match response.status() {
            status if status.is_success() => Self::Registered(granted(response, asked)),
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                let (field, challenge) = challenge::of(response);
                Self::Challenged(field, challenge)
            }
            StatusCode::FORBIDDEN => Self::Refused(forbidden(response, used), retry_after),
            StatusCode::INTERVAL_TOO_BRIEF => match response.headers().min_expires() {
                Ok(Some(least)) if Duration::from_secs(least.into()) > asked => {
                    Self::IntervalTooBrief(Duration::from_secs(least.into()))
                }
                _ => Self::Refused(RegistrationFailure::Refused(StatusCode::INTERVAL_TOO_BRIEF), retry_after),
            },
            StatusCode::SERVICE_UNAVAILABLE => Self::Refused(RegistrationFailure::Overloaded, retry_after),
            status => Self::Refused(RegistrationFailure::Refused(status), retry_after),
        }
    }
}

/// RFC 3261 §10.2.4: the `expires` of our Contact, else Expires, else what we asked for.
fn granted(response: &Response, asked: Duration) -> Granted {
    let headers = response.headers();
    let contact = headers.contacts().flatten().find_map(|contact| match contact {
        Contact::Address(address) => Some(address),
        Contact::Any => None,
    });
    let seconds = contact
        .and_then(|contact| contact.expires_seconds())
        .or_else(|| headers.expires().ok().flatten())
        .map(|seconds| Duration::from_secs(seconds.into()));
    Granted {
        expires: seconds.unwrap_or(asked).max(SHORTEST_INTERVAL),
        is_new: contact.is_some_and(|contact| contact.parameters().contains("x-cisco-newreg")),
    }
}

fn forbidden(response: &Response, used: PortKind) -> RegistrationFailure {
    let warning = response.headers().warnings().flatten().map(|warning| warning.text.into_owned()).next();
    let warning = warning.unwrap_or_default();
    let text = warning.to_ascii_lowercase();
    if text.contains(PORT_MISMATCH) {
        RegistrationFailure::PortMismatch(PortMismatch { used })
    } else if text.contains(ANOTHER_CLIENT) {
        RegistrationFailure::AnotherClient
    } else if text.contains(TLS_AUTHENTICATION) {
        RegistrationFailure::TlsAuthentication
    } else {
        RegistrationFailure::Forbidden { warning }
    }
}
