//! Which refusal of a forked INVITE the asker gets (RFC 3261 §16.7 step 6).
//!
//! A 6xx wins over everything; else the lowest class wins, and within 4xx those that tell the caller something
//! to act on come first. Our choices: a 401 or 407 of a device is never passed on, since the caller's credentials
//! are for us and not for the called device: it counts as 480; a 503 counts as 500, as §16.7 asks; a 487 that we
//! caused ourselves tells nothing and gives way to every other; nothing at all is 480.

use sip::message::{StatusClass, StatusCode};

/// Collects the final responses of the branches of one INVITE.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct BestResponse(Option<StatusCode>);

impl BestResponse {
    /// Takes another branch's final response, 300 to 699.
    pub(super) fn add(&mut self, status: StatusCode) {
        let status = presentable(status);
        if self.0.is_none_or(|best| rank(status) < rank(best)) {
            self.0 = Some(status);
        }
    }

    /// The response for the asker.
    pub(super) fn status(self) -> StatusCode {
        self.0.unwrap_or(StatusCode::TEMPORARILY_UNAVAILABLE)
    }
}

fn presentable(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => StatusCode::TEMPORARILY_UNAVAILABLE,
        StatusCode::SERVICE_UNAVAILABLE => StatusCode::SERVER_INTERNAL_ERROR,
        // A redirection that could not be followed is no address for the caller to try.
        _ if status.class() == StatusClass::Redirection => StatusCode::TEMPORARILY_UNAVAILABLE,
        _ => status,
    }
}

/// Lower is better.
fn rank(status: StatusCode) -> (u8, u16) {
    let class = match status.class() {
        StatusClass::GlobalFailure => 0,
        StatusClass::ClientError => 1,
        StatusClass::ServerError => 2,
        _ => 3,
    };
    let within = match status {
        StatusCode::REQUEST_TERMINATED => 900,
        // "4xx ... 415, 420 and 484 over others" (RFC 3261 §16.7 step 6); then a person's answer over a machine's.
        StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::BAD_EXTENSION | StatusCode::ADDRESS_INCOMPLETE => 0,
        StatusCode::BUSY_HERE => 1,
        StatusCode::NOT_ACCEPTABLE_HERE => 2,
        StatusCode::TEMPORARILY_UNAVAILABLE => 3,
        StatusCode::REQUEST_TIMEOUT => 800,
        _ => status.as_u16(),
    };
    (class, within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(codes: &[u16]) -> u16 {
        let mut best = BestResponse::default();
        for code in codes {
            best.add(StatusCode::new(*code).unwrap());
        }
        best.status().as_u16()
    }

    #[test]
    fn a_global_failure_wins() {
        assert_eq!(best(&[486, 603, 408]), 603);
        assert_eq!(best(&[600, 486]), 600);
    }

    #[test]
    fn a_person_wins_over_a_machine() {
        assert_eq!(best(&[408, 486]), 486);
        assert_eq!(best(&[480, 500]), 480);
        assert_eq!(best(&[487, 408]), 408);
        assert_eq!(best(&[486, 415]), 415);
    }

    #[test]
    fn a_device_that_asks_us_for_credentials_is_unavailable() {
        assert_eq!(best(&[401]), 480);
        assert_eq!(best(&[407]), 480);
        assert_eq!(best(&[302]), 480);
        assert_eq!(best(&[503]), 500);
        assert_eq!(best(&[]), 480);
    }
}
