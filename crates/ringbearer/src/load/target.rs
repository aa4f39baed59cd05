//! Whom the load goes to, and as whom.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::Arguments;
use super::server_process::ServerProcess;

/// As many devices as one sign-in may have registered at a Ringbearer node.
const PHONES_A_TOKEN: usize = 10;

/// The server, and what every phone knows.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    pub(super) server_name: ServerName<'static>,
    /// The host of the phones' addresses.
    pub(super) host: Rc<str>,
    pub(super) tls: TlsConnector,
    tokens: Rc<[Rc<str>]>,
    pub(super) device: Rc<str>,
    pub(super) line: u32,
    pub(super) any_answer: bool,
    pub(super) server: Option<ServerProcess>,
}

impl Target {
    pub(super) fn from_arguments(arguments: &Arguments) -> anyhow::Result<Self> {
        let server = arguments.server;
        if !arguments.danger_allow_public && !is_private(server.ip()) {
            bail!("{} is neither a loopback nor a private address; --danger-allow-public allows it", server.ip());
        }
        let name = arguments.server_name.clone().unwrap_or_else(|| server.ip().to_string());
        let tokens = std::fs::read_to_string(&arguments.token)
            .with_context(|| format!("the access tokens in {}", arguments.token.display()))?;
        let tokens: Rc<[Rc<str>]> = tokens.split_whitespace().map(Rc::from).collect();
        if tokens.is_empty() {
            bail!("{} holds no access token; one a line", arguments.token.display());
        }
        Ok(Self {
            address: server,
            host: arguments.node.clone().unwrap_or_else(|| server.ip().to_string()).into(),
            server_name: ServerName::try_from(name).context("the server's name")?,
            tls: connector(&arguments.trust)?,
            tokens,
            device: arguments.device.as_str().into(),
            line: arguments.line,
            any_answer: arguments.any_answer,
            server: arguments.server_pid.map(ServerProcess),
        })
    }

    /// The access token that a phone shows: each serves ten phones, and after the last comes the first again.
    pub(super) fn token(&self, phone: u32) -> &str {
        let turn = phone as usize / PHONES_A_TOKEN % self.tokens.len();
        self.tokens.get(turn).map_or("", |token| token)
    }
}

fn connector(trust: &std::path::Path) -> anyhow::Result<TlsConnector> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in runtime::trust::read_certificates(trust)? {
        roots.add(certificate).with_context(|| format!("a trust anchor in {}", trust.display()))?;
    }
    let mut config = runtime::tls::client_config(Arc::new(roots))?;
    // A fleet that comes up after an outage has no sessions to resume.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn loopback_and_private_addresses_alone_are_targets() {
        for private in ["127.0.0.11", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd00::1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
