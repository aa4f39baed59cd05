//! Who may pass inwards: MRA access control, the access token, the session (SPEC of each in [`crate::access_control`]).
//!
//! The order: is access on, does the page allow what the request presents, is the token good, and, for a request that
//! presents nothing, is its phone registered. A REGISTER that presents nothing goes on, since Unified CM challenges;
//! Unified CM verifies every token again, so that a stolen edge registers nobody (EDG-2).

use std::time::{Duration, Instant};

use sip::auth::Credentials;
use sip::message::{Method, Request};

use super::phones::Phone;
use crate::access_control::Presented;
use crate::now::Now;
use crate::reason::Reason;
use crate::view::EdgeView;

/// The user of a token that C verified, and when it ends.
pub(super) type VerifiedUser = Option<(String, Instant)>;

/// Decides whether a request of a phone may go on.
pub(super) fn authorize(
    now: Now,
    view: &impl EdgeView,
    phone: &Phone,
    request: &Request,
) -> Result<VerifiedUser, Reason> {
    // Neither can be challenged (RFC 3261 §22.1), and both end something: their INVITE was authorised.
    let ends_something = matches!(request.method(), Method::Ack | Method::Cancel | Method::Bye);
    let credentials = credentials(request)?;
    let presented = match &credentials {
        Some(Credentials::Bearer(_)) => Presented::AccessToken,
        Some(_) => Presented::UserCredential,
        None => Presented::Nothing,
    };
    match view.access_control().admit(presented) {
        Err(reason) if reason == Reason::AccessOff || !ends_something => return Err(reason),
        _ => {}
    }
    if ends_something && phone.was_registered {
        return Ok(None);
    }
    match credentials {
        Some(Credentials::Bearer(bearer)) => {
            let token = view.verify_access_token(bearer.token(), now.unix).map_err(Reason::InvalidToken)?;
            let left = token.expires_at().since(now.unix).min(Duration::from_secs(366 * 86_400));
            Ok(Some((token.user().to_owned(), now.monotonic + left)))
        }
        _ if *request.method() == Method::Register => Ok(None),
        // Digest is checked by Unified CM, and only a phone that registered with it gets that far.
        _ if phone.session.as_ref().is_some_and(|session| session.expires_at > now.monotonic) => Ok(None),
        _ => Err(Reason::NotRegistered),
    }
}

/// The credentials that decide: a Bearer token, wherever it stands, before any other.
fn credentials(request: &Request) -> Result<Option<Credentials<'_>>, Reason> {
    let headers = request.headers();
    let mut first = None;
    for credentials in headers.proxy_authorization().chain(headers.authorization()) {
        let credentials = credentials.map_err(Reason::Malformed)?;
        match credentials {
            Credentials::Bearer(_) => return Ok(Some(credentials)),
            _ => first = first.or(Some(credentials)),
        }
    }
    Ok(first)
}
