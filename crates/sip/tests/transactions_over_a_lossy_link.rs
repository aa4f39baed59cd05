//! Transactions over UDP that loses, delays, reorders and repeats: each request is seen once and has one outcome.

use std::time::Duration;

use ringbearer_sip::message::StatusCode;
use testkit::lossy_link::Quality;
use testkit::transaction_pair::TransactionPair;

const BAD: Quality =
    Quality { loss_percent: 30, repeat_percent: 20, delay: (Duration::from_millis(5), Duration::from_millis(600)) };
const DEAD: Quality = Quality { loss_percent: 100, ..BAD };

#[test]
fn each_request_is_seen_once_and_answered_once() {
    let mut pair = TransactionPair::new(BAD, 7);
    for key in 0..500 {
        pair.ask(key, "OPTIONS");
        pair.advance(Duration::from_millis(50));
    }
    pair.advance(Duration::from_secs(70));
    assert!(pair.lost() > 200, "the link is bad");
    assert_eq!(pair.seen.requests["OPTIONS"], 500);
    assert_eq!(pair.seen.outcomes.len(), 500);
    assert!(pair.seen.outcomes.values().all(|outcome| *outcome == ["200"]));
    assert_eq!(pair.open(), 0);
}

#[test]
fn each_invite_is_seen_once_and_its_refusal_acknowledged() {
    let mut pair = TransactionPair::new(BAD, 8);
    pair.answer = StatusCode::BUSY_HERE;
    for key in 0..300 {
        pair.ask(key, "INVITE");
        pair.advance(Duration::from_millis(50));
    }
    pair.advance(Duration::from_secs(100));
    assert_eq!(pair.seen.requests["INVITE"], 300);
    assert!(pair.seen.outcomes.values().all(|outcome| *outcome == ["486"]));
    assert_eq!(pair.seen.unacknowledged, 0);
    assert_eq!(pair.open(), 0);
}

#[test]
fn each_answered_invite_is_acknowledged_in_the_end() {
    let mut pair = TransactionPair::new(BAD, 9);
    for key in 0..300 {
        pair.ask(key, "INVITE");
        pair.advance(Duration::from_millis(50));
    }
    pair.advance(Duration::from_secs(100));
    assert_eq!(pair.seen.requests["INVITE"], 300);
    assert!(pair.seen.outcomes.values().all(|outcome| outcome.iter().all(|status| status == "200")));
    assert_eq!(pair.seen.outcomes.len(), 300);
    assert_eq!(pair.seen.unacknowledged, 0);
    assert_eq!(pair.open(), 0);
}

#[test]
fn over_a_dead_link_each_transaction_times_out() {
    let mut pair = TransactionPair::new(DEAD, 10);
    pair.ask(1, "OPTIONS");
    pair.ask(2, "INVITE");
    pair.advance(Duration::from_secs(32));
    assert!(pair.seen.outcomes.values().all(|outcome| *outcome == ["timeout"]));
    assert_eq!(pair.seen.outcomes.len(), 2);
    assert_eq!(pair.open(), 0);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut pair = TransactionPair::new(BAD, 11);
        (0..50).for_each(|key| pair.ask(key, "INVITE"));
        pair.advance(Duration::from_secs(100));
        (pair.lost(), pair.seen)
    };
    assert_eq!(run(), run());
}
