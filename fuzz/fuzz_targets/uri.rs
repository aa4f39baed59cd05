//! URIs: what was read can be read again, and equals itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::message::{Host, Uri};

fuzz_target!(|input: &[u8]| {
    let _ = Host::parse(input);
    let Some(uri) = Uri::parse(input) else { return };
    let _ = uri.scheme();
    if let Some(sip) = uri.as_sip() {
        let _ = (sip.user_decoded(), sip.transport(), sip.is_loose_route());
        sip.header_pairs().for_each(drop);
        let host = sip.host().to_string();
        assert!(Host::parse(host.as_bytes()).is_some(), "a host that is written is a host");
        assert!(sip == Uri::parse(input).and_then(|again| again.as_sip()).expect("the same text reads the same"));
    }
});
