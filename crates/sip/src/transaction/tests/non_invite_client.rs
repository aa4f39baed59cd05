//! RFC 3261 figure 6.

use super::*;

const BRANCH: &str = "z9hG4bK-1";

fn asking(transport: Transport) -> Flow {
    let mut flow = Flow::new(transport);
    flow.send(7, &request("OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["0 > OPTIONS"]);
    flow
}

#[test]
fn trying_repeats_by_timer_e_until_timer_f() {
    let mut flow = asking(Transport::Unreliable);
    flow.advance(40_000);
    let seen = flow.seen();
    assert_eq!(&seen[..4], ["500 > OPTIONS", "1500 > OPTIONS", "3500 > OPTIONS", "7500 > OPTIONS"]);
    assert_eq!(&seen[4..6], ["11500 > OPTIONS", "15500 > OPTIONS"]);
    assert_eq!(seen.last().unwrap(), "32000 * timeout of 7");
    assert_eq!(seen.len(), 11);
    assert_eq!(flow.open(), 0);
}

#[test]
fn trying_over_a_reliable_transport_waits_for_timer_f() {
    let mut flow = asking(Transport::Reliable);
    flow.advance(40_000);
    assert_eq!(flow.seen(), ["32000 * timeout of 7"]);
}

#[test]
fn proceeding_repeats_every_t2() {
    let mut flow = asking(Transport::Unreliable);
    flow.advance(400);
    flow.receive(&response(182, "OPTIONS", BRANCH));
    flow.advance(9_000);
    assert_eq!(flow.seen(), ["400 * 182 to 7", "500 > OPTIONS", "4500 > OPTIONS", "8500 > OPTIONS"]);
    flow.receive(&response(183, "OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["9400 * 183 to 7"]);
    flow.advance(40_000);
    assert_eq!(flow.seen().last().unwrap(), "32000 * timeout of 7");
}

#[test]
fn completed_absorbs_the_response_until_timer_k() {
    let mut flow = asking(Transport::Unreliable);
    flow.receive(&response(200, "OPTIONS", BRANCH));
    flow.receive(&response(200, "OPTIONS", BRANCH));
    flow.advance(4_999);
    assert_eq!(flow.seen(), ["0 * 200 to 7"]);
    flow.advance(1);
    assert_eq!(flow.seen(), ["5000 * end of 7"]);
    assert_eq!(flow.open(), 0);
    flow.receive(&response(200, "OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["5000 * stray response"]);
}

#[test]
fn a_final_response_over_a_reliable_transport_terminates_at_once() {
    let mut flow = asking(Transport::Reliable);
    flow.receive(&response(404, "OPTIONS", BRANCH));
    assert_eq!(flow.seen(), ["0 * 404 to 7", "0 * end of 7"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn a_broken_flow_is_a_transport_error() {
    let mut flow = asking(Transport::Reliable);
    flow.send(8, &request("INFO", "z9hG4bK-2"));
    flow.forget();
    flow.handle(Input::TransportFailed);
    assert_eq!(flow.seen(), ["0 * transport error of 7", "0 * transport error of 8"]);
    assert_eq!(flow.open(), 0);
}
