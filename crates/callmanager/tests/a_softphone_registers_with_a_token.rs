//! The exchange of the vendor's note: REGISTER, 407, REGISTER with a token, 200; then refresh, unregister, expiry.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use std::time::Duration;

use ringbearer_callmanager::flow::Listener;
use ringbearer_callmanager::registrar::UnregistrationReason;
use ringbearer_callmanager::station::{CloseReason, Event};
use testkit::line_side::{LineSide, header, status};
use testkit::register::Register;

#[test]
fn without_credentials_the_answer_is_exactly_the_vendors_407() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let answer = side.ask(flow, Register::vendor("CSFalice", "1001").text());
    let tag = header(&answer, "To").unwrap().split(";tag=").nth(1).unwrap().to_owned();
    assert_eq!(
        answer,
        format!(
            "SIP/2.0 407 Proxy Authentication Required\r\n\
             Via: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bK000008de88232345-12340017-00001c0b-CSFalice\r\n\
             From: <sip:1001@127.0.0.11>;tag=882323451234089000003bdd-00005eff\r\n\
             To: <sip:1001@127.0.0.11>;tag={tag}\r\n\
             Call-ID: 88232345-12340017-00001c0b-CSFalice@10.10.10.10\r\n\
             CSeq: 2270 REGISTER\r\n\
             Date: Mon, 30 Mar 2020 11:03:19 GMT\r\n\
             Server: Cisco-CUCM12.5\r\n\
             Proxy-Authenticate: Bearer realm=\"ccmsipline\"\r\n\
             Content-Length: 0\r\n\r\n"
        )
    );
    assert!(side.registrar.is_empty());
}

#[test]
fn with_a_token_the_device_is_registered_for_two_minutes() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    let answer = side.ask(flow, register.text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Expires"), Some("120"));
    assert_eq!(header(&answer, "Contact").unwrap(), format!("{};x-cisco-newreg", register.contact_value()));
    assert_eq!(header(&answer, "Supported"), Some("X-cisco-srtp-fallback,X-cisco-sis-9.1.0"));
    assert_eq!(header(&answer, "Date"), Some("Mon, 30 Mar 2020 11:03:19 GMT"));
    let (binding, on) = side.registrar.get("CSFalice").unwrap();
    assert_eq!((on, binding.user.as_ref().unwrap().as_str()), (flow, "alice"));
    assert!(matches!(side.events.last(), Some((_, Event::Registered(_)))));
}

#[test]
fn the_options_that_both_know_are_negotiated() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let mut register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    let part = "Content-Type: application/x-cisco-remotecc-request+xml\r\n\r\n";
    register.body = Some((
        "multipart/mixed; boundary=uniqueBoundary",
        format!(
            "--uniqueBoundary\r\n{part}<x-cisco-remotecc-request><bulkregisterreq><contact all=\"true\"/></bulkregisterreq>\
             </x-cisco-remotecc-request>\r\n--uniqueBoundary\r\n{part}<x-cisco-remotecc-request><optionsind>\
             <combine max=\"6\"/><dialog usage=\"hook status\"><unot/><sub/></dialog><oosalarm/><bfcp/></optionsind>\
             </x-cisco-remotecc-request>\r\n--uniqueBoundary--\r\n"
        ),
    ));
    let answer = side.ask(flow, register.text());
    assert_eq!(header(&answer, "Content-Type"), Some("application/x-cisco-remotecc-response+xml"));
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    assert_eq!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-response><response><code>200</code><optionsind>\
         <combine max=\"6\"><service-control/></combine><dialog usage=\"hook status\"><unot/></dialog><bfcp/>\
         </optionsind></response></x-cisco-remotecc-response>\n"
    );
}

#[test]
fn a_refresh_says_nothing_of_a_new_registration_and_moves_the_end() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    side.ask(flow, register.text());
    let registered = side.events.len();
    side.advance(Duration::from_secs(115));
    let answer = side.ask(flow, register.next().text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Expires"), Some("120"));
    assert_eq!(header(&answer, "Contact").unwrap(), register.contact_value());
    assert_eq!(header(&answer, "Supported"), Some("X-cisco-srtp-fallback,X-cisco-sis-9.1.0"));
    side.advance(Duration::from_secs(119));
    assert!(side.registrar.get("CSFalice").is_some());
    assert_eq!(side.events.len(), registered, "a refresh is no event");
}

#[test]
fn a_refresh_without_credentials_is_challenged_and_changes_nothing() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001");
    side.ask(flow, register.clone().bearing(&side.node.token("alice")).text());
    let answer = side.ask(flow, register.next().text());
    assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required");
    assert!(side.registrar.get("CSFalice").is_some());
}

#[test]
fn a_missed_refresh_ends_the_registration_and_the_flow() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    side.ask(flow, Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice")).text());
    side.advance(Duration::from_millis(119_999));
    assert!(side.registrar.get("CSFalice").is_some());
    side.advance(Duration::from_millis(1));
    assert!(side.registrar.is_empty());
    let timeout = UnregistrationReason::KeepAliveTimeout;
    assert!(matches!(side.events.last(), Some((_, Event::Unregistered(_, reason))) if *reason == timeout));
    assert_eq!(timeout.number(), 13);
    assert_eq!(side.closed, [(flow, CloseReason::RegistrationEnded(timeout))]);
}

