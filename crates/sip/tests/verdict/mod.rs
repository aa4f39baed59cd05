//! What becomes of the messages on a stream, in words.

use ringbearer_sip::message::{Message, validate};
use ringbearer_sip::transport::{Frame, StreamFramer};

/// What a stream brought, in words: `ok`, or the status and what happened.
pub(crate) fn verdicts<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut framer = StreamFramer::new();
    let mut verdicts = Vec::new();
    for piece in pieces {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            verdicts.extend(verdict(&frame));
        }
    }
    if framer.is_in_message() {
        verdicts.push("awaited".to_owned());
    }
    verdicts
}

/// The verdict on a message; every way to cut the stream has to give the same.
pub(crate) fn verdict_however_cut(message: &[u8]) -> String {
    let whole = verdicts([message]);
    assert_eq!(verdicts(message.chunks(1)), whole, "octet by octet");
    for at in (0..message.len()).step_by(message.len() / 64 + 1) {
        let (first, second) = message.split_at(at);
        assert_eq!(verdicts([first, second]), whole, "split at {at}");
    }
    whole.join(", ")
}

fn verdict(frame: &Frame) -> Option<String> {
    let (violation, answer) = match frame {
        Frame::KeepAlivePing | Frame::KeepAlivePong => return None,
        Frame::Message(Message::Request(request)) => match validate(request) {
            Ok(()) => return Some("ok".to_owned()),
            Err(violation) => (violation, violation.answer()),
        },
        Frame::Message(Message::Response(_)) => return Some("response".to_owned()),
        Frame::Malformed(error) => (error.violation(), error.answer()),
    };
    let status = answer.status.map_or("drop".to_owned(), |status| status.to_string());
    let close = if answer.close { " and close" } else { "" };
    Some(format!("{status}{close}: {violation}"))
}
