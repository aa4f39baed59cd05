//! RFC 3262.

use crate::dialog::reliable_provisional::*;
use crate::message::header::{CSeq, RAck};

use super::*;

const T1: Duration = Duration::from_millis(500);
const RINGING: Bytes = Bytes::from_static(b"SIP/2.0 180 Ringing\r\n\r\n");

fn rack(rseq: u32, sequence: u32, method: Method) -> RAck {
    RAck { rseq, cseq: CSeq { sequence, method } }
}

#[test]
fn a_response_is_repeated_until_its_prack() {
    let start = Instant::now();
    let mut sender = ReliableProvisional::new(1, 41, T1);
    assert_eq!(sender.next_rseq(), Some(41));
    sender.sent(start, RINGING);
    assert_eq!(sender.next_rseq(), None, "one at a time");
    let mut seen = Vec::new();
    while let Some(at) = sender.deadline().filter(|at| *at < start + Duration::from_secs(8)) {
        assert_eq!(sender.due(at), Some(Due::Retransmit(RINGING)));
        seen.push((at - start).as_millis());
    }
    assert_eq!(seen, [500, 1500, 3500, 7500]);
    assert!(!sender.acknowledge(&rack(40, 1, Method::Invite)));
    assert!(!sender.acknowledge(&rack(41, 2, Method::Invite)));
    assert!(!sender.acknowledge(&rack(41, 1, Method::Update)));
    assert!(sender.is_pending());
    assert!(sender.acknowledge(&rack(41, 1, Method::Invite)));
    assert!(!sender.acknowledge(&rack(41, 1, Method::Invite)), "only once");
    assert_eq!(sender.deadline(), None);
    assert_eq!(sender.next_rseq(), Some(42));
}

#[test]
fn without_a_prack_the_call_is_given_up_after_64_t1() {
    let start = Instant::now();
    let mut sender = ReliableProvisional::new(1, 1, T1);
    sender.sent(start, RINGING);
    let mut last = None;
    while let Some(at) = sender.deadline() {
        last = Some((at - start, sender.due(at).unwrap()));
    }
    assert_eq!(last, Some((Duration::from_secs(32), Due::GiveUp)));
}

#[test]
fn the_first_rseq_is_never_zero_nor_too_large() {
    assert_eq!(ReliableProvisional::new(1, 0, T1).next_rseq(), Some(1));
    assert_eq!(ReliableProvisional::new(1, u32::MAX, T1).next_rseq(), Some(0x7fff_ffff));
}

#[test]
fn the_receiver_takes_responses_in_order() {
    let mut order = ProvisionalOrder::default();
    assert!(order.accept(7));
    assert!(!order.accept(7), "a retransmission");
    assert!(!order.accept(9), "one is missing");
    assert!(order.accept(8));
}
