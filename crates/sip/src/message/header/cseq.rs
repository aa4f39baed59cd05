//! CSeq (RFC 3261 §20.16): the sequence number and the method.

use crate::message::{HeaderName, Headers, Method, Violation, syntax};

/// The value of CSeq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number, less than 2^31 (RFC 3261 §8.1.1.5).
    pub sequence: u32,
    /// The method.
    pub method: Method,
}

impl CSeq {
    /// Parses `1*DIGIT LWS Method`.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let digits = value.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let (sequence, method) = value.split_at_checked(digits)?;
        let sequence = syntax::decimal(sequence).filter(|&sequence| sequence < 1 << 31)?;
        let [blank, ..] = method else { return None };
        let method = syntax::is_blank(*blank).then(|| Method::from_bytes(syntax::trim(method)))??;
        Some(Self { sequence, method })
    }
}

impl Headers {
    /// The CSeq.
    pub fn cseq(&self) -> Result<CSeq, Violation> {
        self.mandatory(HeaderName::CSeq, CSeq::parse)
    }
}
