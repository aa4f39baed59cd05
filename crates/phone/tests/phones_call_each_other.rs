//! Two softphones on a node: dial, ring, answer, hold, resume, hang up.

use std::time::Duration;

use ringbearer_phone::Command;

use testkit::office::*;

#[test]
fn a_call_is_answered_and_hung_up_by_either_side() {
    for hangs_up in [ALICE, BOB] {
        let mut office = Office::open();
        office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
        let at_alice = office.last_call(ALICE);
        let call = office.last_call(BOB);
        assert_eq!(office.heard(BOB), ["incoming from 1001 "]);
        assert_eq!(office.heard(ALICE), ["dialing sip:1002@127.0.0.11", "ringing"]);
        office.command(BOB, Command::Answer { call, media: media(BOB) });
        assert_eq!(office.heard(ALICE), ["media to 10.10.10.1:20002", "established"]);
        assert_eq!(office.heard(BOB), ["media to 10.10.10.1:20000", "established"]);
        let hung_up = if hangs_up == ALICE { at_alice } else { call };
        office.command(hangs_up, Command::HangUp { call: hung_up });
        assert_eq!(office.heard(hangs_up), ["ended: HungUp"]);
        assert_eq!(office.heard(1 - hangs_up), ["ended: FarEndHungUp"]);
        office.advance(Duration::from_secs(40));
        assert_eq!(office.node.calls(), 0);
    }
}

#[test]
fn the_caller_gives_up() {
    let mut office = Office::open();
    office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
    let call = office.last_call(ALICE);
    office.command(ALICE, Command::HangUp { call });
    assert_eq!(office.heard(ALICE), ["dialing sip:1002@127.0.0.11", "ringing", "ended: HungUp"]);
    assert_eq!(office.heard(BOB), ["incoming from 1001 ", "ended: Cancelled"]);
}

#[test]
fn the_called_side_refuses() {
    let mut office = Office::open();
    office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
    let call = office.last_call(BOB);
    office.command(BOB, Command::Reject { call });
    assert_eq!(office.heard(ALICE), ["dialing sip:1002@127.0.0.11", "ringing", "ended: Refused(486 Busy Here)"]);
    assert_eq!(office.heard(BOB), ["incoming from 1001 ", "ended: HungUp"]);
}

#[test]
fn nobody_answers() {
    let mut office = Office::open();
    office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
    office.advance(Duration::from_secs(200));
    let heard = office.heard(ALICE);
    assert!(heard.last().unwrap().starts_with("ended: "), "{heard:?}");
    assert_eq!(office.heard(BOB).last().unwrap(), "ended: Cancelled");
    assert_eq!(office.node.calls(), 0);
}

#[test]
fn a_number_that_does_not_exist_is_refused() {
    let mut office = Office::open();
    office.command(ALICE, Command::Dial { to: "9999".into(), media: media(ALICE) });
    assert_eq!(office.heard(ALICE), ["dialing sip:9999@127.0.0.11", "ended: Refused(404 Not Found)"]);
}

#[test]
fn a_call_is_held_and_resumed_from_both_ends() {
    let mut office = Office::open();
    let (alice, bob) = office.connect(ALICE, BOB, "1002");
    office.seen(ALICE);
    office.seen(BOB);
    office.command(ALICE, Command::Hold { call: alice });
    assert_eq!(office.heard(ALICE), ["media to 10.10.10.1:20002, held"]);
    assert_eq!(office.heard(BOB), ["media to 10.10.10.1:20000, on hold"]);
    office.command(BOB, Command::Hold { call: bob });
    assert_eq!(office.heard(BOB), ["media to 10.10.10.1:20000, held, on hold"]);
    assert_eq!(office.heard(ALICE), ["media to 10.10.10.1:20002, held, on hold"]);
    office.command(ALICE, Command::Resume { call: alice });
    assert_eq!(office.heard(ALICE), ["media to 10.10.10.1:20002, on hold"]);
    office.command(BOB, Command::Resume { call: bob });
    assert_eq!(office.heard(BOB), ["media to 10.10.10.1:20000, held", "media to 10.10.10.1:20000"]);
    assert_eq!(office.heard(ALICE), ["media to 10.10.10.1:20002"]);
}

#[test]
fn a_phone_that_is_not_registered_cannot_call() {
    let mut office = Office::closed();
    office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
    assert_eq!(office.heard(ALICE), ["dialing 1002", "ended: FlowLost"]);
}

#[test]
fn a_second_call_rings_and_a_third_finds_the_line_busy() {
    let mut office = Office::open();
    office.command(ERIN, Command::Dial { to: "1002".into(), media: media(ERIN) });
    office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
    assert_eq!(office.heard(BOB).len(), 2);
    office.command(ALICE, Command::Dial { to: "1002".into(), media: media(ALICE) });
    assert_eq!(office.heard(ALICE).last().unwrap(), "ended: Refused(486 Busy Here)");
}
