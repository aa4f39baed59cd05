//! The threat rows of routing and authentication that a call answers, each by its name.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, encrypted};

fn two_phones() -> (CallSide, TestPhone, TestPhone) {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    (side, alice, bob)
}

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

fn answer() -> String {
    encrypted(5000, 'B', "sendrecv")
}

#[test]
fn aut_6_credentials_are_carried_to_nobody() {
    let (mut side, alice, bob) = two_phones();
    let token = side.line.node.token("alice");
    let mut calling = TestLeg::dial(&alice, "1002");
    let more = format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n");
    side.send(alice.flow, calling.invite_with(&more, &offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    assert!(!invite.contains(&token) && !invite.contains("Authorization"));
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    side.expect(bob.flow, "ACK ");
    calling.learn(&side.expect(alice.flow, "SIP/2.0 200 OK"));
    side.send(alice.flow, calling.ack(""));
    side.send(alice.flow, calling.request("INFO", &more, ""));
    let info = side.expect(bob.flow, "INFO ");
    assert!(!info.contains(&token) && !info.contains("Authorization"));
}

#[test]
fn aut_7_a_call_stays_up_when_its_tokens_are_over() {
    let (mut side, alice, bob) = two_phones();
    let (mut calling, mut answering) = side.connect(&alice, &bob, &offer(), &answer());
    side.line.node.revoke("alice");
    side.line.node.revoke("bob");
    side.advance(Duration::from_secs(30));
    side.expect_nothing(alice.flow);
    // A new request with the old token is challenged; the call goes on without one.
    let token = side.line.node.token("alice");
    let more = format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n");
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite_with(&more, &offer()));
    side.expect(alice.flow, "SIP/2.0 407 ");
    side.send(bob.flow, answering.request("INFO", "", ""));
    let info = side.expect(alice.flow, "INFO ");
    side.send(alice.flow, calling.respond(&info, "200 OK", ""));
    side.expect(bob.flow, "SIP/2.0 200 OK");
    side.hang_up(&mut calling, &answering);
}

#[test]
fn aut_9_a_from_that_is_not_the_devices_is_refused() {
    let (mut side, alice, bob) = two_phones();
    for from in ["1002", "1999", "bob", "root"] {
        let mut calling = TestLeg::dial(&alice, "1002");
        calling.local = calling.local.replace("sip:1001@", &format!("sip:{from}@"));
        let invite = calling.invite(&offer());
        side.send(alice.flow, &invite);
        let refused = side.expect(alice.flow, "SIP/2.0 403 Forbidden");
        side.send(alice.flow, calling.ack_refusal(&invite, &refused));
    }
    side.expect_nothing(bob.flow);
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn aut_11_a_device_that_challenges_our_requests_gets_no_credentials() {
    for challenge in ["401 Unauthorized", "407 Proxy Authentication Required"] {
        let (mut side, alice, bob) = two_phones();
        let more = "WWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"x\"\r\n\
                    Proxy-Authenticate: Bearer realm=\"ccmsipline\"\r\n";
        let mut calling = TestLeg::dial(&alice, "1002");
        side.send(alice.flow, calling.invite(&offer()));
        let invite = side.expect(bob.flow, "INVITE ");
        let answering = TestLeg::called(&bob, &invite);
        side.send(bob.flow, answering.respond_with(&invite, challenge, more, ""));
        side.expect(bob.flow, "ACK ");
        let refused = side.expect(alice.flow, "SIP/2.0 480 ");
        assert!(!refused.contains("Authenticate"), "the caller is not asked in its place");
        side.expect_nothing(bob.flow);
        let (mut calling, answering) = side.connect(&alice, &bob, &offer(), &answer());
        side.send(alice.flow, calling.request("BYE", "", ""));
        side.expect(alice.flow, "SIP/2.0 200 OK");
        let bye = side.expect(bob.flow, "BYE ");
        side.send(bob.flow, answering.respond_with(&bye, challenge, more, ""));
        side.expect_nothing(bob.flow);
        assert_eq!(side.calls(), 0, "the leg is ended");
    }
}

#[test]
fn rte_1_foreign_domains_and_routes_are_refused() {
    let rows = [
        ("sip:+49900123456@premium.example", ""),
        ("sip:1002@203.0.113.9", ""),
        ("sip:1002@127.0.0.11;maddr=203.0.113.9", ""),
        ("sip:1002@127.0.0.11", "Route: <sip:203.0.113.9;lr>\r\n"),
        ("sip:1002@127.0.0.11", "Route: <sip:127.0.0.11;lr>, <sip:203.0.113.9;lr>\r\n"),
    ];
    for (uri, more) in rows {
        let (mut side, alice, bob) = two_phones();
        let mut calling = TestLeg::dial(&alice, "1002");
        calling.target = uri.into();
        side.send(alice.flow, calling.invite_with(more, &offer()));
        side.expect(alice.flow, "SIP/2.0 403 ");
        side.expect_nothing(bob.flow);
    }
}

#[test]
fn rte_2_a_device_does_not_put_itself_on_the_route() {
    let (mut side, alice, bob) = two_phones();
    let more = "Record-Route: <sip:203.0.113.9;lr>\r\nPath: <sip:203.0.113.9;lr>\r\n";
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite_with(more, &offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    assert!(!invite.contains("203.0.113.9"));
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond_with(&invite, "200 OK", more, &answer()));
    let ack = side.expect(bob.flow, "ACK ");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert!(!ok.contains("203.0.113.9") && !ack.contains("203.0.113.9"));
    calling.learn(&ok);
    side.send(alice.flow, calling.ack(""));
    side.send(alice.flow, calling.request("INFO", "", ""));
    assert!(!side.expect(bob.flow, "INFO ").contains("203.0.113.9"));
    let mut answering = answering;
    side.send(bob.flow, answering.request("INFO", "", ""));
    assert!(!side.expect(alice.flow, "INFO ").contains("203.0.113.9"));
}

#[test]
fn rte_3_hops_are_counted_across_the_call() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    let invite = calling.invite(&offer()).replace("Max-Forwards: 70", "Max-Forwards: 1");
    side.send(alice.flow, invite);
    assert_eq!(header(&side.expect(bob.flow, "INVITE "), "Max-Forwards"), Some("0"));
    let invite = TestLeg::dial(&alice, "1002").invite(&offer()).replace("Max-Forwards: 70", "Max-Forwards: 0");
    side.send(alice.flow, invite);
    side.expect(alice.flow, "SIP/2.0 483 Too Many Hops");
    side.expect_nothing(bob.flow);
}

#[test]
fn rte_3_an_invite_that_a_device_sends_back_to_us_is_a_loop() {
    let (mut side, alice, bob) = two_phones();
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    let visited = format!("X-Ringbearer-Visited: {}\r\n", header(&invite, "X-Ringbearer-Visited").unwrap());
    // Bob's device calls Alice, Alice's would call Bob again: the second number comes up twice.
    side.send(bob.flow, TestLeg::dial(&bob, "1001").invite_with(&visited, &offer()));
    let back = side.expect(alice.flow, "INVITE ");
    let visited = format!("X-Ringbearer-Visited: {}\r\n", header(&back, "X-Ringbearer-Visited").unwrap());
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite_with(&visited, &offer()));
    side.expect(alice.flow, "SIP/2.0 482 Loop Detected");
    side.expect_nothing(bob.flow);
}

