//! What an attacker does to the borders of messages, whole and one octet at a time.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use bytes::Bytes;
use ringbearer_sip::message::limits;
use ringbearer_sip::message::{HeaderName, Message, Request, StatusCode, Violation, validate};
use ringbearer_sip::transport::{Frame, StreamFramer};

const HEAD: &str = "REGISTER sip:ucm SIP/2.0\r\nVia: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1\r\n\
    From: <sip:1001@ucm>;tag=a\r\nTo: <sip:1001@ucm>\r\nCall-ID: x@10.0.0.1\r\nCSeq: 1 REGISTER\r\n";

fn with(lines: &str) -> Vec<u8> {
    format!("{HEAD}{lines}\r\n").into_bytes()
}

/// The frames of a stream, which are the same however it is cut.
fn frames(octets: &[u8]) -> Vec<Frame> {
    let mut whole = StreamFramer::new();
    whole.push(octets);
    let all: Vec<Frame> = std::iter::from_fn(|| whole.next_frame()).collect();
    let mut split = StreamFramer::new();
    let mut parts = Vec::new();
    for octet in octets {
        split.push(&[*octet]);
        parts.extend(std::iter::from_fn(|| split.next_frame()));
    }
    assert_eq!(format!("{all:?}"), format!("{parts:?}"), "cut at every octet");
    all
}

fn violation(octets: &[u8]) -> Violation {
    match frames(octets).as_slice() {
        [Frame::Malformed(error), ..] => error.violation(),
        other => panic!("accepted: {other:?}"),
    }
}

fn assert_closes(violation: Violation, status: StatusCode) {
    let answer = violation.answer();
    assert_eq!((answer.status, answer.close), (Some(status), true), "{violation}");
}

#[test]
fn frm_1_content_length_is_one_decimal_number_or_the_stream_ends() {
    let lengths = [
        ("", Violation::ContentLengthMissing),
        ("Content-Length: 0\r\nContent-Length: 0\r\n", Violation::ContentLengthRepeated),
        ("Content-Length: 0\r\nContent-Length: 5\r\n", Violation::ContentLengthRepeated),
        ("l: 0\r\nContent-Length: 0\r\n", Violation::ContentLengthRepeated),
        ("Content-Length: -1\r\n", Violation::ContentLengthSyntax),
        ("Content-Length: +5\r\n", Violation::ContentLengthSyntax),
        ("Content-Length: 5,5\r\n", Violation::ContentLengthSyntax),
        ("Content-Length: 0x5\r\n", Violation::ContentLengthSyntax),
        ("Content-Length: five\r\n", Violation::ContentLengthSyntax),
        ("Content-Length:\r\n", Violation::ContentLengthSyntax),
    ];
    for (line, expected) in lengths {
        let found = violation(&with(line));
        assert_eq!(found, expected, "{line}");
        assert_closes(found, StatusCode::BAD_REQUEST);
    }
}

#[test]
fn frm_1_a_length_beyond_every_limit_is_too_large() {
    for length in
        ["65536", "2147483648", "4294967296", "18446744073709551615", "18446744073709551616", "99999999999999999999"]
    {
        let found = violation(&with(&format!("Content-Length: {length}\r\n")));
        assert_eq!(found, Violation::MessageTooLarge, "{length}");
        assert_closes(found, StatusCode::MESSAGE_TOO_LARGE);
    }
}

#[test]
fn frm_2_what_follows_the_length_is_the_next_message() {
    let second = "OPTIONS sip:bob@ucm SIP/2.0\r\nVia: SIP/2.0/TLS 10.0.0.1;branch=z9hG4bK2\r\nFrom: <sip:1001@ucm>;tag=a\r\n\
        To: <sip:bob@ucm>\r\nCall-ID: y\r\nCSeq: 2 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    let stream = [with("Content-Length: 2\r\n"), b"ab".to_vec(), second.as_bytes().to_vec()].concat();
    let frames = frames(&stream);
    let [Frame::Message(Message::Request(first)), Frame::Message(Message::Request(next))] = frames.as_slice() else {
        panic!("messages in are messages out: {frames:?}");
    };
    assert_eq!(first.body(), b"ab");
    assert_eq!(next.as_bytes().as_ref(), second.as_bytes());
}

