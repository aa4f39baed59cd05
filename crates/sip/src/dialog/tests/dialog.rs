//! RFC 3261 §12.

use super::*;

fn caller() -> Dialog {
    Dialog::from_uac_response(&invite(CALLER), &response(200, ANSWERER)).unwrap()
}

fn answerer() -> Dialog {
    Dialog::from_uas_request(&invite(CALLER), b"b2", DialogState::Confirmed).unwrap()
}

#[test]
fn the_two_ends_have_each_others_tags() {
    assert_eq!(*caller().id(), DialogId::new(b"c1", b"a1", b"b2"));
    assert_eq!(*answerer().id(), DialogId::new(b"c1", b"b2", b"a1"));
}

#[test]
fn a_provisional_response_makes_an_early_dialog_that_a_2xx_confirms() {
    let ringing = response(180, "Contact: <sip:early@127.0.0.2>\r\nRecord-Route: <sip:p1;lr>\r\n");
    let mut dialog = Dialog::from_uac_response(&invite(CALLER), &ringing).unwrap();
    assert_eq!(dialog.state(), DialogState::Early);
    let answer = response(200, "Contact: <sip:bob@127.0.0.2>\r\nRecord-Route: <sip:p2;lr>\r\n");
    dialog.confirm_by(&answer).unwrap();
    assert_eq!(dialog.state(), DialogState::Confirmed);
    assert_eq!(dialog.remote_target().as_bytes(), b"sip:bob@127.0.0.2");
    let routes: Vec<_> = dialog.route_set().iter().collect();
    assert_eq!(routes, ["<sip:p2;lr>"], "the route set is that of the 2xx");
}

