//! RFC 5118: SIP with IPv6 addresses.

use std::net::{IpAddr, Ipv6Addr};

use bytes::Bytes;
use ringbearer_sip::message::{Host, Message, Request, SipUri, Violation, validate};
use ringbearer_sip::transport::{Frame, StreamFramer};
use torture::rfc_5118;

fn octets(name: &str) -> Vec<u8> {
    rfc_5118().into_iter().find(|(other, _)| *other == name).expect("in the corpus").1
}

fn request(name: &str) -> Request {
    Request::parse(Bytes::from(octets(name))).expect("well-formed")
}

fn request_uri(request: &Request) -> SipUri<'_> {
    request.uri().expect("a URI").as_sip().expect("a SIP URI")
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse::<Ipv6Addr>().expect("an IPv6 address").into())
}

/// What `validate` says of each message that these pieces bring.
fn verdicts<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<(), Violation>> {
    let mut framer = StreamFramer::new();
    let mut verdicts = Vec::new();
    for piece in pieces {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            match frame {
                Frame::Message(Message::Request(request)) => verdicts.push(validate(&request)),
                Frame::Message(Message::Response(_)) => verdicts.push(Ok(())),
                Frame::Malformed(error) => verdicts.push(Err(error.violation())),
                Frame::KeepAlivePing | Frame::KeepAlivePong => {}
            }
        }
    }
    verdicts
}

#[test]
fn only_ipv6_bad_is_refused_however_it_is_cut() {
    for (name, message) in rfc_5118() {
        let expected = if name == "ipv6-bad" { Err(Violation::Uri) } else { Ok(()) };
        assert_eq!(verdicts([message.as_slice()]), [expected], "{name}");
        assert_eq!(verdicts(message.chunks(1)), [expected], "{name}, octet by octet");
        for at in 0..message.len() {
            let (first, second) = message.split_at(at);
            assert_eq!(verdicts([first, second]), [expected], "{name} split at {at}");
        }
    }
}

#[test]
fn a_port_inside_the_brackets_belongs_to_the_address() {
    let request = request("port-ambiguous");
    let uri = request_uri(&request);
    assert_eq!((uri.address(), uri.port()), (address("2001:db8::10:5070"), None));
}

#[test]
fn a_port_behind_the_brackets_is_one() {
    let request = request("port-unambiguous");
    let uri = request_uri(&request);
    assert_eq!((uri.address(), uri.port()), (address("2001:db8::10"), Some(5070)));
}

#[test]
fn received_is_read_with_and_without_brackets() {
    for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let request = request(name);
        let via = request.headers().via().unwrap();
        assert_eq!(via.received(), address("2001:db8::9:255"), "{name}");
    }
}

#[test]
fn two_and_three_colons_before_an_embedded_ipv4_address_are_read() {
    let two = request("ipv6-correct-abnf-2-colons");
    let three = request("ipv6-bug-abnf-3-colons");
    assert_eq!(request_uri(&two).address(), address("2001:db8::192.0.2.1"));
    assert_eq!(request_uri(&two), request_uri(&three));
}

#[test]
fn addresses_of_both_families_stand_in_one_message() {
    let request = request("mult-ip-in-header");
    let hosts: Vec<_> = request.headers().vias().map(|via| via.unwrap().host()).collect();
    let expected = ["[2001:db8::9:1]", "192.0.2.1", "[2001:db8::9:255]"];
    assert_eq!(hosts, expected.map(|host| Host::parse(host.as_bytes()).unwrap()));
    assert_eq!(hosts.iter().map(Host::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn an_ipv4_mapped_address_parses() {
    let request = request("ipv4-mapped-ipv6");
    assert_eq!(validate(&request), Ok(()));
    let text = String::from_utf8_lossy(request.body()).into_owned();
    assert!(text.contains("::ffff:192.0.2."), "{text}");
}
