//! Where responses go: RFC 3261 §18.2, RFC 3581.

use ringbearer_sip::message::header::Via;
use ringbearer_sip::transport::response_routing::{destination, with_source};

fn stamped(via: &str, source: &str) -> String {
    String::from_utf8(with_source(via.as_bytes(), source.parse().expect("an address"))).expect("UTF-8")
}

fn goes_to(via: &str) -> Option<String> {
    destination(&Via::parse(via.as_bytes()).expect("a Via")).map(|address| address.to_string())
}

#[test]
fn received_is_added_when_the_host_is_not_the_source() {
    let via = "SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjsh77";
    assert_eq!(stamped(via, "10.1.1.1:4540"), via);
    assert_eq!(stamped(via, "192.0.2.1:9988"), format!("{via};received=192.0.2.1"));
    let name = "SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKa";
    assert_eq!(stamped(name, "192.0.2.4:5060"), format!("{name};received=192.0.2.4"));
}

#[test]
fn rport_is_filled_in_when_asked_for() {
    let via = "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjsh77";
    let expected = "SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjsh77;received=192.0.2.1;rport=9988";
    assert_eq!(stamped(via, "192.0.2.1:9988"), expected);
    let expected = "SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjsh77;received=10.1.1.1;rport=4540";
    assert_eq!(stamped(via, "10.1.1.1:4540"), expected, "RFC 3581 §4: even when the host is the source");
}

#[test]
fn what_the_client_claims_to_be_received_from_does_not_count() {
    let via = "SIP/2.0/UDP 10.1.1.1;received=198.51.100.1;rport=1;branch=z9hG4bKa";
    let expected = "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKa;received=192.0.2.1;rport=9988";
    assert_eq!(stamped(via, "192.0.2.1:9988"), expected);
}

#[test]
fn only_the_top_value_of_a_list_is_stamped() {
    let rest = ", SIP/2.0/UDP c;branch=z9hG4bKc";
    let top = "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKa";
    assert_eq!(stamped(&format!("{top} {rest}"), "192.0.2.1:9"), format!("{top};received=192.0.2.1{rest}"));
}

#[test]
fn ipv6_stands_in_received_without_brackets() {
    let via = "SIP/2.0/UDP [2001:db8::9]:5060;rport;branch=z9hG4bKa";
    let expected = "SIP/2.0/UDP [2001:db8::9]:5060;branch=z9hG4bKa;received=2001:db8::9;rport=7";
    assert_eq!(stamped(via, "[2001:db8::9]:7"), expected);
    assert_eq!(stamped("SIP/2.0/UDP 192.0.2.1", "[::ffff:192.0.2.1]:5060"), "SIP/2.0/UDP 192.0.2.1");
}

#[test]
fn destinations() {
    for (via, expected) in [
        ("SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=9988", Some("192.0.2.1:9988")),
        ("SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1", Some("192.0.2.1:4540")),
        ("SIP/2.0/UDP 10.1.1.1:4540", Some("10.1.1.1:4540")),
        ("SIP/2.0/UDP 10.1.1.1", Some("10.1.1.1:5060")),
        ("SIP/2.0/TLS 10.1.1.1", Some("10.1.1.1:5061")),
        ("SIP/2.0/UDP [2001:db8::9];received=[2001:db8::1]", Some("[2001:db8::1]:5060")),
        ("SIP/2.0/UDP 10.1.1.1;maddr=224.2.0.1", Some("10.1.1.1:5060")),
        ("SIP/2.0/UDP host.example.com", None),
    ] {
        assert_eq!(goes_to(via).as_deref(), expected, "{via}");
    }
}
