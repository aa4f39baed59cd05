//! A request that the tests change.

use bytes::Bytes;
use ringbearer_sip::message::Request;

/// A REGISTER without its Content-Length and empty line.
pub(crate) const REGISTER: &str = "REGISTER sip:ucm.example.com SIP/2.0\r\n\
    Via: SIP/2.0/TLS 192.0.2.1:50012;branch=z9hG4bK776asdhds\r\n\
    From: <sip:1001@ucm.example.com>;tag=456248\r\n\
    To: <sip:1001@ucm.example.com>\r\n\
    Call-ID: 843817637684230@192.0.2.1\r\n\
    CSeq: 1826 REGISTER\r\n\
    Max-Forwards: 70\r\n\
    Contact: <sip:1001@192.0.2.1:50012;transport=tls>\r\n";

/// The REGISTER with these lines more, and no body.
pub(crate) fn register_with(lines: &str) -> Vec<u8> {
    format!("{REGISTER}{lines}Content-Length: 0\r\n\r\n").into_bytes()
}

/// The REGISTER with these lines more, parsed.
pub(crate) fn parsed_register_with(lines: &str) -> Request {
    Request::parse(Bytes::from(register_with(lines))).expect("well-formed")
}
