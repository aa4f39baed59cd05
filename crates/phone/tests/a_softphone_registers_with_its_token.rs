//! The registration of a softphone on a node, from start to stop, in the vendor's form.

use std::time::Duration;

use ringbearer_phone::{Authentication, Command, Settings};
use sip::message::{HeaderName, Request};
use testkit::office::*;

fn parsed(text: &str) -> Request {
    Request::parse(text.to_owned().into()).expect("a request")
}

fn field(request: &Request, name: HeaderName) -> String {
    String::from_utf8_lossy(request.headers().first(name).unwrap_or_default()).into_owned()
}

#[test]
fn the_first_register_has_no_credentials_and_the_second_has_the_token() {
    let mut office = Office::closed();
    office.command(ALICE, Command::Register);
    assert_eq!(
        office.heard(ALICE),
        ["registering at 127.0.0.11:5090", "token wanted", "registered at 127.0.0.11:5090 for 120 s"]
    );
    let sent = office.desks[ALICE].sent.clone();
    assert_eq!(sent.len(), 2);
    let (first, second) = (parsed(&sent[0]), parsed(&sent[1]));
    for absent in [HeaderName::ProxyAuthorization, HeaderName::Reason, HeaderName::Expires, HeaderName::ContentType] {
        assert!(!first.headers().contains(absent), "{absent} in the first");
    }
    for same in [HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::Contact, HeaderName::Supported] {
        assert_eq!(field(&first, same), field(&second, same), "{same}");
    }
    assert_eq!(first.headers().cseq().unwrap().sequence + 1, second.headers().cseq().unwrap().sequence);
    assert_ne!(first.headers().via().unwrap().branch(), second.headers().via().unwrap().branch());
    assert_eq!(first.uri_bytes(), b"sip:127.0.0.11");
    assert!(field(&second, HeaderName::ProxyAuthorization).starts_with("Bearer token=\""));
    assert_eq!(field(&second, HeaderName::Expires), "3600");
    assert_eq!(field(&second, HeaderName::ContentType), "multipart/mixed; boundary=uniqueBoundary");
    let reason = field(&second, HeaderName::Reason);
    assert!(reason.starts_with("SIP;cause=200;text=\"cisco-alarm:25 Name=CSFalice ActiveLoad="), "{reason}");
    let contact = field(&second, HeaderName::Contact);
    assert!(contact.contains("@10.10.10.10:62162;transport=tls>"), "{contact}");
    assert!(contact.contains(";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-882323451201>\""), "{contact}");
    assert!(contact.contains(";+u.sip!devicename.ccm.cisco.com=\"CSFalice\""), "{contact}");
    assert!(contact.contains(";+u.sip!model.ccm.cisco.com=\"503\""), "{contact}");
    assert!(field(&second, HeaderName::CallId).starts_with("88232345-1201"));
}

#[test]
fn a_registration_is_refreshed_five_seconds_before_its_end() {
    let mut office = Office::open();
    office.advance(Duration::from_millis(114_900));
    assert_eq!(office.desks[ALICE].sent, [""; 0]);
    office.advance(Duration::from_millis(100));
    let refresh = parsed(&office.desks[ALICE].sent[0]);
    assert_eq!(office.desks[ALICE].sent.len(), 1, "no challenge");
    assert!(field(&refresh, HeaderName::ProxyAuthorization).starts_with("Bearer token=\""));
    assert!(!refresh.headers().contains(HeaderName::Reason));
    assert_eq!(refresh.body(), b"");
    assert_eq!(office.heard(ALICE), ["refreshed"]);
}

#[test]
fn a_phone_stays_registered_when_its_token_expires() {
    let mut office = Office::open();
    office.advance(Duration::from_secs(4 * 3600));
    let heard = office.heard(ALICE);
    assert!(office.desks[ALICE].phone.is_registered(), "{heard:#?}");
    let refused = heard.iter().filter(|event| *event == "token refused").count();
    assert_eq!(refused, 4, "each token lasts an hour: {heard:#?}");
    assert!(!heard.iter().any(|event| event.starts_with("failed")), "{heard:#?}");
}

