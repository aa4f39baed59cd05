//! What holds between transactions: matching, bounds, strays.

use super::*;

#[test]
fn frm_6_stray_responses_are_dropped() {
    let mut flow = Flow::reliable();
    flow.receive(&response(200, "INVITE", "z9hG4bK-1"));
    flow.send(7, &request("INVITE", "z9hG4bK-1"));
    flow.receive(&response(200, "OPTIONS", "z9hG4bK-1"));
    flow.receive(&response(200, "INVITE", "z9hG4bK-2"));
    let misrouted =
        response(200, "INVITE", "z9hG4bK-1").replace("From:", "Via: SIP/2.0/TLS b;branch=z9hG4bKx\r\nFrom:");
    flow.receive(&misrouted);
    assert_eq!(
        flow.seen(),
        ["0 * stray response", "0 > INVITE", "0 * stray response", "0 * stray response", "0 * stray response"]
    );
}

#[test]
fn frm_6_an_ack_flood_leaves_nothing() {
    let mut flow = Flow::reliable();
    for branch in 0..1_000 {
        flow.receive(&request("ACK", &format!("z9hG4bK-{branch}")));
    }
    assert_eq!(flow.open(), 0);
    assert!(flow.seen().iter().all(|line| line == "0 * ACK of nothing"));
}

#[test]
fn frm_6_a_merged_request_is_answered_482() {
    let mut flow = Flow::reliable();
    flow.receive(&request("INVITE", "z9hG4bK-1"));
    flow.receive(&request("INVITE", "z9hG4bK-2"));
    flow.receive(&numbered("INVITE", "z9hG4bK-3", 2, ""));
    assert_eq!(flow.seen(), ["0 * INVITE", "0 > 482", "0 * Merged", "0 * INVITE"]);
}

#[test]
fn a_merged_request_of_any_method_is_seen_over_an_unreliable_transport() {
    let mut flow = Flow::unreliable();
    flow.receive(&request("MESSAGE", "z9hG4bK-1"));
    flow.respond(200);
    flow.receive(&request("MESSAGE", "z9hG4bK-2"));
    assert_eq!(flow.seen(), ["0 * MESSAGE", "0 > 200", "0 > 482", "0 * Merged"]);
}

#[test]
fn a_request_inside_a_dialog_is_never_a_merged_one() {
    let mut flow = Flow::reliable();
    flow.receive(&numbered("INVITE", "z9hG4bK-1", 1, ";tag=b2"));
    flow.receive(&numbered("INVITE", "z9hG4bK-2", 1, ";tag=b2"));
    assert_eq!(flow.seen(), ["0 * INVITE", "0 * INVITE"]);
}

#[test]
fn frm_6_the_same_branch_on_another_connection_is_another_transaction() {
    let mut first = Flow::reliable();
    let mut second = Flow::reliable();
    first.receive(&request("INVITE", "z9hG4bK-1"));
    second.receive(&request("CANCEL", "z9hG4bK-1"));
    second.receive(&request("INVITE", "z9hG4bK-1"));
    assert_eq!(second.seen(), ["0 > 481", "0 * NoSuchInvite", "0 * INVITE"]);
    assert_ne!(first.last_server, second.last_server);
}

#[test]
fn a_branch_from_another_sender_is_another_transaction() {
    let mut flow = Flow::reliable();
    flow.receive(&request("OPTIONS", "z9hG4bK-1"));
    flow.receive(&numbered("OPTIONS", "z9hG4bK-1", 2, "").replace(":4711", ":4712"));
    assert_eq!(flow.seen(), ["0 * OPTIONS", "0 * OPTIONS"]);
}

#[test]
fn another_method_with_the_same_branch_is_another_transaction() {
    let mut flow = Flow::reliable();
    flow.receive(&request("OPTIONS", "z9hG4bK-1"));
    flow.receive(&request("INFO", "z9hG4bK-1"));
    assert_eq!(flow.seen(), ["0 * OPTIONS", "0 * INFO"]);
}

#[test]
fn clients_of_rfc_2543_are_matched_by_their_header_fields() {
    let mut flow = Flow::unreliable();
    flow.receive(&request("INVITE", "1"));
    flow.receive(&request("INVITE", "1"));
    flow.respond(486);
    flow.receive(&request("INVITE", "1"));
    flow.receive(&numbered("ACK", "1", 1, ";tag=b2"));
    assert_eq!(flow.seen(), ["0 * INVITE", "0 > 486", "0 > 486"]);
    flow.advance(5_000);
    assert_eq!(flow.open(), 0);
    flow.receive(&numbered("INVITE", "1", 2, ""));
    assert_eq!(flow.seen(), ["5000 * INVITE"]);
}

