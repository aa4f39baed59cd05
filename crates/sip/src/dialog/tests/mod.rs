//! Dialogs between two user agents, message by message.

mod dialog;
mod refer;
mod reliable_provisional;
mod session_timer;

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::*;
use crate::message::{Request, Response, StatusCode};

/// An INVITE from a caller (tag `a1`) behind two proxies.
fn invite(extra: &str) -> Request {
    request("INVITE", 1, "", extra)
}

/// A request from the caller.
fn request(method: &str, sequence: u32, to_parameters: &str, extra: &str) -> Request {
    let text = format!(
        "{method} sip:1002@ucm SIP/2.0\r\n\
         Via: SIP/2.0/TLS 127.0.0.1:4711;branch=z9hG4bK-{sequence}{method}\r\n\
         From: \"Ana\" <sip:1001@ucm>;tag=a1\r\n\
         To: <sip:1002@ucm>{to_parameters}\r\n\
         Call-ID: c1\r\n\
         CSeq: {sequence} {method}\r\n\
         {extra}\
         Content-Length: 0\r\n\r\n"
    );
    Request::parse(Bytes::from(text)).unwrap()
}

/// A response from the answerer (tag `b2`) to [`invite`].
fn response(status: u16, extra: &str) -> Response {
    let text = format!(
        "SIP/2.0 {status} Whatever\r\n\
         Via: SIP/2.0/TLS 127.0.0.1:4711;branch=z9hG4bK-1INVITE\r\n\
         From: \"Ana\" <sip:1001@ucm>;tag=a1\r\n\
         To: <sip:1002@ucm>;tag=b2\r\n\
         Call-ID: c1\r\n\
         CSeq: 1 INVITE\r\n\
         {extra}\
         Content-Length: 0\r\n\r\n"
    );
    Response::parse(Bytes::from(text)).unwrap()
}

const CALLER: &str = "Contact: <sip:ana@127.0.0.1:5060;transport=tls>\r\n";
const ANSWERER: &str = "Contact: <sip:bob@127.0.0.2:5060;transport=tls>\r\n";

/// What a builder wrote, as text.
fn text(request: RequestBuilder) -> String {
    String::from_utf8(request.finish().unwrap().to_vec()).unwrap()
}
