//! CANCEL (RFC 3261 §9), from both ends.

use super::*;

const BRANCH: &str = "z9hG4bK-1";

#[test]
fn a_cancel_waits_for_the_first_provisional_response() {
    let mut flow = Flow::reliable();
    flow.send(7, &request("INVITE", BRANCH));
    flow.handle(Input::Cancel { invite: ClientKey(7) });
    assert_eq!(flow.seen(), ["0 > INVITE"]);
    flow.advance(100);
    flow.receive(&response(100, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["100 * 100 to 7", "100 > CANCEL"]);
}

#[test]
fn a_cancelled_call_ends_with_its_487() {
    let mut flow = Flow::reliable();
    flow.send(7, &request("INVITE", BRANCH));
    flow.receive(&response(180, "INVITE", BRANCH));
    flow.handle(Input::Cancel { invite: ClientKey(7) });
    flow.handle(Input::Cancel { invite: ClientKey(7) });
    flow.receive(&response(200, "CANCEL", BRANCH));
    flow.receive(&response(487, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 > INVITE", "0 * 180 to 7", "0 > CANCEL", "0 > ACK", "0 * 487 to 7", "0 * end of 7"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn a_cancelled_call_without_a_final_response_is_given_up_after_64_t1() {
    let mut flow = Flow::reliable();
    flow.send(7, &request("INVITE", BRANCH));
    flow.receive(&response(180, "INVITE", BRANCH));
    flow.handle(Input::Cancel { invite: ClientKey(7) });
    flow.receive(&response(200, "CANCEL", BRANCH));
    flow.forget();
    flow.advance(32_000);
    assert_eq!(flow.seen(), ["32000 * timeout of 7"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn nothing_is_cancelled_after_the_final_response() {
    let mut flow = Flow::unreliable();
    flow.send(7, &request("INVITE", BRANCH));
    flow.receive(&response(200, "INVITE", BRANCH));
    flow.forget();
    flow.handle(Input::Cancel { invite: ClientKey(7) });
    flow.handle(Input::Cancel { invite: ClientKey(8) });
    assert_eq!(flow.seen(), [""; 0]);
}

#[test]
fn a_late_answer_crosses_the_wish_to_cancel() {
    let mut flow = Flow::reliable();
    flow.send(7, &request("INVITE", BRANCH));
    flow.handle(Input::Cancel { invite: ClientKey(7) });
    flow.receive(&response(200, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 > INVITE", "0 * 200 to 7"], "the user has to send BYE");
}

#[test]
fn a_received_cancel_is_answered_and_told_once() {
    let mut flow = Flow::unreliable();
    flow.receive(&request("INVITE", BRANCH));
    flow.respond(180);
    flow.receive(&request("CANCEL", BRANCH));
    flow.receive(&request("CANCEL", BRANCH));
    flow.respond(487);
    flow.receive(&request("CANCEL", BRANCH));
    assert_eq!(flow.seen(), ["0 * INVITE", "0 > 180", "0 > 200", "0 * cancelled", "0 > 200", "0 > 487", "0 > 200"]);
}

#[test]
fn frm_6_a_cancel_without_its_invite_is_answered_481() {
    let mut flow = Flow::reliable();
    flow.receive(&request("CANCEL", BRANCH));
    flow.receive(&request("OPTIONS", "z9hG4bK-2"));
    flow.receive(&request("CANCEL", "z9hG4bK-2"));
    assert_eq!(flow.seen(), ["0 > 481", "0 * NoSuchInvite", "0 * OPTIONS", "0 > 481", "0 * NoSuchInvite"]);
}

#[test]
fn the_200_to_a_cancel_has_the_to_tag_of_the_call() {
    let mut flow = Flow::reliable();
    flow.receive(&request("INVITE", BRANCH));
    let transaction = flow.last_server.unwrap();
    let ringing = Bytes::from(response(180, "INVITE", BRANCH));
    flow.handle(Input::Respond { transaction, status: StatusCode::RINGING, response: ringing });
    let cancel = Message::parse(Bytes::from(request("CANCEL", BRANCH))).unwrap();
    flow.layer.handle(flow.now, Input::Receive(cancel));
    let Some(Output::Transmit(answer)) = flow.layer.poll() else { panic!("no answer") };
    assert_eq!(parsed_response(&answer).headers().to().unwrap().tag(), Some(b"b2".as_slice()));
}