#[test]
fn frm_3_a_name_ends_at_its_colon_and_a_line_at_crlf() {
    let bad = [
        ("X-A\u{1}: b\r\n", Violation::HeaderLine),
        ("X\0A: b\r\n", Violation::HeaderLine),
        ("X A: b\r\n", Violation::HeaderLine),
        ("no colon\r\n", Violation::HeaderLine),
        ("X-A: b\u{1}c\r\n", Violation::ControlOctet),
        ("X-A: b\0c\r\n", Violation::ControlOctet),
        ("X-A: b\nAuthorization: Bearer t\r\n", Violation::BareLineEnd),
        ("X-A: b\rc\r\n", Violation::BareLineEnd),
    ];
    for (lines, expected) in bad {
        assert_eq!(violation(&with(&format!("{lines}Content-Length: 0\r\n"))), expected, "{lines:?}");
    }
    let good =
        Request::parse(Bytes::from(with("Content-Length \t: 0\r\n"))).expect("a blank before the colon is allowed");
    assert_eq!(good.headers().first(HeaderName::ContentLength), Some(&b"0"[..]));
}

#[test]
fn frm_3_a_fold_is_one_blank_before_anybody_decides() {
    let lines = "Authorization: Bearer\r\n \tabc\r\nContent-Length: 0\r\n";
    let request = Request::parse(Bytes::from(with(lines))).expect("a folded line is one line");
    assert_eq!(request.headers().first(HeaderName::Authorization), Some(&b"Bearer abc"[..]));
}

#[test]
fn frm_4_what_may_stand_once_stands_once() {
    for repeated in [
        "From: <sip:eve@ucm>;tag=e\r\n",
        "f: <sip:eve@ucm>;tag=e\r\n",
        "To: <sip:eve@ucm>\r\n",
        "t: <sip:eve@ucm>\r\n",
        "Call-ID: other\r\n",
        "i: other\r\n",
        "CSeq: 2 REGISTER\r\n",
        "Max-Forwards: 70\r\nMax-Forwards: 70\r\n",
        "Content-Type: a/b\r\nc: a/b\r\n",
        "Expires: 1\r\nExpires: 2\r\n",
        "Authorization: Bearer a\r\nProxy-Authorization: Bearer b\r\n",
        "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n",
    ] {
        let octets = Bytes::from(with(&format!("{repeated}Content-Length: 0\r\n")));
        let found = match Request::parse(octets) {
            Ok(request) => validate(&request).expect_err(repeated),
            Err(error) => error.violation(),
        };
        assert!(matches!(found, Violation::Repeated(_) | Violation::CredentialsRepeated), "{repeated}: {found:?}");
        assert_eq!(found.answer().status, Some(StatusCode::BAD_REQUEST));
    }
}

#[test]
fn frm_5_the_limits_hold_to_the_octet() {
    let line = |octets: usize| format!("X-A: {}\r\n", "a".repeat(octets - "X-A: \r\n".len()));
    let fits = with(&format!("{}Content-Length: 0\r\n", line(limits::HEADER_LINE)));
    assert!(matches!(frames(&fits).as_slice(), [Frame::Message(_)]));
    let over = with(&format!("{}Content-Length: 0\r\n", line(limits::HEADER_LINE + 3)));
    let found = violation(&over);
    assert_eq!(found, Violation::HeaderLineTooLong);
    assert_closes(found, StatusCode::MESSAGE_TOO_LARGE);

    // Via, From, To, Call-ID, CSeq and Content-Length.
    let fields_around = 6;
    let fields = |count: usize| "X-A: a\r\n".repeat(count - fields_around);
    let fits = with(&format!("{}Content-Length: 0\r\n", fields(limits::HEADERS)));
    assert!(matches!(frames(&fits).as_slice(), [Frame::Message(_)]), "{:?}", frames(&fits));
    let over = with(&format!("{}Content-Length: 0\r\n", fields(limits::HEADERS + 1)));
    assert_eq!(violation(&over), Violation::TooManyHeaders);
}
