//! RFC 3261 figure 8.

use super::*;

const BRANCH: &str = "z9hG4bK-1";

fn asked(transport: Transport) -> Flow {
    let mut flow = Flow::new(transport);
    flow.receive(&request("OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["0 * OPTIONS"]);
    flow
}

#[test]
fn trying_is_silent_for_a_repeated_request() {
    let mut flow = asked(Transport::Unreliable);
    flow.receive(&request("OPTIONS", BRANCH));
    assert_eq!(flow.seen(), [""; 0]);
}

#[test]
fn proceeding_repeats_the_last_provisional() {
    let mut flow = asked(Transport::Unreliable);
    flow.respond(183);
    flow.receive(&request("OPTIONS", BRANCH));
    flow.respond(182);
    flow.receive(&request("OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["0 > 183", "0 > 183", "0 > 182", "0 > 182"]);
}

#[test]
fn completed_repeats_the_final_response_until_timer_j() {
    let mut flow = asked(Transport::Unreliable);
    flow.respond(200);
    flow.advance(31_999);
    flow.receive(&request("OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["0 > 200", "31999 > 200"]);
    flow.advance(1);
    assert_eq!(flow.open(), 0);
}

#[test]
fn completed_discards_a_second_final_response() {
    let mut flow = asked(Transport::Unreliable);
    flow.respond(200);
    flow.respond(500);
    flow.receive(&request("OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["0 > 200", "0 > 200"]);
}

#[test]
fn an_answer_over_a_reliable_transport_leaves_nothing_behind() {
    let mut flow = asked(Transport::Reliable);
    flow.respond(200);
    assert_eq!(flow.seen(), ["0 > 200"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn an_answer_at_once_never_asks_for_a_timer() {
    let mut flow = Flow::reliable();
    let message = Message::parse(Bytes::from(request("REGISTER", BRANCH))).unwrap();
    flow.layer.handle(flow.now, Input::Receive(message));
    let Some(Output::Event(Event::Request { transaction, .. })) = flow.layer.poll() else { panic!() };
    let response = Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n");
    flow.layer.handle(flow.now, Input::Respond { transaction, status: StatusCode::OK, response });
    assert!(matches!(flow.layer.poll(), Some(Output::Transmit(_))));
    assert!(flow.layer.poll().is_none());
}

#[test]
fn a_request_that_nobody_answers_is_forgotten_after_64_t1() {
    let mut flow = asked(Transport::Reliable);
    flow.advance(32_000);
    assert_eq!(flow.seen(), ["32000 * no answer"]);
    assert_eq!(flow.open(), 0);
    flow.respond(200);
    assert_eq!(flow.seen(), [""; 0], "too late");
}