#[test]
fn expires_0_unregisters() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    side.ask(flow, register.text());
    let answer = side.ask(flow, Register { expires: Some(0), ..register.next() }.text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Expires"), Some("0"));
    assert_eq!(header(&answer, "Contact"), None);
    assert!(side.registrar.is_empty());
    let reason = UnregistrationReason::DeviceUnregistered;
    assert!(matches!(side.events.last(), Some((_, Event::Unregistered(_, last))) if *last == reason));
}

#[test]
fn a_lost_connection_takes_its_registration_along() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    side.ask(flow, Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice")).text());
    side.disconnect(flow);
    assert!(side.registrar.is_empty());
}

#[test]
fn another_contact_port_is_another_registration() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    side.ask(flow, register.text());
    let moved = Register { contact: "10.10.10.10:40000".into(), ..register.next() };
    let answer = side.ask(flow, moved.text());
    assert!(header(&answer, "Contact").unwrap().ends_with(";x-cisco-newreg"));
    let reasons: Vec<_> = side
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Unregistered(_, reason) => Some(*reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [UnregistrationReason::SourcePortChanged]);
    let (binding, _) = side.registrar.get("CSFalice").unwrap();
    assert!(binding.contacts[0].uri.ends_with(b"@10.10.10.10:40000;transport=tls"));
}

#[test]
fn a_second_line_of_the_device_is_no_new_registration() {
    let mut side = LineSide::default();
    let mut device = side.node.directory.device("CSFalice").unwrap().as_ref().clone();
    let number = directory::DirectoryNumber::new("1002").unwrap();
    device.lines.push(directory::LineAppearance::new(2, number, testkit::cluster::contact_of("1002")));
    side.node.put(directory::Object::Device(device));
    let flow = side.connect(Listener::OAuth);
    let token = side.node.token("alice");
    side.ask(flow, Register::vendor("CSFalice", "1001").bearing(&token).text());
    let second =
        Register { call_id: "second@10.10.10.10".into(), ..Register::vendor("CSFalice", "1002").bearing(&token) };
    let answer = side.ask(flow, second.text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Contact").unwrap(), second.contact_value());
    side.ask(flow, Register { expires: Some(0), ..second.next() }.text());
    assert!(side.registrar.get("CSFalice").is_some(), "the first line stays");
}

#[test]
fn a_cseq_that_goes_back_is_refused() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    side.ask(flow, register.text());
    let answer = side.ask(flow, Register { sequence: 2269, ..register }.text());
    assert_eq!(status(&answer), "SIP/2.0 500 Server Internal Error");
    assert_eq!(side.last_refusal(), Some("sequence"));
}

#[test]
fn an_interval_that_is_too_brief_is_refused_with_the_shortest() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    let answer = side.ask(flow, Register { expires: Some(29), ..register.clone() }.text());
    assert_eq!(status(&answer), "SIP/2.0 423 Interval Too Brief");
    assert_eq!(header(&answer, "Min-Expires"), Some("30"));
    let answer = side.ask(flow, Register { expires: Some(60), ..register.next() }.text());
    assert_eq!(header(&answer, "Expires"), Some("60"));
}

#[test]
fn a_flow_without_a_registration_is_closed_after_30_seconds() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    side.ask(flow, Register::vendor("CSFalice", "1001").text());
    side.advance(Duration::from_millis(29_999));
    assert_eq!(side.closed, []);
    side.advance(Duration::from_millis(1));
    assert_eq!(side.closed, [(flow, CloseReason::Unregistered)]);
}

#[test]
fn two_clients_with_one_device_name_take_turns_only_by_force() {
    let mut side = LineSide::default();
    let token = side.node.token("alice");
    let first = side.connect(Listener::OAuth);
    side.ask(first, Register::vendor("CSFalice", "1001").bearing(&token).text());
    let second = side.connect(Listener::OAuth);
    let zeros = "<urn:uuid:00000000-0000-0000-0000-000000000000>".to_owned();
    let polite = Register { instance: zeros, call_id: "second@x".into(), ..Register::vendor("CSFalice", "1001") };
    let answer = side.ask(second, polite.clone().bearing(&token).text());
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(header(&answer, "Warning"), Some("399 ucm-pub \"Registration is active for another client\""));
    assert_eq!(side.registrar.get("CSFalice").unwrap().1, first);
    let instance = "<urn:uuid:00000000-0000-0000-0000-0123456789ab>".to_owned();
    let forced = Register { instance, ..polite.next() };
    let answer = side.ask(second, forced.bearing(&token).text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(side.registrar.get("CSFalice").unwrap().1, second);
    let reason = UnregistrationReason::DuplicateRegistration;
    assert_eq!(side.closed, [(first, CloseReason::RegistrationEnded(reason))]);
}
