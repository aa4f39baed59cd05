//! RAck (RFC 3262 §7.2): the provisional response that a PRACK acknowledges.

use super::CSeq;
use crate::message::{HeaderName, Headers, Violation, syntax};

/// The value of RAck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq of the provisional response.
    pub rseq: u32,
    /// The CSeq of the provisional response.
    pub cseq: CSeq,
}

impl RAck {
    /// Parses `response-num LWS CSeq-num LWS Method`.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let blank = value.iter().position(|&octet| syntax::is_blank(octet))?;
        let (rseq, cseq) = value.split_at_checked(blank)?;
        Some(Self { rseq: syntax::decimal(rseq)?, cseq: CSeq::parse(syntax::trim_start(cseq))? })
    }
}

impl Headers {
    /// RAck.
    pub fn rack(&self) -> Result<Option<RAck>, Violation> {
        self.parsed(HeaderName::RAck, RAck::parse)
    }
}
