//! A SIP client over TLS that says exactly what a test tells it to, and keeps what it hears.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::tls::{self, TlsStream};

/// A connection to a node.
pub struct RawClient {
    stream: TlsStream,
    heard: Vec<u8>,
}

impl RawClient {
    /// Connects, trusting the certificate in `trust` alone.
    pub fn connect(server: SocketAddr, trust: &Path) -> RawClient {
        let stream = tls::connect(server, trust).expect("the node listens");
        stream.sock.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        RawClient { stream, heard: Vec::new() }
    }

    /// Sends a message: lines as written, their ends made CRLF, Content-Length added.
    pub fn send(&mut self, head: &str, body: &str) {
        let head = head.trim().replace('\n', "\r\n");
        let body = body.replace('\n', "\r\n");
        let message = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        self.stream.write_all(message.as_bytes()).expect("the node reads");
        self.stream.flush().expect("the node reads");
    }

    /// The next message.
    pub fn receive(&mut self) -> String {
        loop {
            if let Some(message) = self.take() {
                return message;
            }
            let mut octets = [0; 4096];
            let count = self.stream.read(&mut octets).expect("the node answers in time");
            assert!(count > 0, "the node closed: {}", String::from_utf8_lossy(&self.heard));
            self.heard.extend_from_slice(&octets[..count]);
        }
    }

    /// The next message whose start line holds `text`; the ones before it are passed over.
    pub fn receive_until(&mut self, text: &str) -> String {
        loop {
            let message = self.receive();
            if message.lines().next().is_some_and(|line| line.contains(text)) {
                return message;
            }
        }
    }

    fn take(&mut self) -> Option<String> {
        let end = self.heard.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.heard[..end]).into_owned();
        let length = field(&head, "Content-Length").map_or(0, |length| length.parse().expect("a length"));
        if self.heard.len() < end + length {
            return None;
        }
        let message: Vec<u8> = self.heard.drain(..end + length).collect();
        Some(String::from_utf8_lossy(&message).into_owned())
    }
}

/// The value of a header field of a message.
pub fn field<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().take_while(|line| !line.is_empty()).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
