//! Messages that we write: nothing can be injected, and what is not changed keeps its octets.

mod support;

use bytes::Bytes;
use ringbearer_sip::message::header::Warning;
use ringbearer_sip::message::{BuildError, HeaderName, Method, Request, Response, StatusCode, UriBuf, validate};
use support::{parsed_register_with, register_with};

fn uri(text: &'static str) -> UriBuf {
    UriBuf::parse(text).expect("a URI")
}

fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_request_is_written_in_the_order_given() {
    let request = Request::build(Method::Invite, &uri("sip:bob@example.com"))
        .header(HeaderName::Via, "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKa")
        .header_display(HeaderName::MaxForwards, 70)
        .extension_header("X-Custom", "yes")
        .body("application/sdp", "v=0\r\n")
        .finish()
        .expect("clean values");
    let expected = "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKa\r\n\
        Max-Forwards: 70\r\nX-Custom: yes\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";
    assert_eq!(text(&request), expected);
}

#[test]
fn no_value_can_end_its_line() {
    let build = || Request::build(Method::Options, &uri("sip:a@b"));
    for evil in ["a\r\nX: y", "a\n", "\r", "a\0b", "\u{1}", "a\u{7f}"] {
        let subject = BuildError::ControlOctet(HeaderName::Subject);
        assert_eq!(build().header(HeaderName::Subject, evil).finish(), Err(subject), "{evil:?}");
        assert_eq!(build().header_display(HeaderName::Subject, evil).finish(), Err(subject), "{evil:?}");
        assert_eq!(build().extension_header("X-Y", evil).finish(), Err(BuildError::ExtensionField), "{evil:?}");
        assert_eq!(build().extension_header(evil, "y").finish(), Err(BuildError::ExtensionField), "{evil:?}");
        let content_type = BuildError::ControlOctet(HeaderName::ContentType);
        assert_eq!(build().body(evil, "").finish(), Err(content_type), "{evil:?}");
        let request = parsed_register_with("");
        let reply = || Response::reply_to(&request, StatusCode::OK);
        assert_eq!(reply().reason(evil).finish(), Err(BuildError::ReasonPhrase), "{evil:?}");
        assert_eq!(reply().to_tag(evil).finish(), Err(BuildError::Tag), "{evil:?}");
        assert_eq!(request.edit().prepend(HeaderName::Subject, evil).finish(), Err(subject), "{evil:?}");
        assert_eq!(request.edit().replace(HeaderName::Subject, evil).finish(), Err(subject), "{evil:?}");
        assert_eq!(request.edit().append(HeaderName::Subject, evil).finish(), Err(subject), "{evil:?}");
    }
    assert_eq!(build().extension_header("X Y", "y").finish(), Err(BuildError::ExtensionField));
    let request = parsed_register_with("");
    assert_eq!(Response::reply_to(&request, StatusCode::OK).to_tag("a b").finish(), Err(BuildError::Tag));
}

#[test]
fn a_reply_copies_what_the_rfc_says_and_adds_the_tag() {
    let mut request =
        parsed_register_with("v: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKb, SIP/2.0/UDP c\r\nTimestamp: 54\r\n");
    request.set_source("203.0.113.9:4000".parse().unwrap());
    let reply = Response::reply_to(&request, StatusCode::OK)
        .to_tag("8321234356")
        .header(HeaderName::Expires, "120")
        .finish()
        .expect("clean values");
    let expected = "SIP/2.0 200 OK\r\n\
        Via: SIP/2.0/TLS 192.0.2.1:50012;branch=z9hG4bK776asdhds;received=203.0.113.9\r\n\
        Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKb, SIP/2.0/UDP c\r\n\
        From: <sip:1001@ucm.example.com>;tag=456248\r\n\
        To: <sip:1001@ucm.example.com>;tag=8321234356\r\n\
        Call-ID: 843817637684230@192.0.2.1\r\n\
        CSeq: 1826 REGISTER\r\n\
        Expires: 120\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(text(&reply), expected);
}

#[test]
fn a_reply_keeps_the_tag_that_the_request_had() {
    let octets = String::from_utf8(register_with("")).unwrap();
    let octets = octets.replace("To: <sip:1001@ucm.example.com>", "To: <sip:1001@ucm.example.com>;tag=theirs");
    let request = Request::parse(Bytes::from(octets)).unwrap();
    let reply = Response::reply_to(&request, StatusCode::OK).to_tag("ours").finish_response().unwrap();
    assert_eq!(reply.headers().to().unwrap().tag(), Some(&b"theirs"[..]));
}

