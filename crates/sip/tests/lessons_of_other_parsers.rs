//! What other SIP parsers got wrong, each a test: `docs/decisions/0001-own-sip-core.md` tells of them.

mod support;
mod verdict;

use bytes::Bytes;
use ringbearer_sip::auth::Credentials;
use ringbearer_sip::message::header::Contact;
use ringbearer_sip::message::{HeaderName, Message, Method, Request, Uri, Violation, validate};
use ringbearer_sip::transport::{Datagram, StreamFramer, parse_datagram};
use support::{REGISTER, parsed_register_with, register_with};
use verdict::verdict_however_cut;

#[test]
fn a_huge_content_length_in_a_datagram_neither_overflows_nor_panics() {
    for length in [u64::MAX, u64::MAX - 1, u64::from(u32::MAX), 1 << 31] {
        let datagram = format!("{REGISTER}Content-Length: {length}\r\n\r\nhello");
        let error = parse_datagram(Bytes::from(datagram)).expect_err("too large");
        assert_eq!(error.violation(), Violation::MessageTooLarge);
    }
}

#[test]
fn octets_that_are_no_utf_8_drop_neither_fields_nor_body() {
    let mut message = format!("{REGISTER}Subject: ").into_bytes();
    message.extend(b"\xff\xfe\x80\r\nAuthorization: Bearer abc\r\nContent-Length: 5\r\n\r\nh\xe9llo");
    let Ok(Message::Request(request)) = Message::parse(Bytes::from(message)) else { panic!("well-formed") };
    assert_eq!(validate(&request), Ok(()));
    assert_eq!(request.headers().first(HeaderName::Subject), Some(&b"\xff\xfe\x80"[..]));
    assert_eq!(request.headers().authorization().count(), 1);
    assert_eq!(request.headers().contacts().count(), 1);
    assert_eq!(request.body(), b"h\xe9llo");
}

#[test]
fn a_bare_line_feed_does_not_inject_credentials() {
    let verdict = verdict_however_cut(&register_with("Subject: a\nAuthorization: Bearer stolen\r\n"));
    assert_eq!(verdict, "400 and close: Line not ended by CRLF");
}

#[test]
fn framing_and_body_use_the_same_content_length() {
    for line in ["Content-Length : 5", "l: 5", "L\t:\t5", "CONTENT-LENGTH:5"] {
        let stream = format!("{REGISTER}{line}\r\n\r\nhello{REGISTER}Content-Length: 0\r\n\r\n");
        assert_eq!(verdict_however_cut(stream.as_bytes()), "ok, ok", "{line}");
    }
}

#[test]
fn a_missing_content_length_on_a_stream_is_not_zero() {
    let stream = format!("{REGISTER}\r\nINVITE sip:a@b SIP/2.0\r\n");
    assert_eq!(verdict_however_cut(stream.as_bytes()), "400 and close: Missing Content-Length");
}

#[test]
fn malformed_lengths_in_a_datagram_are_not_zero() {
    for length in ["abc", "-1", "4, 2", ""] {
        let datagram = format!("{REGISTER}Content-Length: {length}\r\n\r\nhello");
        let error = parse_datagram(Bytes::from(datagram)).expect_err("malformed");
        assert_eq!(error.violation(), Violation::ContentLengthSyntax, "{length}");
    }
}

#[test]
fn a_malformed_line_is_refused_and_not_skipped() {
    assert_eq!(verdict_however_cut(&register_with("Authorization Bearer abc\r\n")), "400: Malformed header line");
}

#[test]
fn unknown_methods_are_data() {
    let message = REGISTER.replace("REGISTER", "!weird-Method%");
    let request = Request::parse(Bytes::from(format!("{message}Content-Length: 0\r\n\r\n"))).expect("well-formed");
    assert_eq!(validate(&request), Ok(()));
    assert_eq!(request.method().as_str(), "!weird-Method%");
    assert_eq!(Method::from_bytes(b"register").map(|method| method.to_string()), Some("register".to_owned()));
    assert_ne!(Method::from_bytes(b"register"), Some(Method::Register), "methods are case-sensitive");
}

