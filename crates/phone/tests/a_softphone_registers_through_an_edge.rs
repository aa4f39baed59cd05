//! A softphone outside: its requests name the node and take the way through the edge.

use std::time::Duration;

use ringbearer_phone::{Access, Command, EdgeAccess, EdgeServer, Event, Input, PortKind, Settings};
use sip::message::{HeaderName, StatusCode};
use testkit::lone_phone::LonePhone;
use testkit::office::*;

const ROUTE: &str = "<sip:127.0.0.21:5061;transport=tls;zone-id=1;directed;lr>";

fn edge() -> Access {
    let server = |host: &str| EdgeServer { host: host.to_owned(), port: 5061 };
    Access::Edge(EdgeAccess { servers: vec![server("edge1"), server("edge2")], route: ROUTE.to_owned() })
}

fn outside() -> LonePhone {
    let settings = Settings { access: edge(), ..Settings::new("CSFalice", [1; 6]) };
    let mut phone = LonePhone::new(settings, config("1001", true));
    phone.command(Command::Register);
    phone.seen();
    phone
}

fn register(phone: &mut LonePhone) {
    phone.connected();
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::PROXY_AUTHENTICATION_REQUIRED, |response| {
        response.header(HeaderName::ProxyAuthenticate, "Bearer realm=\"ccmsipline\"")
    });
    phone.input(Input::AccessToken("token".into()));
    grant(phone);
}

fn grant(phone: &mut LonePhone) {
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::OK, |response| response.header(HeaderName::Expires, "120"));
}

#[test]
fn the_request_names_the_node_and_the_flow_goes_to_the_edge() {
    let mut phone = outside();
    let target = phone.flow.clone().unwrap().1;
    assert_eq!(target.to_string(), "127.0.0.11:5091 through edge1:5061");
    assert_eq!((target.peer(), target.port_kind), (("edge1", 5061), PortKind::MraOAuth));
    phone.connected();
    let first = phone.sent.last().unwrap().clone();
    assert!(first.starts_with("REGISTER sip:127.0.0.11 SIP/2.0\r\n"), "{first}");
    assert!(first.contains(&format!("\r\nRoute: {ROUTE}\r\n")), "{first}");
    let mut phone = outside();
    register(&mut phone);
    assert!(phone.phone.is_registered());
    let media = "192.0.2.1:4000".parse().unwrap();
    phone.command(Command::Dial { to: "1002".into(), media });
    let invite = phone.sent.last().unwrap().clone();
    assert!(invite.starts_with("INVITE sip:1002@127.0.0.11 SIP/2.0\r\n"), "{invite}");
    assert!(invite.contains(&format!("\r\nRoute: {ROUTE}\r\n")), "{invite}");
}

#[test]
fn an_edge_that_cannot_be_had_is_passed_over_for_the_next_then_the_next_node() {
    let mut phone = outside();
    let mut tried = Vec::new();
    for _ in 0..4 {
        tried.push(phone.target());
        phone.disconnected();
        phone.advance(Duration::from_secs(2));
    }
    assert_eq!(
        tried,
        [
            "127.0.0.11:5091 through edge1:5061",
            "127.0.0.11:5091 through edge2:5061",
            "127.0.0.12:5091 through edge1:5061",
            "127.0.0.12:5091 through edge2:5061"
        ]
    );
}

#[test]
fn no_node_is_probed_through_an_edge() {
    let mut phone = outside();
    for _ in 0..2 {
        phone.disconnected();
        phone.advance(Duration::from_secs(2));
    }
    register(&mut phone);
    phone.advance(Duration::from_secs(70));
    assert_eq!(phone.probes, []);
}

#[test]
fn a_phone_that_moves_says_goodbye_and_registers_over_the_other_way_with_the_same_token() {
    let settings = Settings::new("CSFalice", [1; 6]);
    let mut phone = LonePhone::new(settings, config("1001", true));
    phone.command(Command::Register);
    register(&mut phone);
    phone.seen();
    phone.input(Input::Moved { access: edge(), config: config("1001", true) });
    let goodbye = phone.request("REGISTER ");
    assert_eq!(goodbye.headers().expires().unwrap(), Some(0));
    phone.answer(&goodbye, StatusCode::OK, |response| response);
    assert_eq!(phone.target(), "127.0.0.11:5091 through edge1:5061");
    phone.connected();
    let first = phone.request("REGISTER ");
    phone.answer(&first, StatusCode::PROXY_AUTHENTICATION_REQUIRED, |response| {
        response.header(HeaderName::ProxyAuthenticate, "Bearer realm=\"ccmsipline\"")
    });
    let second = phone.sent.last().unwrap().clone();
    assert!(second.contains("Proxy-Authorization: Bearer token=\"token\"\r\n"), "{second}");
    grant(&mut phone);
    let events = phone.seen();
    assert!(matches!(events.last(), Some(Event::Registered { .. })), "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::AccessTokenWanted { .. })), "{events:?}");
}

#[test]
fn a_side_that_no_longer_answers_is_left_after_two_seconds() {
    let mut phone = outside();
    register(&mut phone);
    phone.seen();
    phone.input(Input::Moved { access: Access::OnPremises, config: config("1001", true) });
    assert_eq!(phone.target(), "127.0.0.11:5091 through edge1:5061");
    phone.advance(Duration::from_secs(2));
    assert_eq!(phone.target(), "127.0.0.11:5090");
    phone.connected();
    let first = phone.sent.last().unwrap().clone();
    assert!(!first.contains("\r\nRoute:"), "{first}");
}

#[test]
fn a_phone_that_waits_for_a_dead_side_moves_at_once() {
    let mut phone = outside();
    register(&mut phone);
    phone.disconnected();
    phone.seen();
    phone.input(Input::Moved { access: Access::OnPremises, config: config("1001", true) });
    phone.advance(Duration::ZERO);
    assert_eq!(phone.target(), "127.0.0.11:5090");
}