#[test]
fn without_a_new_token_the_registration_ends_and_the_next_token_brings_it_back() {
    let mut office = Office::open();
    office.desks[ALICE].signed_in = false;
    office.advance(Duration::from_secs(3600 + 300));
    let heard = office.heard(ALICE);
    assert!(heard.contains(&"token refused".to_owned()), "{heard:#?}");
    assert!(!office.desks[ALICE].phone.is_registered());
    office.desks[ALICE].signed_in = true;
    let token = office.token(ALICE);
    office.input(ALICE, ringbearer_phone::Input::AccessToken(token));
    office.advance(Duration::from_secs(120));
    assert!(office.desks[ALICE].phone.is_registered(), "{:#?}", office.heard(ALICE));
}

#[test]
fn a_user_who_signs_in_late_is_registered_then() {
    let mut office = Office::closed();
    office.desks[ALICE].signed_in = false;
    office.command(ALICE, Command::Register);
    assert_eq!(office.heard(ALICE), ["registering at 127.0.0.11:5090", "token wanted"]);
    office.advance(Duration::from_secs(5));
    let token = office.token(ALICE);
    office.input(ALICE, ringbearer_phone::Input::AccessToken(token));
    office.advance(Duration::from_secs(1));
    assert_eq!(office.heard(ALICE), ["registered at 127.0.0.11:5090 for 120 s"]);
}

#[test]
fn unregistering_sends_expires_zero_and_closes_the_flow() {
    let mut office = Office::open();
    office.command(ALICE, Command::Unregister);
    let removal = parsed(office.desks[ALICE].sent.last().unwrap());
    assert_eq!(field(&removal, HeaderName::Expires), "0");
    assert_eq!(office.heard(ALICE), ["unregistered"]);
    assert!(office.node.line.registrar.get("CSFalice").is_none());
    office.advance(Duration::from_secs(600));
    assert_eq!(office.heard(ALICE), [""; 0], "and stays so");
    office.command(ALICE, Command::Register);
    assert!(office.desks[ALICE].phone.is_registered());
    let again = parsed(office.desks[ALICE].sent.last().unwrap());
    assert!(field(&again, HeaderName::Reason).contains("cisco-alarm:111 Name=CSFalice"));
}

#[test]
fn a_standard_client_registers_by_rfc_8898() {
    let mut office = Office::closed();
    let mut settings = Settings::new("erinphone", [0x88, 0x23, 0x23, 0x45, 0x12, 9]);
    settings.authentication = Authentication::StandardBearer;
    office.desks[ERIN] = Desk::new("erin", settings, config("1005", true));
    office.command(ERIN, Command::Register);
    let sent = office.desks[ERIN].sent.clone();
    let with_token = parsed(sent.last().unwrap());
    assert!(field(&with_token, HeaderName::Authorization).starts_with("Bearer ey"), "{sent:#?}");
    assert!(office.desks[ERIN].phone.is_registered(), "{:#?}", office.heard(ERIN));
    assert!(!sent.concat().contains("cisco"), "a standard client names no vendor: {sent:#?}");
}

#[test]
fn a_digest_device_registers_on_the_plain_port() {
    let mut office = Office::closed();
    let mut settings = Settings::new("SEPdave", [0x88, 0x23, 0x23, 0x45, 0x12, 9]);
    settings.authentication =
        Authentication::Digest { username: "dave".into(), password: testkit::cluster::DIGEST_PASSWORD.into() };
    office.desks[ERIN] = Desk::new("dave", settings, config("1004", false));
    office.command(ERIN, Command::Register);
    let heard = office.heard(ERIN);
    assert!(office.desks[ERIN].phone.is_registered(), "{heard:#?} {:#?}", office.desks[ERIN].sent);
    assert_eq!(heard[0], "registering at 127.0.0.11:5060");
    office.advance(Duration::from_secs(1_000));
    assert!(office.heard(ERIN).iter().all(|event| event == "refreshed"));
    assert!(!office.desks[ERIN].sent.concat().contains(testkit::cluster::DIGEST_PASSWORD));
}

#[test]
fn a_port_mismatch_is_told_with_its_causes() {
    let mut office = Office::closed();
    office.node.line.node.running.node.sip_oauth_mode = false;
    office.command(ALICE, Command::Register);
    let heard = office.heard(ALICE);
    assert_eq!(heard.last().unwrap(), "failed: PortMismatch(PortMismatch { used: OAuth })");
    assert!(!office.desks[ALICE].phone.is_registered());
}