#[test]
fn unknown_transports_are_data() {
    let request = parsed_register_with("Via: SIP/2.0/CARRIER-PIGEON host;branch=z9hG4bKa\r\n");
    assert_eq!(validate(&request), Ok(()));
    let transports: Vec<_> = request.headers().vias().map(|via| via.unwrap().transport()).collect();
    assert_eq!(transports, [&b"TLS"[..], b"CARRIER-PIGEON"]);
}

#[test]
fn unknown_uri_schemes_are_data() {
    for uri in
        ["tel:+1-201-555-0123", "urn:X-cisco-remotecc:callinfo", "soap.beep://192.0.2.103:3002", "name:John_Smith"]
    {
        let message = REGISTER.replace("sip:ucm.example.com SIP", &format!("{uri} SIP"));
        let request = Request::parse(Bytes::from(format!("{message}Content-Length: 0\r\n\r\n"))).expect("well-formed");
        assert_eq!(validate(&request), Ok(()), "{uri}");
        let Ok(Uri::Other(other)) = request.uri() else { panic!("{uri} is no SIP URI") };
        assert_eq!(other.scheme(), uri.split(':').next().unwrap().as_bytes());
    }
}

#[test]
fn contacts_of_jabber_parse() {
    let line = "m: <sip:d3b6b8c0@192.0.2.1:50012;transport=tls>;\
        +sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0050568a3f41>\";\
        +u.sip!devicename.ccm.cisco.com=\"CSFRADO\";+u.sip!model.ccm.cisco.com=\"503\";video;bfcp\r\n";
    let request = parsed_register_with(line);
    assert_eq!(validate(&request), Ok(()));
    let Some(Ok(Contact::Address(contact))) = request.headers().contacts().nth(1) else { panic!("a second Contact") };
    let instance = contact.parameters().find("+sip.instance").unwrap().unquoted();
    assert_eq!(instance.as_ref(), b"<urn:uuid:00000000-0000-0000-0000-0050568a3f41>");
    let device = contact.parameters().find("+u.sip!devicename.ccm.cisco.com").unwrap().unquoted();
    assert_eq!(device.as_ref(), b"CSFRADO");
    assert!(contact.parameters().contains("video"));
    assert_eq!(contact.parameter("VIDEO"), None, "there, and without value");
}

