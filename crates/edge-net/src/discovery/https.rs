//! HTTPS to a publisher's web port, with the AXL account.
//!
//! TLS verify mode On: the chain must lead to the trusted CA list, and the certificate must carry the address that the
//! administrator gave. Off: neither is looked at, as at the vendor; zones verify all the same.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use edge::ConnectFailure;
use edge::discovery::{AxlPassword, TlsVerifyMode, UnifiedCmServer};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use zeroize::Zeroizing;

use crate::status::{self, Peer};
use crate::tls::{Dialler, Finding, Verify};

/// The port of AXL and of the token keys, where the address names no other.
const PORT: u16 = 8443;
/// From the first octet of a request to the last one of its answer.
const REQUEST: Duration = Duration::from_secs(30);
/// From the first SYN to the end of the TLS handshake.
const CONNECT: Duration = Duration::from_secs(10);

/// Why a publisher cannot be asked.
#[derive(Debug)]
pub enum HttpsError {
    /// There is no connection.
    Connect(ConnectFailure),
    /// The account or its password is wrong.
    Unauthorized,
    /// The account lacks the role.
    Forbidden,
    /// The server answered with this status.
    Status(u16),
    /// The answer is longer than any right one.
    TooLong,
    /// AXL: a fault, or what is no answer.
    Axl(soap::AnswerError),
    /// The answer is not what was asked for.
    Answer(&'static str),
    /// The connection broke, or the client could not be made; for people.
    Other(String),
}

impl fmt::Display for HttpsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(failure) => f.write_str(&status::connect(failure, Peer::Publisher)),
            Self::Unauthorized => f.write_str("401: the user name or the password is wrong"),
            Self::Forbidden => f.write_str("403: the account lacks the role Standard AXL API Access"),
            Self::Status(404) => {
                f.write_str("404: the publisher does not have this interface; check its address and release")
            }
            Self::Status(status) => write!(f, "the publisher answered with HTTP status {status}"),
            Self::TooLong => f.write_str("the answer is longer than any right one"),
            Self::Axl(error) => write!(f, "{error}"),
            Self::Answer(what) => write!(f, "the answer lacks {what}"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for HttpsError {}

/// A publisher, and how it is asked.
pub(super) struct Publisher {
    client: Client,
    base: String,
    username: String,
    password: AxlPassword,
    finding: Finding,
}

impl Publisher {
    pub(super) async fn new(server: &UnifiedCmServer, dialler: &Dialler) -> Result<Self, HttpsError> {
        let (host, port) = host_and_port(&server.publisher);
        let addresses = dialler.hosts().resolve(host).await;
        if addresses.is_empty() {
            return Err(HttpsError::Connect(ConnectFailure::NameNotResolved));
        }
        let verify = match server.tls_verify_mode {
            TlsVerifyMode::On => Verify::On,
            TlsVerifyMode::Off => Verify::Off,
        };
        let made = dialler.https_config(vec![host.to_owned()], verify);
        let (config, finding) = made.map_err(|error| HttpsError::Other(error.to_string()))?;
        let addresses: Vec<_> = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(true)
            .timeout(REQUEST)
            .connect_timeout(CONNECT)
            .resolve_to_addrs(host, &addresses)
            .local_address(dialler.local())
            .build()
            .map_err(|error| HttpsError::Other(error.to_string()))?;
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let base = format!("https://{host}:{port}");
        let (username, password) = (server.username.clone(), server.password.clone());
        Ok(Self { client, base, username, password, finding })
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.basic_auth(&self.username, Some(self.password.expose()))
    }

    /// Sends, and reads at most `most` octets of the answer. Statuses that say what is wrong with the account are errors.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        most: usize,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), HttpsError> {
        let mut response = request.send().await.map_err(|error| self.failure(&error))?;
        match response.status() {
            StatusCode::UNAUTHORIZED => return Err(HttpsError::Unauthorized),
            StatusCode::FORBIDDEN => return Err(HttpsError::Forbidden),
            _ => {}
        }
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len() + chunk.len() > most {
                return Err(HttpsError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status(), body))
    }

    fn failure(&self, error: &reqwest::Error) -> HttpsError {
        if let Some(found) = self.finding.get() {
            return HttpsError::Connect(found.clone());
        }
        if error.is_timeout() {
            return HttpsError::Connect(ConnectFailure::TimedOut);
        }
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            if let Some(io) = inner.downcast_ref::<std::io::Error>() {
                return HttpsError::Connect(crate::tls::alert::failure(io));
            }
            cause = inner.source();
        }
        // An error of reqwest may hold the address of the request, which holds no secret.
        HttpsError::Other(error.to_string())
    }
}

/// An address with or without a port: `ucm-pub`, `ucm-pub:8443`, `127.0.0.11`, `[::1]:8443`.
pub(super) fn host_and_port(publisher: &str) -> (&str, u16) {
    let bare = publisher.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return (bare, PORT);
    }
    match publisher.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host.trim_start_matches('[').trim_end_matches(']'), port),
            Err(_) => (publisher, PORT),
        },
        None => (publisher, PORT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_port() {
        assert_eq!(host_and_port("ucm-pub"), ("ucm-pub", 8443));
        assert_eq!(host_and_port("ucm-pub:9443"), ("ucm-pub", 9443));
        assert_eq!(host_and_port("127.0.0.11"), ("127.0.0.11", 8443));
        assert_eq!(host_and_port("127.0.0.11:9443"), ("127.0.0.11", 9443));
        assert_eq!(host_and_port("::1"), ("::1", 8443));
        assert_eq!(host_and_port("[::1]:9443"), ("::1", 9443));
    }
}
