//! The pages of an Expressway's administrators: a listener of their own, with the Expressway's certificate.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use admin_web::expressway::{self, LocalAccounts};
use admin_web::{SetUpCode, Settings};
use anyhow::Context;
use edge_net::administration::{ExpresswayControl, Half};
use runtime::config::ExpresswayWebSection;
use runtime::identity::Identity;
use runtime::shutdown::Stopping;
use runtime::tls::ReplaceableCertificate;
use tokio::net::TcpListener;
use web::passwords::HashQueue;

/// The port, open.
pub(crate) struct Pages {
    listener: TcpListener,
    address: SocketAddr,
    certificate: Arc<ReplaceableCertificate>,
}

/// Who signs administrators in, with one lock-out and one queue of hashes at every face of the Expressway.
#[derive(Clone)]
pub(crate) struct LocalSignIn {
    pub(crate) accounts: Arc<LocalAccounts>,
    hashes: Arc<HashQueue>,
}

impl LocalSignIn {
    /// The accounts of an Expressway.
    ///
    /// # Errors
    /// When no password can be hashed.
    pub(crate) async fn of(node: Arc<dyn ExpresswayControl>) -> anyhow::Result<Self> {
        let hashes = Arc::new(HashQueue::default());
        let accounts = LocalAccounts::new(node, Arc::clone(&hashes)).await;
        let accounts = accounts.map_err(|error| anyhow::anyhow!("hashing a password: {error:?}"))?;
        Ok(Self { accounts: Arc::new(accounts), hashes })
    }
}

impl Pages {
    /// Opens the port, where there is one. `otherwise` is the address when the configuration names none.
    ///
    /// # Errors
    /// When it is taken, or the certificate cannot be used.
    pub(crate) async fn bind(
        section: ExpresswayWebSection,
        otherwise: IpAddr,
        identity: &Identity,
    ) -> anyhow::Result<Option<Self>> {
        if !section.enabled {
            return Ok(None);
        }
        let address = SocketAddr::new(section.address.unwrap_or(otherwise), section.port);
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("listening on {address} ([web] port: the administration)"))?;
        let address = listener.local_addr()?;
        let certificate = Arc::new(ReplaceableCertificate::new(identity).context("the server certificate")?);
        Ok(Some(Self { listener, address, certificate }))
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it shows, to be replaced.
    pub(crate) fn certificate(&self) -> Arc<ReplaceableCertificate> {
        Arc::clone(&self.certificate)
    }

    /// Serves until the process stops.
    pub(crate) async fn serve(
        self,
        node: Arc<dyn ExpresswayControl>,
        sign_in: LocalSignIn,
        set_up_code: SetUpCode,
        stopping: Stopping,
    ) -> anyhow::Result<()> {
        let LocalSignIn { accounts, hashes } = sign_in;
        let settings = Settings {
            product: match node.facts().half {
                Half::Core => "Ringbearer Expressway-C",
                Half::Edge => "Ringbearer Expressway-E",
            },
            node: node.facts().name.clone(),
            home: "/overview",
            sessions: Default::default(),
            set_up_code,
            clock: Box::new(runtime::clock::now),
        };
        let router = admin_web::router(settings, accounts, expressway::surface(node, hashes));
        let config = runtime::tls::server_config_of(self.certificate)?;
        web::serve::serve(self.listener, Some(Arc::new(config)), router, web::serve::Limits::default(), stopping).await;
        Ok(())
    }
}