#[test]
fn the_caller_writes_its_next_request_with_reversed_routes() {
    let extra = format!("{ANSWERER}Record-Route: <sip:p2;lr>, <sip:p1;lr;x=1>;y=2\r\n");
    let mut dialog = Dialog::from_uac_response(&invite(CALLER), &response(200, &extra)).unwrap();
    assert_eq!(
        text(dialog.next_request(Method::Bye).unwrap()),
        "BYE sip:bob@127.0.0.2:5060;transport=tls SIP/2.0\r\n\
         Route: <sip:p1;lr;x=1>;y=2\r\n\
         Route: <sip:p2;lr>\r\n\
         Max-Forwards: 70\r\n\
         From: \"Ana\" <sip:1001@ucm>;tag=a1\r\n\
         To: <sip:1002@ucm>;tag=b2\r\n\
         Call-ID: c1\r\n\
         CSeq: 2 BYE\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn the_answerer_writes_its_next_request_with_routes_in_order() {
    let extra = format!("{CALLER}Record-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n");
    let mut dialog = Dialog::from_uas_request(&invite(&extra), b"b2", DialogState::Early).unwrap();
    assert_eq!(
        text(dialog.next_request(Method::Update).unwrap()),
        "UPDATE sip:ana@127.0.0.1:5060;transport=tls SIP/2.0\r\n\
         Route: <sip:p2;lr>\r\n\
         Route: <sip:p1;lr>\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:1002@ucm>;tag=b2\r\n\
         To: \"Ana\" <sip:1001@ucm>;tag=a1\r\n\
         Call-ID: c1\r\n\
         CSeq: 1 UPDATE\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_strict_router_gets_the_request_uri() {
    let extra = format!("{ANSWERER}Record-Route: <sip:p2;lr>, <sip:old@p1>\r\n");
    let mut dialog = Dialog::from_uac_response(&invite(CALLER), &response(200, &extra)).unwrap();
    let text = text(dialog.next_request(Method::Bye).unwrap());
    let lines: Vec<_> = text.lines().take(3).collect();
    assert_eq!(
        lines,
        ["BYE sip:old@p1 SIP/2.0", "Route: <sip:p2;lr>", "Route: <sip:bob@127.0.0.2:5060;transport=tls>"]
    );
}

#[test]
fn the_ack_has_the_sequence_number_of_its_invite() {
    let mut dialog = caller();
    dialog.next_request(Method::Info).unwrap();
    assert!(text(dialog.ack(1)).contains("\r\nCSeq: 1 ACK\r\n"));
    assert_eq!(dialog.local_sequence(), Some(2));
}

#[test]
fn requests_of_other_dialogs_are_refused_481() {
    let mut dialog = answerer();
    for to in ["", ";tag=b3"] {
        let violation = dialog.accept_request(&request("BYE", 2, to, "")).unwrap_err();
        assert_eq!(violation, DialogViolation::NoSuchDialog);
        assert_eq!(violation.status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    }
}

#[test]
fn sequence_numbers_must_rise() {
    let mut dialog = answerer();
    for sequence in [0, 1] {
        let violation = dialog.accept_request(&request("INFO", sequence, ";tag=b2", "")).unwrap_err();
        assert_eq!(violation, DialogViolation::OutOfOrder);
        assert_eq!(violation.status(), StatusCode::SERVER_INTERNAL_ERROR);
    }
    dialog.accept_request(&request("INFO", 5, ";tag=b2", "")).unwrap();
    assert_eq!(dialog.accept_request(&request("INFO", 4, ";tag=b2", "")), Err(DialogViolation::OutOfOrder));
    dialog.accept_request(&request("ACK", 1, ";tag=b2", "")).unwrap();
}

#[test]
fn the_first_request_towards_the_caller_may_have_any_sequence_number() {
    let mut dialog = caller();
    let bye = "BYE sip:ana@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS b;branch=z9hG4bKx\r\nFrom: <sip:1002@ucm>;tag=b2\r\n\
               To: <sip:1001@ucm>;tag=a1\r\nCall-ID: c1\r\nCSeq: 2147483647 BYE\r\nContent-Length: 0\r\n\r\n";
    dialog.accept_request(&Request::parse(Bytes::from(bye)).unwrap()).unwrap();
}

#[test]
fn frm_6_sequence_numbers_do_not_wrap() {
    let last = request("INVITE", (1 << 31) - 1, "", CALLER);
    let mut dialog = Dialog::from_uac_response(&last, &response(200, ANSWERER)).unwrap();
    assert_eq!(dialog.next_request(Method::Bye).unwrap_err(), DialogViolation::SequenceExhausted);
    let mut peer = Dialog::from_uas_request(&last, b"b2", DialogState::Confirmed).unwrap();
    assert_eq!(peer.accept_request(&request("BYE", 0, ";tag=b2", "")), Err(DialogViolation::OutOfOrder));
}

#[test]
fn a_target_refresh_moves_the_remote_target_and_other_requests_do_not() {
    let mut dialog = answerer();
    let moved = "Contact: <sip:ana@127.0.0.9>\r\n";
    dialog.accept_request(&request("INFO", 2, ";tag=b2", moved)).unwrap();
    assert_eq!(dialog.remote_target().as_bytes(), b"sip:ana@127.0.0.1:5060;transport=tls");
    dialog.accept_request(&request("UPDATE", 3, ";tag=b2", moved)).unwrap();
    assert_eq!(dialog.remote_target().as_bytes(), b"sip:ana@127.0.0.9");
}

#[test]
fn a_dialog_needs_a_contact() {
    let none = Dialog::from_uac_response(&invite(CALLER), &response(200, "")).unwrap_err();
    assert_eq!(none, DialogViolation::NoRemoteTarget);
    let none = Dialog::from_uas_request(&invite(""), b"b2", DialogState::Early).unwrap_err();
    assert_eq!(none.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_peer_of_rfc_2543_may_have_no_tag() {
    let bare = response(200, ANSWERER).as_bytes().to_vec();
    let bare = String::from_utf8(bare).unwrap().replace(";tag=b2", "");
    let bare = Response::parse(Bytes::from(bare)).unwrap();
    let dialog = Dialog::from_uac_response(&invite(CALLER), &bare).unwrap();
    assert_eq!(*dialog.id(), DialogId::new(b"c1", b"a1", b""));
}

#[test]
fn a_sips_request_makes_a_secure_dialog() {
    let text = String::from_utf8(invite(CALLER).as_bytes().to_vec()).unwrap().replace("INVITE sip:", "INVITE sips:");
    let secure = Request::parse(Bytes::from(text)).unwrap();
    assert!(Dialog::from_uas_request(&secure, b"b2", DialogState::Early).unwrap().is_secure());
    assert!(!answerer().is_secure());
}

#[test]
fn a_path_vector_is_the_route_of_a_peer_that_came_back_on_another_flow() {
    let path = "Path: <sip:k2-c@c;lr>, <sip:k2-e@e;lr>\r\n";
    let routes = RouteSet::from_path(&request("REGISTER", 1, "", path)).unwrap();
    assert_eq!(routes.iter().collect::<Vec<_>>(), ["<sip:k2-c@c;lr>", "<sip:k2-e@e;lr>"]);
    let mut dialog = answerer();
    dialog.reroute(routes);
    let bye = text(dialog.next_request(Method::Bye).unwrap());
    let sent: Vec<_> = bye.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(sent, ["<sip:k2-c@c;lr>", "<sip:k2-e@e;lr>"]);
    dialog.reroute(RouteSet::default());
    assert!(!text(dialog.next_request(Method::Bye).unwrap()).contains("Route: "));
    let strict = RouteSet::from_path(&request("REGISTER", 1, "", "Path: <sip:c>\r\n"));
    assert_eq!(strict, Err(crate::message::Violation::Syntax(HeaderName::Path)));
}
