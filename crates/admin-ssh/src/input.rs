//! What comes in on a channel, until somebody reads it: bounded in bytes, and never in the way of the connection.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use admin_shell::console::{Input, Size};
use tokio::sync::mpsc;

use crate::limits;

/// What a piece takes besides its bytes.
const PIECE: usize = 64;

/// The side of the connection.
#[derive(Debug)]
pub(crate) struct InputSender {
    sender: mpsc::UnboundedSender<Input>,
    waiting: Arc<AtomicUsize>,
}

/// The side of the command.
#[derive(Debug)]
pub(crate) struct InputReceiver {
    receiver: mpsc::UnboundedReceiver<Input>,
    waiting: Arc<AtomicUsize>,
    rest: Vec<u8>,
    ended: bool,
}

/// More waits than may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMuch;

/// Both ends.
pub(crate) fn channel() -> (InputSender, InputReceiver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (
        InputSender { sender, waiting: Arc::clone(&waiting) },
        InputReceiver { receiver, waiting, rest: Vec::new(), ended: false },
    )
}

impl InputSender {
    /// Hands bytes over.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), TooMuch> {
        self.send(Input::Bytes(bytes.to_vec()))
    }

    /// Tells of another window.
    pub(crate) fn size(&self, size: Size) -> Result<(), TooMuch> {
        self.send(Input::Size(size))
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self) -> Result<(), TooMuch> {
        self.send(Input::End)
    }

    fn send(&self, input: Input) -> Result<(), TooMuch> {
        let weight = weight(&input);
        if self.waiting.fetch_add(weight, Ordering::Relaxed) + weight > limits::INPUT {
            return Err(TooMuch);
        }
        // A command that has ended reads nothing.
        let _ = self.sender.send(input);
        Ok(())
    }
}

impl InputReceiver {
    /// What came next. May be given up and called again.
    pub(crate) async fn next(&mut self) -> Input {
        // Behind the end, the other side may stay for what is still to come from here.
        if self.ended {
            return Input::End;
        }
        let Some(input) = self.receiver.recv().await else { return Input::End };
        self.waiting.fetch_sub(weight(&input), Ordering::Relaxed);
        self.ended = matches!(input, Input::End);
        input
    }

    /// The next line without its end; none behind the last. A line that is too long is an error.
    pub(crate) async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Ok(Some(text(&line)));
            }
            if self.rest.len() > limits::LINE {
                return Err(io::Error::other("a line is too long"));
            }
            match self.next().await {
                Input::Bytes(bytes) => self.rest.extend(bytes),
                Input::Size(_) => {}
                Input::End => {
                    let line = std::mem::take(&mut self.rest);
                    return Ok((!line.is_empty()).then(|| text(&line)));
                }
            }
        }
    }
}

fn weight(input: &Input) -> usize {
    match input {
        Input::Bytes(bytes) => bytes.len() + PIECE,
        Input::Size(_) | Input::End => PIECE,
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_as_they_end() {
        let (sender, mut receiver) = channel();
        for piece in ["one\r\ntw", "o\n\nth", "ree"] {
            sender.bytes(piece.as_bytes()).unwrap();
        }
        sender.end().unwrap();
        let mut lines = Vec::new();
        while let Some(line) = receiver.line().await.unwrap() {
            lines.push(line);
        }
        assert_eq!(lines, ["one", "two", "", "three"]);
    }

    #[tokio::test]
    async fn ssh_1_what_nobody_reads_is_bounded() {
        let (sender, mut receiver) = channel();
        let piece = vec![b'x'; 32 * 1024];
        let taken = (0..).find(|_| sender.bytes(&piece).is_err()).unwrap();
        assert_eq!(taken, 31);
        let (empty, _receiver) = channel();
        let taken = (0..).find(|_| empty.bytes(b"").is_err()).unwrap();
        assert_eq!(taken, limits::INPUT / PIECE, "pieces of nothing count too");
        assert_eq!(receiver.line().await.unwrap_err().to_string(), "a line is too long");
    }
}
