//! The relay of the edge: whatever comes, nothing is forwarded or learned that was not made with a key, and what was made
//! with one goes on as it came.
#![no_main]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use edge::media::{OpenerKey, PeerMedia, Side, SidePlan, StreamPlan, Trust};
use libfuzzer_sys::fuzz_target;
use media_net::relay::{Component, Opener, RelayStream, Verdict};
use rtp::SrtpSender;
use sdp::{CryptoAttribute, CryptoSuite, MasterKey};

const OPENER: OpenerKey = OpenerKey([3; 16]);

fn address(octet: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, octet], port))
}

fuzz_target!(|input: &[u8]| {
    let Some(([selector, how], datagram)) = input.split_first_chunk() else { return };
    let suite = CryptoSuite::ALL[usize::from(selector % 4)];
    let key = |seed: u8| MasterKey::generate(suite, &mut |bytes| bytes.fill(seed));
    let peer = |seed: u8, opener| PeerMedia {
        rtp: address(seed, 4_000),
        rtcp: address(seed, 4_001),
        crypto: vec![CryptoAttribute { tag: 1, key: key(seed), lifetime: None }],
        opener,
    };
    let trust = if selector & 4 == 0 { Trust::Authenticated } else { Trust::Signalled };
    let side = |side| SidePlan { side, trust };
    let plan = StreamPlan { sides: [side(Side::Phone), side(Side::Traversal)] };
    let now = Instant::now();
    let mut stream = RelayStream::new(&plan, [address(100, 0).ip(), address(101, 0).ip()]);
    stream.set_peer(now, Side::Phone, &peer(1, None));
    stream.set_peer(now, Side::Traversal, &peer(2, Some(OPENER)));
    let component = if selector & 8 == 0 { Component::Rtp } else { Component::Rtcp };

    for side in 0..2 {
        let verdict = stream.receive(now, side, component, address(66, 6), datagram);
        assert!(matches!(verdict, Verdict::Dropped(_)), "made without a key");
    }
    assert_eq!(stream.last_heard(), None);

    // An opener with a bit changed shows nobody the way, nor does one for the other port.
    let opener = Opener::new(&OPENER);
    let mut written = opener.write(component, u64::from(*how) + 1);
    let taken = stream.receive(now, 1, component, address(2, 5_000), &written);
    assert_eq!(matches!(taken, Verdict::Taken), trust == Trust::Authenticated);
    written[usize::from(*how) % 56] ^= 1 << (selector % 8);
    assert_eq!(opener.read(component, &written), None);

    // What is protected goes on, once; changed it goes nowhere.
    let mut sender = SrtpSender::new(&key(1), None);
    let protected = match component {
        Component::Rtp if !datagram.get(1).is_some_and(|kind| (192..=223).contains(kind)) => sender.protect(datagram),
        Component::Rtp => return,
        Component::Rtcp => sender.protect_control(datagram),
    };
    let Ok(protected) = protected else { return };
    if protected.first().is_some_and(|first| first >> 6 != 2) {
        return;
    }
    let mut changed = protected.to_vec();
    let at = usize::from(*how) % changed.len();
    changed[at] ^= 1 << (selector % 8);
    let verdict = stream.receive(now, 0, component, address(66, 6), &changed);
    assert!(matches!(verdict, Verdict::Dropped(_)), "changed on the way");
    let to = stream.receive(now, 0, component, address(1, 7_000), &protected);
    assert!(matches!(to, Verdict::Forward(_)), "{to:?}");
    assert!(matches!(stream.receive(now, 0, component, address(66, 6), &protected), Verdict::Dropped(_)), "twice");

    let later = now + Duration::from_secs(60);
    let openings = std::iter::from_fn(|| stream.poll_opener(later)).count();
    assert!(openings <= 2);
});
