//! OpenSSL's client: what it sees of a handshake.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// How a handshake went, in OpenSSL's words.
pub struct Handshake {
    words: String,
}

/// Shakes hands in one version of TLS (`-tls1_2`, `-tls1_3`) and closes.
pub fn handshake(server: SocketAddr, version: &str, more: &[&str]) -> Handshake {
    let output = Command::new("timeout")
        .args(["10", "openssl", "s_client", "-msg", "-connect", &server.to_string(), version])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs");
    let words = [output.stdout, output.stderr].concat();
    Handshake { words: String::from_utf8_lossy(&words).into_owned() }
}

impl Handshake {
    /// Whether the server asked for a client certificate.
    pub fn asks_for_a_certificate(&self) -> bool {
        assert!(self.words.contains("ServerHello"), "no handshake:\n{}", self.words);
        self.words.lines().any(|line| line.starts_with("<<<") && line.contains("CertificateRequest"))
    }

    /// Whether the server sent this alert, such as `certificate required`.
    pub fn was_alerted(&self, alert: &str) -> bool {
        self.words.contains(alert)
    }

    /// Everything that OpenSSL printed.
    pub fn words(&self) -> &str {
        &self.words
    }
}