#[test]
fn tag_and_reason_may_come_in_any_order() {
    let request = parsed_register_with("");
    let one = Response::reply_to(&request, StatusCode::FORBIDDEN).to_tag("t").reason("No").finish().unwrap();
    let other = Response::reply_to(&request, StatusCode::FORBIDDEN).reason("No").to_tag("t").finish().unwrap();
    assert_eq!(one, other);
    assert!(text(&one).starts_with("SIP/2.0 403 No\r\n"));
    let long = "a much longer reason phrase than the one before it";
    let long = Response::reply_to(&request, StatusCode::FORBIDDEN).reason(long).to_tag("t").finish_response().unwrap();
    assert_eq!(long.headers().to().unwrap().tag(), Some(&b"t"[..]));
}

#[test]
fn only_trying_copies_the_timestamp() {
    let request = parsed_register_with("Timestamp: 54\r\n");
    let trying = Response::reply_to(&request, StatusCode::TRYING).finish_response().unwrap();
    assert_eq!(trying.headers().first(HeaderName::Timestamp), Some(&b"54"[..]));
    let ringing = Response::reply_to(&request, StatusCode::RINGING).finish_response().unwrap();
    assert_eq!(ringing.headers().first(HeaderName::Timestamp), None);
}

#[test]
fn a_malformed_request_is_answered_as_far_as_it_says_where_to() {
    let error = Request::parse(Bytes::from(register_with("Bad line\r\n"))).expect_err("malformed");
    let expected = "SIP/2.0 400 Malformed header line\r\n\
        Via: SIP/2.0/TLS 192.0.2.1:50012;branch=z9hG4bK776asdhds\r\n\
        From: <sip:1001@ucm.example.com>;tag=456248\r\n\
        To: <sip:1001@ucm.example.com>\r\n\
        Call-ID: 843817637684230@192.0.2.1\r\n\
        CSeq: 1826 REGISTER\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(text(&error.reply().expect("a reply")), expected);
    let only_via =
        "INVITE  sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: a\u{1}b\r\nContent-Length: 0\r\n\r\n";
    let error = Request::parse(Bytes::from_static(only_via.as_bytes())).expect_err("malformed");
    let expected =
        "SIP/2.0 400 Malformed request line\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(text(&error.reply().expect("a reply")), expected);
    let no_via = "INVITE  sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    assert!(Request::parse(Bytes::from_static(no_via.as_bytes())).expect_err("malformed").reply().is_none());
}

#[test]
fn an_edit_changes_what_it_names_and_nothing_else() {
    let lines =
        "vIa:  SIP/2.0/UDP  192.0.2.7;branch=z9hG4bKb ,SIP/2.0/UDP c\r\nSUBJECT :a\r\n b\r\nX-Old: 1\r\nx-old: 2\r\n";
    let request = parsed_register_with(lines);
    let edited = request
        .edit()
        .request_uri(&uri("sip:other@example.net"))
        .with_via("SIP/2.0/TLS 192.0.2.9;branch=z9hG4bKnext")
        .prepend(HeaderName::RecordRoute, "<sip:192.0.2.9;lr>")
        .replace(HeaderName::MaxForwards, "69")
        .remove(HeaderName::Contact)
        .remove_extension("X-OLD")
        .append(HeaderName::UserAgent, "ringbearer")
        .append_extension("X-New", "1")
        .finish()
        .expect("clean values");
    let expected = "REGISTER sip:other@example.net SIP/2.0\r\n\
        Record-Route: <sip:192.0.2.9;lr>\r\n\
        Via: SIP/2.0/TLS 192.0.2.9;branch=z9hG4bKnext\r\n\
        Via: SIP/2.0/TLS 192.0.2.1:50012;branch=z9hG4bK776asdhds\r\n\
        From: <sip:1001@ucm.example.com>;tag=456248\r\n\
        To: <sip:1001@ucm.example.com>\r\n\
        Call-ID: 843817637684230@192.0.2.1\r\n\
        CSeq: 1826 REGISTER\r\n\
        Max-Forwards: 69\r\n\
        vIa:  SIP/2.0/UDP  192.0.2.7;branch=z9hG4bKb ,SIP/2.0/UDP c\r\n\
        SUBJECT :a\r\n b\r\n\
        Content-Length: 0\r\n\
        User-Agent: ringbearer\r\n\
        X-New: 1\r\n\r\n";
    assert_eq!(text(&edited), expected);
    assert_eq!(validate(&Request::parse(edited).expect("well-formed")), Ok(()));
}

