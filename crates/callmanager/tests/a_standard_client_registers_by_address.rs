//! Clients that know RFC 8898 and nothing of the vendor: by AOR, in every dialect of Bearer, without waiting for a challenge.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use ringbearer_callmanager::flow::Listener;
use testkit::line_side::{LineSide, header, status};
use testkit::register::Register;

#[test]
fn the_challenge_is_that_of_rfc_8898() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let answer = side.ask(flow, Register::standard("1005").text());
    assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized");
    assert_eq!(
        header(&answer, "WWW-Authenticate"),
        Some(
            "Bearer realm=\"ccmsipline\", authz_server=\"https://ucm-pub:8443/ssosp\", \
             scope=\"UnifiedCommunications:readwrite\""
        )
    );
    assert_eq!(header(&answer, "Proxy-Authenticate"), None);
}

#[test]
fn every_dialect_of_bearer_is_read_without_a_challenge() {
    let mut side = LineSide::default();
    let token = side.node.token("erin");
    for credentials in [
        format!("Authorization: Bearer {token}"),
        format!("Proxy-Authorization: Bearer {token}"),
        format!("Authorization: bearer {token}, realm=\"ccmsipline\""),
        format!("Authorization: BEARER token=\"{token}\""),
        format!("Authorization: Bearer token=\"{token}\", username=\"erin\", realm=\"ccmsipline\""),
    ] {
        let flow = side.connect(Listener::OAuth);
        let register = Register { credentials: Some(credentials.clone()), ..Register::standard("1005") };
        let answer = side.ask(flow, register.text());
        assert_eq!(status(&answer), "SIP/2.0 200 OK", "{credentials}");
        let contact = "<sip:1005@10.10.10.10:62162;transport=tls>;expires=120";
        assert_eq!(header(&answer, "Contact"), Some(contact));
        side.disconnect(flow);
    }
}

#[test]
fn an_address_is_a_number_or_a_user_or_a_device() {
    let mut side = LineSide::default();
    for address in ["1005", "erin", "erinphone", "ERIN", "%31005"] {
        let flow = side.connect(Listener::OAuth);
        let token = side.node.token("erin");
        let register =
            Register { credentials: Some(format!("Authorization: Bearer {token}")), ..Register::standard("1005") };
        let text = register.text().replace("sip:1005@127", &format!("sip:{address}@127"));
        assert_eq!(status(&side.ask(flow, text)), "SIP/2.0 200 OK", "{address}");
        assert_eq!(side.registrar.get("erinphone").unwrap().1, flow);
        side.disconnect(flow);
    }
}

#[test]
fn several_contacts_are_kept_best_first_and_shown() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let token = side.node.token("erin");
    let mut register =
        Register { credentials: Some(format!("Authorization: Bearer {token}")), ..Register::standard("1005") };
    register.more =
        vec!["Contact: <sip:second@10.10.10.10:5>;q=0.25, <sip:best@10.10.10.10:6;u=1>;q=0.9;x=\"a,b\"".into()];
    let text = register.text().replacen("Contact: <sip:1005@10.10.10.10:62162;transport=tls>\r\n", "", 1);
    let answer = side.ask(flow, text);
    let contacts: Vec<&str> = answer.split("\r\n").filter_map(|line| line.strip_prefix("Contact: ")).collect();
    assert_eq!(
        contacts,
        ["<sip:second@10.10.10.10:5>;q=0.25;expires=120", "<sip:best@10.10.10.10:6;u=1>;q=0.9;x=\"a,b\";expires=120"]
    );
    let (binding, _) = side.registrar.get("erinphone").unwrap();
    let uris: Vec<&[u8]> = binding.contacts.iter().map(|contact| contact.uri.as_ref()).collect();
    assert_eq!(uris, [b"sip:best@10.10.10.10:6;u=1".as_slice(), b"sip:second@10.10.10.10:5"]);
    // RFC 3261 §10.2.3: without Contact, the bindings are shown.
    let query = register.next().text();
    let query = query.replace("Contact: <sip:1005@10.10.10.10:62162;transport=tls>\r\n", "");
    let query = query.replace(&format!("{}\r\n", register.more[0]), "");
    let answer = side.ask(flow, query);
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Contact"), Some("<sip:best@10.10.10.10:6;u=1>;expires=120"));
}

#[test]
fn contact_star_is_not_served() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let token = side.node.token("erin");
    let register =
        Register { credentials: Some(format!("Authorization: Bearer {token}")), ..Register::standard("1005") };
    let star = |register: &Register| register.text().replace(&register.contact_value(), "*");
    let answer = side.ask(flow, star(&Register { expires: Some(0), ..register.clone() }));
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    let answer = side.ask(flow, star(&register.next()));
    assert_eq!(status(&answer), "SIP/2.0 400 Malformed Contact");
}
