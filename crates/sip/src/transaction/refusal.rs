//! The responses that the layer makes itself. They leave no state: a retransmission is answered the same way
//! again, with the same To tag (RFC 3261 §8.2.7).

use bytes::Bytes;

use super::effects::Effects;
use super::event::{Event, Refusal};
use super::matching::Matching;
use crate::message::{HeaderName, Method, Request, Response, StatusCode};

/// RFC 3261 §21.5.4: after this the client may try again.
const RETRY_AFTER_SECONDS: &str = "5";

impl Refusal {
    /// The status of the response.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unidentifiable => StatusCode::BAD_REQUEST,
            Self::Merged => StatusCode::LOOP_DETECTED,
            Self::NoSuchInvite => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
            Self::Overload => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Answers a request that no transaction user will see, unless it is an ACK, and says so.
pub(super) fn refuse(request: Request, refusal: Refusal, matching: &Matching, effects: &mut Effects) {
    if *request.method() != Method::Ack
        && let Some(response) = answer(&request, refusal.status(), matching)
    {
        effects.transmit(response);
    }
    effects.tell(Event::Refused { request, refusal });
}

/// A response without a body.
pub(super) fn answer(request: &Request, status: StatusCode, matching: &Matching) -> Option<Bytes> {
    let mut response = Response::reply_to(request, status);
    // RFC 3261 §8.2.6.2: a 100 may go without a To tag.
    if status != StatusCode::TRYING {
        response = response.to_tag(matching.tag(request));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response = response.header(HeaderName::RetryAfter, RETRY_AFTER_SECONDS);
    }
    response.finish().ok()
}

/// The 200 to a CANCEL. Its To tag should be that of the response to the INVITE (RFC 3261 §9.2), which is known
/// once a provisional response has gone out.
pub(super) fn cancelled(cancel: &Request, provisional: Option<&Bytes>, matching: &Matching) -> Option<Bytes> {
    let tag = provisional
        .and_then(|response| Response::parse(response.clone()).ok())
        .and_then(|response| response.headers().to().ok()?.tag().map(<[u8]>::to_vec));
    match tag {
        Some(tag) => Response::reply_to(cancel, StatusCode::OK).to_tag(tag).finish().ok(),
        None => answer(cancel, StatusCode::OK, matching),
    }
}