#[test]
fn rte_3_devices_that_pass_every_call_on_cause_a_bounded_number_of_messages() {
    let (mut side, alice, bob) = two_phones();
    let mut text = TestLeg::dial(&alice, "1002").invite(&offer());
    let mut messages = 1;
    // Each device begins a new call to the other with what is left of Max-Forwards, and hides our header field.
    for (here, there) in [(&bob, &alice), (&alice, &bob)].into_iter().cycle() {
        side.send(there.flow, &text);
        let got = side.take_all(here.flow);
        let Some(invite) = got.iter().find(|message| message.starts_with("INVITE ")) else { break };
        let hops = format!("Max-Forwards: {}", header(invite, "Max-Forwards").unwrap());
        text = TestLeg::dial(here, &there.number).invite(&offer()).replace("Max-Forwards: 70", &hops);
        messages += 1;
    }
    assert!(messages <= 71, "{messages} messages");
}

#[test]
fn rte_5_what_a_device_names_is_not_dialled() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    calling.contact = "<sip:1001@127.0.0.1:22>".into();
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    let mut answering = TestLeg::called(&bob, &invite);
    answering.contact = "<sip:metadata@169.254.169.254:80>".into();
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    // The requests name what the devices named, and go over the devices' own flows.
    side.expect(bob.flow, "ACK sip:metadata@169.254.169.254:80 ");
    calling.learn(&side.expect(alice.flow, "SIP/2.0 200 OK"));
    side.send(alice.flow, calling.ack(""));
    side.send(bob.flow, answering.request("BYE", "", ""));
    side.expect(bob.flow, "SIP/2.0 200 OK");
    side.expect(alice.flow, "BYE sip:1001@127.0.0.1:22 ");
}

