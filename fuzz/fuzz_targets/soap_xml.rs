//! SOAP messages: what was read can be written, and reads the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use soap::{Element, Envelope, Fault, Limits};

/// Declarations that are written anew can be more than there were.
const WRITTEN: Limits = Limits { bytes: 16 * 1024 * 1024, depth: 32, nodes: 400_000, attributes: 100 };

fuzz_target!(|input: &[u8]| {
    if let Ok(element) = Element::parse(input, &Limits::REQUEST) {
        let document = element.to_document();
        let again = Element::parse(document.as_bytes(), &WRITTEN);
        assert!(again.as_ref() == Ok(&element), "{again:?}\n{document}");
    }
    if let Ok(envelope) = Envelope::parse(input, &Limits::REQUEST) {
        let _ = Fault::read(&envelope.entry).and_then(|fault| soap::axl::AxlError::of(&fault));
        let again = Envelope::parse(envelope.to_document().as_bytes(), &WRITTEN).expect("what is written is a message");
        assert!(again == envelope);
    }
});
