//! Arriving on a side: what a phone fetches there before it registers.
//!
//! Inside: the configuration file, from the nodes. Outside: how users of the edge sign in (`get_edge_sso`), a token,
//! the way of SIP (`get_edge_config`), and the configuration file, all through the edge. The token is the keeper's, the
//! same on both sides: whoever signed in inside does not sign in again outside.

use std::fmt;

use phone::Access;
use phone::discovery::{Server, Side};
use phone::edge::{EdgeConfig, EdgeSso, edge_config_path, edge_sso_path, server_path};
use tokio::sync::{mpsc, oneshot};

use super::config_file::{self, ConfigFile, ConfigPorts, NoConfigFile};
use super::exit::Exit;
use super::http;
use super::keeper::{Demand, Loan};
use super::secret::Secret;
use super::sign_in::{SignInError, Site};

/// What every arrival needs.
#[derive(Clone)]
pub(crate) struct Scout {
    pub(crate) http: reqwest::Client,
    pub(crate) demands: mpsc::Sender<Demand>,
    pub(crate) device: String,
    /// The domain, whose name the paths on an edge begin with.
    pub(crate) domain: Option<String>,
    /// The user's name, if it is known before the sign-in.
    pub(crate) user: Option<String>,
    pub(crate) ports: ConfigPorts,
    pub(crate) oauth_port: u16,
    /// Overrides `sipOAuthMode`.
    pub(crate) sip_oauth_mode: Option<bool>,
    /// The way inside.
    pub(crate) inside: Access,
}

/// Where the phone has arrived.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) side: Side,
    pub(crate) access: Access,
    pub(crate) file: ConfigFile,
    pub(crate) files: Files,
}

/// Where the configuration file is fetched, and with which token.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    urls: Vec<String>,
    with_token: bool,
}

/// Why the phone did not arrive.
#[derive(Debug)]
pub(crate) enum NotArrived {
    /// Nobody answers there.
    Silent {
        /// Why, for people.
        reason: String,
        /// How the phone ends when there is no other side.
        exit: Exit,
    },
    /// It is no use to look elsewhere.
    Refused {
        /// Why, for people.
        reason: String,
        /// How the phone ends, if it has never arrived.
        exit: Exit,
    },
}

impl fmt::Display for NotArrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Silent { reason, .. } | Self::Refused { reason, .. }) = self;
        f.write_str(reason)
    }
}

impl From<NoConfigFile> for NotArrived {
    /// 404 is a refusal of the device; a certificate that is not trusted is a fault of the trust file; all else is silence.
    fn from(fault: NoConfigFile) -> Self {
        let any = |text: &str| fault.0.iter().any(|(_, why)| why.contains(text));
        let reason = fault.to_string();
        match () {
            () if any("404") || any("403") => Self::Refused { reason, exit: Exit::Refused },
            () if any("certificate") => Self::Silent { reason, exit: Exit::Tls },
            () => Self::Silent { reason, exit: Exit::Unreachable },
        }
    }
}

impl From<SignInError> for NotArrived {
    fn from(fault: SignInError) -> Self {
        let reason = fault.to_string();
        match fault {
            SignInError::Unreachable(_) => Self::Silent { reason, exit: Exit::Unreachable },
            SignInError::Refused(_) | SignInError::Unexpected(_) => Self::Refused { reason, exit: Exit::Refused },
        }
    }
}

impl Scout {
    /// Arrives on a side by its servers.
    pub(crate) async fn arrive(&self, side: Side, servers: &[Server]) -> Result<Arrival, NotArrived> {
        match side {
            Side::Inside => self.arrive_inside(servers).await,
            Side::Outside => self.arrive_outside(servers).await,
        }
    }

    /// Fetches the configuration file again.
    pub(crate) async fn fetch(&self, files: &Files) -> Option<ConfigFile> {
        self.file(files).await.ok()
    }

    async fn arrive_inside(&self, servers: &[Server]) -> Result<Arrival, NotArrived> {
        let mut hosts: Vec<String> = servers.iter().map(|server| server.host.clone()).collect();
        let files = Files { urls: config_file::urls(&hosts, self.ports, &self.device), with_token: false };
        let file = self.file(&files).await?;
        hosts.extend(file.config.call_managers.iter().map(|node| node.name.clone()));
        hosts.dedup();
        let port = |host: &str| servers.iter().find(|server| server.host == host).map(|server| server.port);
        let site = |host: &String| Site::node(host, port(host).unwrap_or(self.oauth_port));
        self.use_sites(hosts.iter().map(site).collect()).await;
        Ok(Arrival { side: Side::Inside, access: self.inside.clone(), file, files })
    }

