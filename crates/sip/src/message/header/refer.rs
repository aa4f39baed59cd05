//! Refer-To (RFC 3515 §2.1) and Referred-By (RFC 3892 §2).

use super::NameAddr;
use crate::message::{HeaderName, Headers, Violation};

impl Headers {
    /// Refer-To.
    pub fn refer_to(&self) -> Result<Option<NameAddr<'_>>, Violation> {
        self.parsed(HeaderName::ReferTo, NameAddr::parse)
    }

    /// Referred-By.
    pub fn referred_by(&self) -> Result<Option<NameAddr<'_>>, Violation> {
        self.parsed(HeaderName::ReferredBy, NameAddr::parse)
    }
}