#[test]
fn lists_are_split_with_regard_to_quotes_brackets_and_lines() {
    let request = parsed_register_with(
        "Contact: \"a, b;\\\", <c>\" <sip:one@a;x=1,2>;q=\"1,2\", <sip:two@b>\r\nm: sip:three@c;q=0.1 , , sip:four@d\r\n",
    );
    let contacts: Vec<_> = request.headers().contacts().map(|contact| contact.unwrap().address().unwrap()).collect();
    let uris: Vec<_> = contacts.iter().map(|contact| contact.uri_bytes()).collect();
    let expected =
        ["sip:1001@192.0.2.1:50012;transport=tls", "sip:one@a;x=1,2", "sip:two@b", "sip:three@c", "sip:four@d"];
    assert_eq!(uris, expected.map(str::as_bytes));
    assert_eq!(contacts[1].display_name().unwrap().as_ref(), br#"a, b;", <c>"#);
    assert_eq!(contacts[1].parameters().find("q").unwrap().unquoted().as_ref(), b"1,2");
}

#[test]
fn uri_headers_are_parsed() {
    let uri = Uri::parse(b"sip:alice@example.com;transport=tls?Replaces=a%40b%3Bto-tag%3D1&Subject=x").expect("a URI");
    let pairs: Vec<_> = uri.as_sip().unwrap().header_pairs().collect();
    assert_eq!(pairs, [(&b"Replaces"[..], &b"a%40b%3Bto-tag%3D1"[..]), (b"Subject", b"x")]);
}

#[test]
fn a_urn_with_colons_is_kept_whole() {
    let request = parsed_register_with("Refer-To: <urn:X-cisco-remotecc:token-registration>\r\n");
    let refer_to = request.headers().refer_to().unwrap().unwrap();
    assert_eq!(refer_to.uri_bytes(), b"urn:X-cisco-remotecc:token-registration");
}

#[test]
fn credentials_are_redacted_in_debug() {
    let secret = "eyJhbGciOiJSUzI1NiJ9.canary.signature";
    let digest =
        "Authorization: Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"canary\"\r\n";
    let request = parsed_register_with(&format!("Proxy-Authorization: Bearer token=\"{secret}\"\r\n{digest}"));
    let credentials: Vec<_> =
        request.headers().authorization().chain(request.headers().proxy_authorization()).collect();
    for shown in [
        format!("{request:?}"),
        format!("{:?}", Message::Request(request.clone())),
        format!("{credentials:?}"),
        format!("{:?}", request.headers()),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let broken = Request::parse(Bytes::from(register_with(&format!("Authorization: Bearer {secret}\r\nBad line\r\n"))));
    assert!(!format!("{:?}", broken.expect_err("malformed")).contains("canary"));
}

#[test]
fn unchanged_messages_go_out_octet_for_octet() {
    let odd = "sUbJeCt  :   spaced   \r\nv :SIP/2.0/UDP  192.0.2.2 ;branch=z9hG4bKb\r\nX-Y:\r\n folded\r\n\tmore\r\n";
    let octets = register_with(odd);
    let request = Request::parse(Bytes::from(octets.clone())).expect("well-formed");
    assert_eq!(request.as_bytes(), &octets[..]);
    let lines: Vec<u8> = request.headers().iter().flat_map(|field| field.line().to_vec()).collect();
    let header_start = octets.windows(2).position(|window| window == b"\r\n").unwrap() + 2;
    assert_eq!(lines, octets[header_start..octets.len() - 2], "the fields are the header");
    let edited = request.edit().finish().expect("nothing to do");
    assert_eq!(edited, octets);
}

#[test]
fn an_idle_stream_holds_no_buffer() {
    let mut framer = StreamFramer::new();
    for piece in [&b"\r\n\r\n"[..], &register_with("")] {
        framer.push(piece);
        while framer.next_frame().is_some() {}
        assert_eq!(framer.buffer_mut().capacity(), 0);
        assert!(!framer.is_in_message());
    }
}

#[test]
fn work_grows_with_the_message_and_not_with_its_square() {
    // A byte at a time, a parser that begins anew needs a billion steps for this header, and this test a minute.
    let line = format!("Pad: {}\r\n", "x".repeat(8_000));
    let message = register_with(&line.repeat(7));
    let mut framer = StreamFramer::new();
    let mut frames = 0;
    for octet in message {
        framer.push(&[octet]);
        frames += usize::from(framer.next_frame().is_some());
    }
    assert_eq!(frames, 1);
}

#[test]
fn a_message_costs_one_index_and_is_shared() {
    let octets = Bytes::from(register_with("Subject: a\r\n"));
    let request = Request::parse(octets.clone()).expect("well-formed");
    assert_eq!(request.as_bytes().as_ptr(), octets.as_ptr(), "nothing was copied");
    let subject = request.headers().first(HeaderName::Subject).unwrap();
    assert!(octets.as_ptr_range().contains(&subject.as_ptr()));
    assert_eq!(request.clone().as_bytes().as_ptr(), octets.as_ptr());
}

#[test]
fn keep_alives_in_datagrams_are_no_messages() {
    for datagram in [&b"\r\n\r\n"[..], b"\r\n", b"\0\0\0\0", b""] {
        assert!(matches!(parse_datagram(Bytes::from_static(datagram)), Ok(Datagram::KeepAlive)), "{datagram:?}");
    }
    let stun = b"\x00\x01\x00\x00\x21\x12\xa4\x42aaaaaaaaaaaa";
    assert_eq!(parse_datagram(Bytes::from_static(stun)).expect_err("no SIP").reply(), None);
}

#[test]
fn bearer_is_a_scheme_like_any_other() {
    let request =
        parsed_register_with("Proxy-Authorization: Bearer token=\"abc\"\r\nAuthorization: Unheard-Of x=y, z\r\n");
    assert_eq!(validate(&request), Ok(()));
    let headers = request.headers();
    assert!(
        matches!(headers.proxy_authorization().next(), Some(Ok(Credentials::Bearer(bearer))) if bearer.token() == b"abc")
    );
    assert!(matches!(headers.authorization().next(), Some(Ok(Credentials::Other(b"Unheard-Of")))));
}
