//! RFC 3261 figure 5 with RFC 6026 §7.2.

use super::*;

const BRANCH: &str = "z9hG4bK-1";

fn inviting(transport: Transport) -> Flow {
    let mut flow = Flow::new(transport);
    flow.send(7, &request("INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 > INVITE"]);
    flow
}

#[test]
fn calling_repeats_by_timer_a_without_a_limit_until_timer_b() {
    let mut flow = inviting(Transport::Unreliable);
    flow.advance(40_000);
    assert_eq!(
        flow.seen(),
        [
            "500 > INVITE",
            "1500 > INVITE",
            "3500 > INVITE",
            "7500 > INVITE",
            "15500 > INVITE",
            "31500 > INVITE",
            "32000 * timeout of 7"
        ]
    );
    assert_eq!(flow.open(), 0);
}

#[test]
fn calling_over_a_reliable_transport_waits_for_timer_b() {
    let mut flow = inviting(Transport::Reliable);
    flow.advance(40_000);
    assert_eq!(flow.seen(), ["32000 * timeout of 7"]);
}

#[test]
fn proceeding_waits_as_long_as_it_rings() {
    let mut flow = inviting(Transport::Unreliable);
    flow.receive(&response(100, "INVITE", BRANCH));
    flow.receive(&response(180, "INVITE", BRANCH));
    flow.advance(600_000);
    flow.receive(&response(180, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 * 100 to 7", "0 * 180 to 7", "600000 * 180 to 7"]);
}

#[test]
fn a_refusal_is_acknowledged_and_again_when_it_is_repeated_until_timer_d() {
    let mut flow = inviting(Transport::Unreliable);
    flow.receive(&response(486, "INVITE", BRANCH));
    flow.advance(31_999);
    flow.receive(&response(486, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 > ACK", "0 * 486 to 7", "31999 > ACK"]);
    flow.advance(1);
    assert_eq!(flow.seen(), ["32000 * end of 7"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn a_refusal_over_a_reliable_transport_terminates_at_once() {
    let mut flow = inviting(Transport::Reliable);
    flow.receive(&response(180, "INVITE", BRANCH));
    flow.receive(&response(603, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 * 180 to 7", "0 > ACK", "0 * 603 to 7", "0 * end of 7"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn accepted_passes_each_2xx_until_timer_m() {
    let mut flow = inviting(Transport::Unreliable);
    flow.receive(&response(200, "INVITE", BRANCH));
    flow.advance(10_000);
    flow.receive(&response(200, "INVITE", BRANCH));
    flow.receive(&response(486, "INVITE", BRANCH));
    flow.receive(&response(180, "INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 * 200 to 7", "10000 * 200 to 7"]);
    flow.advance(22_000);
    assert_eq!(flow.seen(), ["32000 * end of 7"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn the_ack_to_a_refusal_follows_the_invite() {
    let mut flow = Flow::reliable();
    let invite = request("INVITE", BRANCH).replace("Max-Forwards: 70\r\n", "Max-Forwards: 70\r\nRoute: <sip:p;lr>\r\n");
    flow.send(7, &invite);
    flow.layer.handle(flow.now, Input::Receive(Message::parse(Bytes::from(response(486, "INVITE", BRANCH))).unwrap()));
    let Some(Output::Transmit(ack)) = flow.layer.poll() else { panic!("no ACK") };
    assert_eq!(
        ack,
        "ACK sip:1002@127.0.0.11 SIP/2.0\r\n\
         Via: SIP/2.0/TLS 127.0.0.1:4711;branch=z9hG4bK-1\r\n\
         Route: <sip:p;lr>\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:1001@127.0.0.11>;tag=a1\r\n\
         To: <sip:1002@127.0.0.11>;tag=b2\r\n\
         Call-ID: call-1@127.0.0.1\r\n\
         CSeq: 1 ACK\r\n\
         Content-Length: 0\r\n\r\n"
    );
}
