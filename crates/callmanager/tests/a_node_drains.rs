//! A node is about to stop: calls in progress end when their parties want, and what is new is sent elsewhere.

use ringbearer_callmanager::flow::Listener;
use testkit::call_side::CallSide;
use testkit::line_side::{header, status};
use testkit::register::Register;
use testkit::test_leg::{TestLeg, encrypted};

#[test]
fn a_call_goes_on_with_its_registrations_while_what_is_new_is_sent_elsewhere() {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let (calling, mut answering) =
        side.connect(&alice, &bob, &encrypted(4000, 'A', "sendrecv"), &encrypted(5000, 'B', "sendrecv"));
    side.line.node.draining = Some(30);
    side.refresh(&alice);

    let mut second = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, second.invite(&encrypted(4002, 'C', "sendrecv")));
    let refusal = side.expect(alice.flow, "SIP/2.0 503 ");
    assert_eq!(header(&refusal, "Retry-After"), Some("30"));
    assert_eq!(side.line.last_refusal(), Some("draining"));

    side.hang_up(&mut answering, &calling);
    let newcomer = side.line.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.line.node.token("alice"));
    let refusal = side.line.ask(newcomer, register.text());
    assert_eq!((status(&refusal), header(&refusal, "Retry-After")), ("SIP/2.0 503 Service Unavailable", Some("30")));
}
