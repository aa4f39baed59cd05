//! Media packets: whatever comes, nothing is taken that was not protected with the key, a packet that was is given
//! back as it was sent, and the jitter buffer hands on in order and each packet once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::{JitterBuffer, Packet, SrtpReceiver, SrtpSender, control, telephone_event::TelephoneEvent};
use sdp::{CryptoSuite, MasterKey};

fuzz_target!(|input: &[u8]| {
    let Some((selector, packet)) = input.split_first() else { return };
    let suite = CryptoSuite::ALL[usize::from(selector % 4)];
    let key = MasterKey::generate(suite, &mut |bytes| bytes.fill(7));
    let (mut sender, mut receiver) = (SrtpSender::new(&key, None), SrtpReceiver::new(&key));

    assert!(receiver.unprotect(packet).is_err(), "made without the key");
    assert!(receiver.unprotect_control(packet).is_err(), "made without the key");
    let _ = control::parse(packet);
    let _ = TelephoneEvent::parse(packet);
    let _ = Packet::parse(packet);

    if let Ok(protected) = sender.protect(packet) {
        let mut changed = protected.to_vec();
        let at = packet.len() % changed.len();
        changed[at] ^= 1 << (selector % 8);
        assert!(receiver.unprotect(&changed).is_err(), "changed on the way");
        assert_eq!(receiver.unprotect(&protected).expect("as it was sent").packet, packet);
        assert!(receiver.unprotect(&protected).is_err(), "twice");
    }
    if let Ok(protected) = sender.protect_control(packet) {
        assert_eq!(receiver.unprotect_control(&protected).expect("as it was sent"), packet);
    }
    order(input);
});

/// The bytes are sequence numbers.
fn order(input: &[u8]) {
    let mut buffer = JitterBuffer::new(4);
    let (mut taken, mut given) = (0, Vec::new());
    for pair in input.chunks_exact(2) {
        let number = u16::from_be_bytes([pair[0], pair[1]]);
        taken += u32::from(buffer.push(number, u32::from(number), &[]));
        given.extend(std::iter::from_fn(|| buffer.pop()));
    }
    given.extend(std::iter::from_fn(|| buffer.flush()));
    assert_eq!(given.len(), taken as usize);
    for pair in given.windows(2) {
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp) & 0xffff;
        assert_eq!((pair[1].lost_before + 1) & 0xffff, u64::from(step), "in order");
    }
}
