//! RFC 3261 figure 7 with RFC 6026 §7.1.

use super::*;

const BRANCH: &str = "z9hG4bK-1";

fn invited(transport: Transport) -> Flow {
    let mut flow = Flow::new(transport);
    flow.receive(&request("INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 * INVITE"]);
    flow
}

#[test]
fn proceeding_sends_a_100_after_200_ms_of_silence() {
    let mut flow = invited(Transport::Reliable);
    flow.advance(1_000);
    assert_eq!(flow.seen(), ["200 > 100"]);
}

#[test]
fn proceeding_sends_no_100_when_the_user_is_quick() {
    let mut flow = invited(Transport::Reliable);
    flow.advance(199);
    flow.respond(180);
    flow.advance(60_000);
    assert_eq!(flow.seen(), ["199 > 180"]);
}

#[test]
fn proceeding_repeats_the_last_provisional_for_a_repeated_invite() {
    let mut flow = invited(Transport::Unreliable);
    flow.receive(&request("INVITE", BRANCH));
    assert_eq!(flow.seen(), [""; 0], "nothing sent yet, nothing to repeat");
    flow.respond(180);
    flow.respond(183);
    flow.receive(&request("INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 > 180", "0 > 183", "0 > 183"]);
}

#[test]
fn completed_repeats_the_final_response_by_timer_g_until_timer_h() {
    let mut flow = invited(Transport::Unreliable);
    flow.respond(486);
    flow.advance(40_000);
    assert_eq!(
        flow.seen(),
        [
            "0 > 486",
            "500 > 486",
            "1500 > 486",
            "3500 > 486",
            "7500 > 486",
            "11500 > 486",
            "15500 > 486",
            "19500 > 486",
            "23500 > 486",
            "27500 > 486",
            "31500 > 486",
            "32000 * no ACK",
        ]
    );
    assert_eq!(flow.open(), 0);
}

#[test]
fn completed_over_a_reliable_transport_repeats_nothing() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(486);
    flow.advance(40_000);
    assert_eq!(flow.seen(), ["0 > 486", "32000 * no ACK"]);
}

#[test]
fn completed_repeats_the_final_response_for_a_repeated_invite() {
    let mut flow = invited(Transport::Unreliable);
    flow.respond(486);
    flow.receive(&request("INVITE", BRANCH));
    assert_eq!(flow.seen(), ["0 > 486", "0 > 486"]);
}

#[test]
fn completed_discards_a_second_final_response() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(486);
    flow.respond(200);
    assert_eq!(flow.seen(), ["0 > 486"]);
}

#[test]
fn an_ack_confirms_and_timer_i_terminates() {
    let mut flow = invited(Transport::Unreliable);
    flow.respond(486);
    flow.forget();
    flow.receive(&request("ACK", BRANCH));
    flow.receive(&request("ACK", BRANCH));
    flow.receive(&request("INVITE", BRANCH));
    assert_eq!(flow.seen(), [""; 0]);
    flow.advance(4_999);
    assert_eq!(flow.open(), 1);
    flow.advance(1);
    assert_eq!(flow.open(), 0);
    assert_eq!(flow.seen(), [""; 0]);
}

#[test]
fn an_ack_terminates_at_once_over_a_reliable_transport() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(486);
    flow.receive(&request("ACK", BRANCH));
    assert_eq!(flow.seen(), ["0 > 486"]);
    assert_eq!(flow.open(), 0);
}

#[test]
fn accepted_absorbs_the_invite_and_passes_the_ack() {
    let mut flow = invited(Transport::Unreliable);
    flow.respond(200);
    flow.receive(&request("INVITE", BRANCH));
    flow.receive(&request("ACK", "z9hG4bK-ack"));
    flow.advance(31_999);
    assert_eq!(flow.seen(), ["0 > 200", "0 * ACK of a 2xx"]);
    assert_eq!(flow.open(), 1);
    flow.advance(1);
    assert_eq!(flow.open(), 0);
    assert_eq!(flow.seen(), [""; 0], "acknowledged: nothing to tell");
}

#[test]
fn accepted_repeats_the_2xx_until_the_ack_over_every_transport() {
    for transport in [Transport::Unreliable, Transport::Reliable] {
        let mut flow = invited(transport);
        flow.respond(200);
        flow.advance(8_000);
        assert_eq!(flow.seen(), ["0 > 200", "500 > 200", "1500 > 200", "3500 > 200", "7500 > 200"]);
        flow.receive(&request("ACK", "z9hG4bK-ack"));
        flow.advance(40_000);
        assert_eq!(flow.seen(), ["8000 * ACK of a 2xx"]);
    }
}

#[test]
fn accepted_tells_when_no_ack_came() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(200);
    flow.advance(32_000);
    assert_eq!(flow.seen().last().unwrap(), "32000 * no ACK");
    assert_eq!(flow.open(), 0);
}

#[test]
fn accepted_sends_another_2xx_of_the_user_and_nothing_else() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(200);
    flow.respond(200);
    flow.respond(486);
    assert_eq!(flow.seen(), ["0 > 200", "0 > 200"]);
}

#[test]
fn an_ack_with_the_branch_of_the_invite_acknowledges_a_2xx_too() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(200);
    flow.receive(&request("ACK", BRANCH));
    assert_eq!(flow.seen(), ["0 > 200", "0 * ACK of a 2xx"]);
}

#[test]
fn an_ack_with_another_branch_does_not_confirm_a_refusal() {
    let mut flow = invited(Transport::Reliable);
    flow.respond(486);
    flow.receive(&request("ACK", "z9hG4bK-ack"));
    assert_eq!(flow.seen(), ["0 > 486", "0 * ACK of nothing"]);
    assert_eq!(flow.open(), 1);
}

#[test]
fn an_ack_before_the_final_response_changes_nothing() {
    let mut flow = invited(Transport::Reliable);
    flow.receive(&request("ACK", BRANCH));
    flow.respond(486);
    assert_eq!(flow.seen(), ["0 > 486"]);
    assert_eq!(flow.open(), 1);
}