    /// The first edge that answers.
    async fn arrive_outside(&self, servers: &[Server]) -> Result<Arrival, NotArrived> {
        let mut silent = NotArrived::Silent { reason: "no edge".to_owned(), exit: Exit::Unreachable };
        for server in servers {
            match self.arrive_through(server).await {
                Err(fault @ NotArrived::Silent { .. }) => silent = fault,
                outcome => return outcome,
            }
        }
        Err(silent)
    }

    async fn arrive_through(&self, server: &Server) -> Result<Arrival, NotArrived> {
        let Some(domain) = self.domain.as_deref() else {
            let reason = "an edge needs the name of the domain: --domain".to_owned();
            return Err(NotArrived::Refused { reason, exit: Exit::Usage });
        };
        let edge = edge_url(server);
        let email = self.user.as_ref().map(|user| match user.contains('@') {
            true => user.clone(),
            false => format!("{user}@{domain}"),
        });
        let url = format!("{edge}{}", edge_sso_path(domain, email.as_deref()));
        let sso = EdgeSso::parse(&self.ask(&url, None).await?).map_err(|fault| unusable(&url, &fault))?;
        if !sso.refresh_login_flow || sso.servers.is_empty() {
            let reason = format!("the edge {} takes no access tokens of this user", server.host);
            return Err(NotArrived::Refused { reason, exit: Exit::Refused });
        }
        self.use_sites(sso.servers.iter().map(|path| Site::prefixed(&edge, path)).collect()).await;
        let url = format!("{edge}{}", edge_config_path(domain));
        let document = match self.ask(&url, Some(Loan::Token)).await {
            // The keys may have changed, or the token was revoked: once more, with a new one.
            Err(NotArrived::Refused { reason, .. }) if reason.contains("401") => {
                self.ask(&url, Some(Loan::AnotherToken)).await?
            }
            outcome => outcome?,
        };
        let edge_config = EdgeConfig::parse(&document).map_err(|fault| unusable(&url, &fault))?;
        let of_server = |host: &String| {
            let path = server_path(domain, host, self.ports.https);
            format!("{edge}{path}/{}", config_file::name(&self.device))
        };
        let files = Files { urls: edge_config.config_servers.iter().map(of_server).collect(), with_token: true };
        let file = self.file(&files).await?;
        Ok(Arrival { side: Side::Outside, access: Access::Edge(edge_config.access), file, files })
    }

    async fn file(&self, files: &Files) -> Result<ConfigFile, NotArrived> {
        let token = match files.with_token {
            true => Some(self.borrow(Loan::Token).await?),
            false => None,
        };
        let mut file = config_file::fetch(&self.http, &files.urls, token.as_ref()).await?;
        if let Some(mode) = self.sip_oauth_mode {
            file.config.sip_oauth_mode = mode;
        }
        Ok(file)
    }

    /// Asks the edge itself.
    async fn ask(&self, url: &str, loan: Option<Loan>) -> Result<Vec<u8>, NotArrived> {
        let silent = |why: String| {
            let exit = if why.contains("certificate") { Exit::Tls } else { Exit::Unreachable };
            NotArrived::Silent { reason: format!("{url}: {why}"), exit }
        };
        let mut request = self.http.get(url);
        if let Some(loan) = loan {
            request = request.bearer_auth(self.borrow(loan).await?.expose());
        }
        let response = request.send().await.map_err(|error| silent(http::cause(&error)))?;
        let status = response.status();
        let body = http::body(response).await.map_err(|error| silent(error.to_string()))?;
        match status {
            status if status.is_success() => Ok(body),
            status if status.is_server_error() => Err(silent(format!("HTTP {status}{}", http::problem(&body)))),
            status => {
                let reason = format!("{url}: HTTP {status}{}", http::problem(&body));
                Err(NotArrived::Refused { reason, exit: Exit::Refused })
            }
        }
    }

    async fn use_sites(&self, sites: Vec<Site>) {
        // The keeper ends with the phone.
        let _ = self.demands.send(Demand::Sites(sites)).await;
    }

    async fn borrow(&self, loan: Loan) -> Result<Secret, SignInError> {
        let (lend, borrowed) = oneshot::channel();
        let _ = self.demands.send(Demand::Lend(loan, lend)).await;
        borrowed.await.unwrap_or_else(|_| Err(SignInError::Unreachable("the phone ends".to_owned())))
    }
}

fn unusable(url: &str, fault: &phone::edge::EdgeError) -> NotArrived {
    NotArrived::Refused { reason: format!("{url}: {fault}"), exit: Exit::Refused }
}

fn edge_url(server: &Server) -> String {
    match server.host.contains(':') {
        true => format!("https://[{}]:{}", server.host, server.port),
        false => format!("https://{}:{}", server.host, server.port),
    }
}

#[cfg(test)]
mod tests;
