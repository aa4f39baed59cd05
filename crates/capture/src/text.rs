//! The record for a reader without Wireshark.

use std::fmt::Write;

use crate::buffer::Captured;

/// The messages of a record as text: a line that says when, from where, to where and on which connection, then the message.
/// `node` is who took it.
#[must_use]
pub fn text<'a>(node: &str, messages: impl IntoIterator<Item = &'a Captured>) -> String {
    let mut out = format!(
        "# Diagnostic logging of {node}: the clear signalling, taken where TLS ends.\n\
         # Tokens, digests and keys are masked; Content-Length fits the masked body.\n"
    );
    for captured in messages {
        let Captured { at, source, destination, flow, peer, message } = captured;
        // Writing to a String cannot fail.
        let _ = write!(out, "\n=== {at} {source} -> {destination} {peer} (flow {flow})\n");
        for line in message.as_str().split_terminator('\n') {
            let shown = line.trim_end_matches('\r').chars().map(|c| if c.is_control() && c != '\t' { '?' } else { c });
            out.extend(shown);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::{MaskedMessage, Timestamp};

    #[test]
    fn each_message_stands_under_its_time_and_its_ends() {
        let captured = Captured {
            at: Timestamp::from_micros(1_795_775_767_000_042),
            source: SocketAddr::from(([127, 0, 0, 22], 7001)),
            destination: SocketAddr::from(([127, 0, 0, 21], 40_000)),
            flow: 2,
            peer: "traversal".into(),
            message: MaskedMessage::new("SIP/2.0 200 OK\r\nX: a\x1b[2J\r\n\r\n".into()),
        };
        assert_eq!(
            text("exp-c", [&captured]),
            "# Diagnostic logging of exp-c: the clear signalling, taken where TLS ends.\n\
             # Tokens, digests and keys are masked; Content-Length fits the masked body.\n\n\
             === 2026-11-27T10:36:07.000042Z 127.0.0.22:7001 -> 127.0.0.21:40000 traversal (flow 2)\n\
             SIP/2.0 200 OK\nX: a?[2J\n\n"
        );
    }
}