#[test]
fn rte_6_replaces_and_join_begin_no_call() {
    let (mut side, alice, bob) = two_phones();
    let erin = side.register("erinphone", "1005");
    let (calling, _) = side.connect(&alice, &bob, &offer(), &answer());
    let tag = |value: &str| value.split(";tag=").nth(1).unwrap().to_owned();
    for (leg, name) in [(&calling, "Replaces"), (&calling, "Join")] {
        let more = format!("{name}: {};to-tag={};from-tag={}\r\n", leg.call_id, tag(&leg.remote), tag(&leg.local));
        side.send(erin.flow, TestLeg::dial(&erin, "1002").invite_with(&more, &offer()));
        side.expect(erin.flow, "SIP/2.0 481 ");
    }
    side.expect_nothing(alice.flow);
    side.expect_nothing(bob.flow);
}

#[test]
fn rte_7_one_device_cannot_begin_calls_without_end() {
    let (mut side, alice, bob) = two_phones();
    let mut device = side.line.node.directory.device("CSFalice").unwrap().as_ref().clone();
    device.lines[0].max_calls = 200;
    side.line.node.put(directory::Object::Device(device));
    let mut device = side.line.node.directory.device("CSFbob").unwrap().as_ref().clone();
    (device.lines[0].max_calls, device.lines[0].busy_trigger) = (200, 200);
    side.line.node.put(directory::Object::Device(device));
    let mut begun = 0;
    for _ in 0..500 {
        let mut calling = TestLeg::dial(&alice, "1002");
        let invite = calling.invite(&offer());
        side.send(alice.flow, &invite);
        let Some(refused) = side.take_all(alice.flow).pop() else {
            begun += 1;
            continue;
        };
        assert!(refused.starts_with("SIP/2.0 503 "), "{refused}");
        assert!(header(&refused, "Retry-After").is_some());
        side.send(alice.flow, calling.ack_refusal(&invite, &refused));
    }
    assert!(begun <= 32, "{begun} calls");
    assert!(side.calls() <= 32);
    side.disconnect(alice.flow);
    side.advance(Duration::from_secs(40));
    side.take_all(bob.flow);
    side.assert_nothing_left(&[&bob]);
}

#[test]
fn rte_8_names_and_ids_from_a_device_do_not_break_a_line() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    calling.local = "\"<script>\\\"\" <sip:1001@127.0.0.11>;tag=x".into();
    side.send(alice.flow, calling.invite_with("User-Agent: $(reboot)\r\nSubject: a\tb\r\n", &offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    for canary in ["<script>", "$(reboot)"] {
        assert!(!invite.contains(canary), "{canary} passed on");
    }
    let shown = format!("{:?}", side.records);
    assert!(!shown.contains("<script>"));
}
