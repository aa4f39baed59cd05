//! An HTTPS client that notices when the server dies, and when an answer was whole before that.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::SocketAddr;

use serde_json::Value;

use super::PATIENCE;
use crate::tls::{self, TlsStream};

/// A connection that is kept.
pub struct Https {
    stream: TlsStream,
    host: String,
    heard: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: String,
}

impl Https {
    /// Connects, trusting the certificate in `trust` alone.
    pub fn connect(server: SocketAddr, trust: &std::path::Path) -> Result<Https> {
        let stream = tls::connect(server, trust)?;
        stream.sock.set_read_timeout(Some(PATIENCE))?;
        Ok(Https { stream, host: server.to_string(), heard: Vec::new() })
    }

    /// GET, with further header lines.
    pub fn get(&mut self, target: &str, fields: &[String]) -> Result<Answer> {
        self.ask(&format!("GET {target}"), fields, "")
    }

    /// POST of a form, with further header lines.
    pub fn post(&mut self, target: &str, fields: &[String], form: &[(&str, &str)]) -> Result<Answer> {
        let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let form_type = "Content-Type: application/x-www-form-urlencoded".to_string();
        let fields: Vec<String> = fields.iter().cloned().chain([form_type]).collect();
        self.ask(&format!("POST {target}"), &fields, &pairs.join("&"))
    }

    fn ask(&mut self, line: &str, fields: &[String], body: &str) -> Result<Answer> {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let length = body.len();
        let host = &self.host;
        let request = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{fields}Content-Length: {length}\r\n\r\n{body}");
        self.stream.write_all(request.as_bytes())?;
        self.stream.flush()?;
        loop {
            if let Some(answer) = self.take() {
                return Ok(answer);
            }
            let mut octets = [0; 16_384];
            match self.stream.read(&mut octets)? {
                0 => return Err(Error::from(ErrorKind::UnexpectedEof)),
                count => self.heard.extend_from_slice(&octets[..count]),
            }
        }
    }

    fn take(&mut self) -> Option<Answer> {
        let end = self.heard.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.heard[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let answer = Answer { status, head, body: String::new() };
        let length: usize = answer.field("content-length").map_or(0, |length| length.parse().expect("a length"));
        if self.heard.len() < end + length {
            return None;
        }
        let whole: Vec<u8> = self.heard.drain(..end + length).collect();
        Some(Answer { body: String::from_utf8_lossy(&whole[end..]).into_owned(), ..answer })
    }
}

impl Answer {
    /// The value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A value as a form or a query carries it.
pub fn encode(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}
