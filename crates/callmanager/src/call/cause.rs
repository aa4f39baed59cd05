//! Why a call ended: Q.850 cause values, as the call record and the Reason header field (RFC 3326) carry them.
//!
//! The mapping between status codes and causes is the one of RFC 3398 §7.2.4.1 and §8.2.6.1.

use std::fmt;

use sip::message::StatusCode;

/// A cause value of ITU-T Q.850.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub u8);

impl Cause {
    /// 1: unallocated number.
    pub const UNALLOCATED_NUMBER: Self = Self(1);
    /// 16: normal call clearing.
    pub const NORMAL_CLEARING: Self = Self(16);
    /// 17: user busy.
    pub const USER_BUSY: Self = Self(17);
    /// 18: no user responding.
    pub const NO_USER_RESPONDING: Self = Self(18);
    /// 19: no answer from the user.
    pub const NO_ANSWER: Self = Self(19);
    /// 20: subscriber absent.
    pub const SUBSCRIBER_ABSENT: Self = Self(20);
    /// 21: call rejected.
    pub const CALL_REJECTED: Self = Self(21);
    /// 25: exchange routing error, for loops and too many hops.
    pub const EXCHANGE_ROUTING_ERROR: Self = Self(25);
    /// 27: destination out of order: its flow went away in the call.
    pub const DESTINATION_OUT_OF_ORDER: Self = Self(27);
    /// 31: normal, unspecified.
    pub const NORMAL_UNSPECIFIED: Self = Self(31);
    /// 41: temporary failure.
    pub const TEMPORARY_FAILURE: Self = Self(41);
    /// 42: switching equipment congestion.
    pub const CONGESTION: Self = Self(42);
    /// 57: bearer capability not authorized.
    pub const BEARER_NOT_AUTHORIZED: Self = Self(57);
    /// 58: bearer capability not presently available: no media that both may have.
    pub const BEARER_NOT_AVAILABLE: Self = Self(58);
    /// 79: service or option not implemented.
    pub const NOT_IMPLEMENTED: Self = Self(79);
    /// 102: recovery on timer expiry: the session was not refreshed.
    pub const TIMER_EXPIRY: Self = Self(102);
    /// 111: protocol error.
    pub const PROTOCOL_ERROR: Self = Self(111);
    /// 126: call split, the vendor's value for a call that was transferred.
    pub const CALL_SPLIT: Self = Self(126);
    /// 127: interworking, unspecified.
    pub const INTERWORKING: Self = Self(127);

    /// The cause of a call that was refused with this status (RFC 3398 §8.2.6.1).
    pub fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 | 604 => Self::UNALLOCATED_NUMBER,
            401 | 402 | 403 | 407 | 603 | 607 => Self::CALL_REJECTED,
            405 | 501 => Self::NOT_IMPLEMENTED,
            406 | 415 | 488 | 606 => Self::BEARER_NOT_AVAILABLE,
            408 | 504 => Self::TIMER_EXPIRY,
            410 => Self(22),
            480 => Self::NO_USER_RESPONDING,
            482 | 483 => Self::EXCHANGE_ROUTING_ERROR,
            484 => Self(28),
            486 | 600 => Self::USER_BUSY,
            487 => Self::NORMAL_CLEARING,
            440 | 503 => Self::CONGESTION,
            500 => Self::TEMPORARY_FAILURE,
            400 | 481 | 491 => Self::PROTOCOL_ERROR,
            _ => Self::INTERWORKING,
        }
    }

    /// The value of a Reason header field: `Q.850;cause=16`.
    pub fn reason(self) -> String {
        format!("Q.850;cause={}", self.0)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_of_the_usual_refusals() {
        let rows = [(404, 1), (486, 17), (480, 18), (603, 21), (488, 58), (482, 25), (503, 42), (599, 127)];
        for (status, cause) in rows {
            assert_eq!(Cause::from_status(StatusCode::new(status).unwrap()), Cause(cause), "{status}");
        }
        assert_eq!(Cause::USER_BUSY.reason(), "Q.850;cause=17");
    }
}
