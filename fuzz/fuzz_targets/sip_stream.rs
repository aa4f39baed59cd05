//! A SIP stream: the frames are the same however the stream is cut, and a message that was read is read again.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sip::message::Message;
use sip::transport::{Frame, StreamFramer};

fuzz_target!(|input: &[u8]| {
    // The first octet says where the stream is cut.
    let Some((step, stream)) = input.split_first() else { return };
    let whole = frames(stream, stream.len().max(1));
    let parts = frames(stream, usize::from(*step) % 61 + 1);
    assert_eq!(parts, whole);
});

/// What the framer says of a stream that arrives in pieces, up to the first frame that ends it.
fn frames(stream: &[u8], step: usize) -> Vec<String> {
    let mut framer = StreamFramer::new();
    let mut said = Vec::new();
    for piece in stream.chunks(step) {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            said.push(match frame {
                Frame::Message(message) => read(&message),
                Frame::Malformed(error) => {
                    let _ = error.reply();
                    let answer = error.answer();
                    said.push(format!("{:?} {answer:?}", error.violation()));
                    if answer.close {
                        return said;
                    }
                    continue;
                }
                other => format!("{other:?}"),
            });
        }
    }
    said
}

fn read(message: &Message) -> String {
    let (octets, headers) = match message {
        Message::Request(request) => {
            let _ = sip::message::validate(request);
            (request.as_bytes().clone(), request.headers())
        }
        Message::Response(response) => (response.as_bytes().clone(), response.headers()),
    };
    let _ = (headers.from(), headers.to(), headers.via(), headers.cseq(), headers.contact(), headers.max_forwards());
    let again = Message::parse(Bytes::copy_from_slice(&octets));
    assert!(again.is_ok(), "what a stream holds, a datagram may hold");
    String::from_utf8_lossy(&octets).into_owned()
}
