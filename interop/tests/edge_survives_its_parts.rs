//! Unified CM, Expressway-C and Expressway-E are killed in turn, during a call and with phones registered: media that can go on
//! goes on, phones come back by their own timers, and no port and no registration is left behind.

use std::time::Duration;

use ringbearer_interop::child::wait_until;
use ringbearer_interop::edge::{Edge, Half, PATIENCE};
use ringbearer_interop::edge_phone::{Phone, connect};
use ringbearer_interop::folder::Folder;
use rustix::process::{Pid, Signal, kill_process};

const NET: u8 = 64;
/// A phone that has lost its connection is back within seconds; it doubles its pauses.
const BACK: Duration = Duration::from_secs(40);
/// A phone outside that has lost its registration, but not its connection, learns of it at its next refresh: 115 s.
const BY_TIMER: Duration = Duration::from_secs(140);
/// The relay of a call whose end nobody could tell ends a minute after the phone's connection and the last packet.
const RELEASED: Duration = Duration::from_secs(90);
/// How long media is looked at: 50 packets.
const WHILE: Duration = Duration::from_secs(1);

/// Alice inside and bob outside, each with a tone.
fn phones(folder: &Folder, edge: &Edge) -> (Phone, Phone) {
    let mut alice = Phone::inside(folder, edge, "alice", &["--tone", "440"]);
    let mut bob = Phone::outside(folder, edge, "bob", &["--tone", "880"]);
    alice.wait_for("registered", PATIENCE);
    bob.wait_for("registered", PATIENCE);
    (alice, bob)
}

/// Whether both hear each other now.
fn hear_each_other(alice: &mut Phone, bob: &mut Phone) -> [bool; 2] {
    let before = [alice.received(), bob.received()];
    std::thread::sleep(WHILE);
    let after = [alice.received(), bob.received()];
    // Ten of fifty: the machine may be busy.
    [0, 1].map(|phone| after[phone] >= before[phone] + 10)
}

fn nothing_is_relayed(edge: &Edge) {
    for half in [Half::Inner, Half::Outer] {
        wait_until(&format!("{} relays nothing", half.name()), RELEASED, || edge.streams(half) == 0);
    }
}

fn nothing_is_left(edge: &Edge, registered: usize) {
    nothing_is_relayed(edge);
    wait_until(&format!("{registered} are registered"), PATIENCE, || edge.registered() == registered);
}

#[test]
fn edge_media_outlives_unified_cm_and_phones_come_back() {
    let folder = Folder::new("edge-kill-ucm");
    let mut edge = Edge::start(&folder, NET);
    let (mut alice, mut bob) = phones(&folder, &edge);
    connect(&mut alice, &mut bob, "2002");
    edge.node.kill();
    edge.until_zone("Failed: ");
    assert_eq!(hear_each_other(&mut alice, &mut bob), [true, true], "the relays go on without signalling");
    edge.node.start_again();
    edge.until_zone("Active");
    alice.wait_for("registered", BACK);
    // Nobody knows the call any more: each ends it at its own end.
    for phone in [&mut alice, &mut bob] {
        phone.tell("hangup");
        phone.wait_for("ended", BACK);
    }
    nothing_is_relayed(&edge);
}

#[test]
fn edge_expressway_e_dies_in_a_call_and_comes_back() {
    let folder = Folder::new("edge-kill-e");
    let mut edge = Edge::start(&folder, NET);
    let (mut alice, mut bob) = phones(&folder, &edge);
    connect(&mut alice, &mut bob, "2002");
    edge.outer.kill();
    edge.outer.start(&[]);
    edge.until_traversal();
    bob.wait_for("registered", BACK);
    for phone in [&mut alice, &mut bob] {
        phone.tell("hangup");
        phone.wait_for("ended", BACK);
    }
    connect(&mut bob, &mut alice, "2001");
    assert_eq!(hear_each_other(&mut alice, &mut bob), [true, true]);
    alice.tell("hangup");
    bob.wait_for("ended", BACK);
    nothing_is_left(&edge, 1);
}

#[test]
fn edge_every_part_dies_in_turn_and_the_last_brings_the_phones_back() {
    let folder = Folder::new("edge-kill-all");
    let mut edge = Edge::start(&folder, NET);
    let (mut alice, mut bob) = phones(&folder, &edge);
    edge.node.kill();
    edge.node.start_again();
    edge.until_zone("Active");
    edge.inner.kill();
    edge.inner.start(&[]);
    edge.until_traversal();
    edge.until_zone("Active");
    edge.outer.kill();
    edge.outer.start(&[]);
    edge.until_traversal();
    alice.wait_for("registered", BACK);
    bob.wait_for("registered", BACK);
    connect(&mut alice, &mut bob, "2002");
    assert_eq!(hear_each_other(&mut alice, &mut bob), [true, true]);
    bob.tell("hangup");
    alice.wait_for("ended", BACK);
    nothing_is_left(&edge, 1);
}

#[test]
fn edge_expressway_c_dies_in_a_call_and_leaves_no_port() {
    let folder = Folder::new("edge-kill-c");
    let mut edge = Edge::start(&folder, NET);
    let (mut alice, mut bob) = phones(&folder, &edge);
    connect(&mut bob, &mut alice, "2001");
    edge.inner.kill();
    edge.inner.start(&[]);
    edge.until_traversal();
    edge.until_zone("Active");
    for phone in [&mut alice, &mut bob] {
        phone.tell("hangup");
        phone.wait_for("ended", BACK);
    }
    nothing_is_relayed(&edge);
}

#[test]
#[ignore = "two minutes: a phone outside whose connection stays learns at its next refresh what was lost"]
fn edge_a_phone_outside_is_back_by_its_timer_when_c_or_the_node_died() {
    let folder = Folder::new("edge-by-timer");
    let mut edge = Edge::start(&folder, NET);
    let (_alice, mut bob) = phones(&folder, &edge);
    edge.node.kill();
    edge.node.start_again();
    edge.inner.kill();
    edge.inner.start(&[]);
    edge.until_zone("Active");
    bob.wait_until("registered", BY_TIMER, |_| true);
    nothing_is_left(&edge, 1);
}

#[test]
#[ignore = "two minutes: both ends of the link take 40 s to see that nobody is there"]
fn edge_a_link_that_was_cut_for_a_minute_carries_calls_again() {
    let folder = Folder::new("edge-cut");
    let edge = Edge::start(&folder, NET);
    let (mut alice, mut bob) = phones(&folder, &edge);
    signal(&edge, Signal::STOP);
    wait_until("Expressway-E misses Expressway-C", Duration::from_secs(60), || {
        edge.outer.log().contains("the traversal link is down")
    });
    // The rest of the minute.
    std::thread::sleep(Duration::from_secs(15));
    signal(&edge, Signal::CONT);
    edge.until_traversal();
    edge.until_zone("Active");
    // Neither the phone nor the node has noticed: the registration holds.
    connect(&mut alice, &mut bob, "2002");
    assert_eq!(hear_each_other(&mut alice, &mut bob), [true, true]);
    alice.tell("hangup");
    bob.wait_for("ended", BACK);
    nothing_is_left(&edge, 1);
}

fn signal(edge: &Edge, signal: Signal) {
    let id = Pid::from_raw(edge.inner.id().cast_signed()).expect("a process id");
    kill_process(id, signal).expect("it runs");
}