#[test]
fn a_client_of_rfc_2543_can_cancel() {
    let mut flow = Flow::unreliable();
    flow.receive(&request("INVITE", "1"));
    flow.receive(&request("CANCEL", "1"));
    assert_eq!(flow.seen(), ["0 * INVITE", "0 > 200", "0 * cancelled"]);
}

#[test]
fn a_full_table_answers_503_and_lets_known_transactions_go_on() {
    let mut flow = Flow::with_limits(Transport::Unreliable, TableLimits { server: 2, client: 1 });
    flow.receive(&numbered("OPTIONS", "z9hG4bK-1", 1, ""));
    flow.receive(&numbered("OPTIONS", "z9hG4bK-2", 2, ""));
    flow.receive(&numbered("OPTIONS", "z9hG4bK-3", 3, ""));
    flow.respond(200);
    flow.receive(&numbered("OPTIONS", "z9hG4bK-2", 2, ""));
    assert_eq!(flow.seen(), ["0 * OPTIONS", "0 * OPTIONS", "0 > 503", "0 * Overload", "0 > 200", "0 > 200"]);
    flow.send(1, &request("INFO", "z9hG4bK-a"));
    flow.send(2, &request("INFO", "z9hG4bK-b"));
    assert_eq!(flow.seen(), ["0 > INFO", "0 * transport error of 2"]);
}

#[test]
fn the_503_says_when_to_come_back() {
    let mut flow = Flow::with_limits(Transport::Reliable, TableLimits { server: 0, client: 0 });
    let message = Message::parse(Bytes::from(request("OPTIONS", "z9hG4bK-1"))).unwrap();
    flow.layer.handle(flow.now, Input::Receive(message));
    let Some(Output::Transmit(answer)) = flow.layer.poll() else { panic!("no answer") };
    assert_eq!(parsed_response(&answer).headers().retry_after(), Ok(Some(5)));
}

#[test]
fn a_request_that_cannot_be_told_apart_is_answered_400() {
    let mut flow = Flow::reliable();
    flow.receive(&request("INVITE", "z9hG4bK-1").replace("Call-ID: call-1@127.0.0.1\r\n", ""));
    flow.receive(&request("OPTIONS", "1").replace("CSeq: 1 OPTIONS", "CSeq: x OPTIONS"));
    flow.receive(&request("ACK", "1").replace("CSeq: 1 ACK", "CSeq: x ACK"));
    assert_eq!(flow.seen(), ["0 > 400", "0 * Unidentifiable", "0 > 400", "0 * Unidentifiable", "0 * Unidentifiable"]);
}

#[test]
fn a_timer_that_fires_early_is_set_again() {
    let mut flow = Flow::unreliable();
    flow.send(7, &request("OPTIONS", "z9hG4bK-1"));
    flow.advance(100);
    flow.timer = None;
    flow.handle(Input::Timeout);
    flow.advance(400);
    assert_eq!(flow.seen(), ["0 > OPTIONS", "500 > OPTIONS"]);
}

#[test]
fn a_key_may_be_used_again_after_its_transaction() {
    let mut flow = Flow::reliable();
    flow.send(7, &request("OPTIONS", "z9hG4bK-1"));
    flow.receive(&response(200, "OPTIONS", "z9hG4bK-1"));
    flow.send(7, &request("OPTIONS", "z9hG4bK-2"));
    flow.receive(&response(404, "OPTIONS", "z9hG4bK-2"));
    assert_eq!(
        flow.seen(),
        ["0 > OPTIONS", "0 * 200 to 7", "0 * end of 7", "0 > OPTIONS", "0 * 404 to 7", "0 * end of 7"]
    );
}

#[test]
fn frm_6_a_connection_that_breaks_leaves_nothing() {
    let mut flow = Flow::reliable();
    for call in 0..100 {
        flow.receive(&numbered("INVITE", &format!("z9hG4bK-{call}"), call, ""));
    }
    flow.forget();
    assert_eq!(flow.open(), 100);
    flow.handle(Input::TransportFailed);
    assert_eq!(flow.seen(), [""; 0]);
    assert_eq!(flow.open(), 0);
    flow.advance(60_000);
    assert_eq!(flow.seen(), [""; 0]);
}

#[test]
fn edg_2_two_clients_of_one_edge_never_share_a_transaction() {
    let mut flow = Flow::reliable();
    let of = |method: &str, client: &str| {
        request(method, "z9hG4bK-1").replace("branch=", &format!("ringbearer-flow={client};branch="))
    };
    flow.receive(&of("INVITE", "one"));
    flow.receive(&of("CANCEL", "two"));
    assert_eq!(flow.seen(), ["0 * INVITE", "0 > 481", "0 * NoSuchInvite"]);
    flow.receive(&of("INFO", "one"));
    flow.receive(&of("INFO", "two"));
    flow.receive(&of("CANCEL", "one"));
    assert_eq!(flow.seen(), ["0 * INFO", "0 * INFO", "0 > 200", "0 * cancelled"]);
}
