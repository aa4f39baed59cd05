//! A message goes in, its parts come out.
use bytes::Bytes;
use ringbearer_sip::message::{HeaderName, Message, Request, Response, StatusCode, validate};
use ringbearer_sip::transport::{Frame, StreamFramer};

const REGISTER: &[u8] = b"REGISTER sip:ucm SIP/2.0\r\nVia: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1;rport\r\nFrom: <sip:1001@ucm>;tag=a\r\nTo: <sip:1001@ucm>\r\nCall-ID: x@10.0.0.1\r\nCSeq: 1 REGISTER\r\nContact: <sip:guid@10.0.0.1:5061;transport=tls>;+sip.instance=\"<urn:uuid:0>\";+u.sip!devicename.ccm.cisco.com=\"CSFrado\";video\r\nSubject: a\r\n b\r\nContent-Length: 3\r\n\r\nabc";

#[test]
fn parts() {
    let mut request = Request::parse(Bytes::from_static(REGISTER)).unwrap();
    validate(&request).unwrap();
    assert_eq!(request.headers().from().unwrap().tag(), Some(&b"a"[..]));
    assert_eq!(request.headers().first(HeaderName::Subject), Some(&b"a b"[..]));
    assert_eq!(
        request.headers().contact().unwrap().unwrap().parameter("+u.sip!devicename.ccm.cisco.com"),
        Some(&b"\"CSFrado\""[..])
    );
    request.set_source("10.0.0.2:4000".parse().unwrap());
    let ok = Response::reply_to(&request, StatusCode::OK).to_tag("t").reason("Fine").finish_response().unwrap();
    assert_eq!(ok.as_bytes(), &b"SIP/2.0 200 Fine\r\nVia: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1;received=10.0.0.2;rport=4000\r\nFrom: <sip:1001@ucm>;tag=a\r\nTo: <sip:1001@ucm>;tag=t\r\nCall-ID: x@10.0.0.1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"[..]);
}

#[test]
fn framed_octet_by_octet() {
    let mut framer = StreamFramer::new();
    let mut frames = Vec::new();
    for octet in [b"\r\n\r\n", REGISTER, REGISTER, b"\r\n"].concat() {
        framer.push(&[octet]);
        frames.extend(framer.next_frame());
    }
    assert!(
        matches!(
            frames.as_slice(),
            [
                Frame::KeepAlivePong,
                Frame::KeepAlivePing,
                Frame::Message(Message::Request(_)),
                Frame::Message(_),
                Frame::KeepAlivePong
            ]
        ),
        "{frames:?}"
    );
}