#[test]
fn a_canonical_copy_says_what_was_parsed_in_one_way() {
    let lines = "vIa:  SIP/2.0/UDP  192.0.2.7;branch=z9hG4bKb ,SIP/2.0/UDP c\r\nSUBJECT :a\r\n b\r\nx-Old:1\r\n\
        k:\r\n path\r\nRoute: ,<sip:p1;lr>,, <sip:p2;lr>\r\nroute:<sip:p3;lr>\r\n";
    let request = parsed_register_with(lines);
    let routes: Vec<_> = request.headers().values(HeaderName::Route).skip(1).collect();
    let edited = request.edit().canonical().values(HeaderName::Route, routes).same_type_body("v").finish().unwrap();
    let expected = "REGISTER sip:ucm.example.com SIP/2.0\r\n\
        Via: SIP/2.0/TLS 192.0.2.1:50012;branch=z9hG4bK776asdhds\r\n\
        From: <sip:1001@ucm.example.com>;tag=456248\r\n\
        To: <sip:1001@ucm.example.com>\r\n\
        Call-ID: 843817637684230@192.0.2.1\r\n\
        CSeq: 1826 REGISTER\r\n\
        Max-Forwards: 70\r\n\
        Contact: <sip:1001@192.0.2.1:50012;transport=tls>\r\n\
        Via: SIP/2.0/UDP  192.0.2.7;branch=z9hG4bKb ,SIP/2.0/UDP c\r\n\
        Subject: a b\r\n\
        x-Old: 1\r\n\
        Supported: path\r\n\
        Route: <sip:p2;lr>\r\n\
        Route: <sip:p3;lr>\r\n\
        Content-Length: 1\r\n\r\nv";
    assert_eq!(text(&edited), expected);
    let again = Request::parse(edited.clone()).unwrap().edit().canonical().finish().unwrap();
    assert_eq!(text(&again), text(&edited), "a canonical copy is its own canonical copy");
}

#[test]
fn the_top_value_of_a_list_is_taken_away() {
    let routes = "Route: \"a, b\" <sip:p1;lr> , <sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n";
    let mut request = parsed_register_with(routes);
    for expected in [&["sip:p2;lr", "sip:p3;lr"][..], &["sip:p3;lr"], &[]] {
        let edited = request.edit().remove_top(HeaderName::Route).finish().expect("clean values");
        request = Request::parse(edited).expect("well-formed");
        let routes: Vec<_> = request.headers().routes().map(|route| route.unwrap().uri_bytes()).collect();
        assert_eq!(routes, expected.iter().map(|route| route.as_bytes()).collect::<Vec<_>>());
    }
}

#[test]
fn a_body_brings_its_type_and_length() {
    let request = parsed_register_with("c: text/plain\r\n");
    let edited = Request::parse(request.edit().body("application/sdp", "v=0\r\n").finish().unwrap()).unwrap();
    assert!(edited.headers().content_type().unwrap().unwrap().is_sdp());
    assert_eq!((edited.headers().content_length(), edited.body()), (Ok(Some(5)), &b"v=0\r\n"[..]));
    let without = Request::parse(edited.edit().without_body().finish().unwrap()).unwrap();
    assert_eq!((without.headers().content_length(), without.body()), (Ok(Some(0)), &b""[..]));
    assert!(!without.headers().contains(HeaderName::ContentType));
}

#[test]
fn the_status_line_of_a_response_cannot_become_a_request() {
    let request = parsed_register_with("");
    let response = Response::reply_to(&request, StatusCode::OK).finish_response().unwrap();
    assert_eq!(response.edit().request_uri(&uri("sip:a@b")).finish(), Err(BuildError::Uri));
    let edited = response.edit().remove_top(HeaderName::Via).finish().unwrap();
    assert!(text(&edited).starts_with("SIP/2.0 200 OK\r\nFrom: "));
}

#[test]
fn a_warning_is_written_and_read() {
    let warning =
        Warning { code: 399, agent: "ucm1".into(), text: r#"SIP OAuth "Registration" port \ Mismatch"#.into() };
    let written = warning.to_string();
    assert_eq!(written, r#"399 ucm1 "SIP OAuth \"Registration\" port \\ Mismatch""#);
    assert_eq!(Warning::parse(written.as_bytes()), Some(warning));
}
