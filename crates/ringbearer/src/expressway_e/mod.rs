//! `ringbearer expressway-e`: the outer half of the edge.

mod control;
mod http;
mod metrics;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use admin_shell::Interpreter;
use anyhow::Context;
use edge::EdgeSettings;
use edge::media::Side;
use edge_net::administration::{Certificates, Folders, Half, NodeFacts};
use edge_net::expressway_e::{ExpresswayEConfig as ServiceConfig, ExpresswayEService};
use runtime::config::ExpresswayEConfig;
use runtime::identity::Identity;

use crate::admin::expressway::ExpresswayShell;
use crate::admin::server::AdminSocket;
use crate::arguments::Arguments;
use crate::expressway::{self, LocalSignIn, Pages, Records};
use crate::process::{self, Lifecycle};
use control::Control;

/// Over how long the end of the phones' connections is spread.
const SPREAD: Duration = Duration::from_secs(2);

/// Runs it until it is asked to end.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    process::run("expressway-e", &arguments.config, serve)
}

/// Serves until the process stops.
///
/// # Errors
/// When an address is taken or a certificate cannot be used. Then nothing is left running.
async fn serve(config: ExpresswayEConfig, lifecycle: Lifecycle<ExpresswayEConfig>) -> anyhow::Result<()> {
    let stopping = lifecycle.stopping();
    process::make_private_folder(&config.node.state)?;
    let folders = Folders::of(&config.node, &config.certificates);
    let identity = folders.identity()?;
    let (plane, relay) = expressway::start_relay(config.node.address, [Side::Phone, Side::Traversal], config.media)?;
    let section = &config.expressway_e;
    let http = http::Http::bind(&config, &identity).await?;
    let records = Records::open(&config.node.state)?;
    let pages = Pages::bind(config.web, Ipv4Addr::LOCALHOST.into(), &identity).await?;
    let service = ServiceConfig {
        address: config.node.address,
        sip_port: section.sip_port,
        traversal_port: section.traversal_port,
        settings: settings(&config, &identity),
        identity,
        trusted: folders.anchors()?,
        verify_subject_name: section.tls_verify_subject_name.clone(),
        danger_tls_key_log: section.danger_tls_key_log.clone(),
    };
    let service = Arc::new(ExpresswayEService::start(service, plane, http.tunnel(), &stopping)?);
    let socket = AdminSocket::bind(&config.node.admin_socket()).context("the admin socket")?;
    let certificates = {
        let (service, https) = (Arc::clone(&service), http.certificate());
        let web = pages.as_ref().map(Pages::certificate);
        Certificates::new(folders, move |identity, trusted| {
            if let Some(web) = &web {
                web.replace(identity).map_err(|error| error.to_string())?;
            }
            https.replace(identity).map_err(|error| error.to_string())?;
            service.replace_tls(identity, trusted).map_err(|error| error.to_string())
        })
    };
    let set_up_code = records.set_up_code.clone();
    let control = Arc::new(Control {
        facts: facts(&config, &service, pages.as_ref()),
        service: Arc::clone(&service),
        relay,
        certificates,
        records,
        is_draining: AtomicBool::new(false),
    });
    let shell: Arc<dyn Interpreter> = Arc::new(ExpresswayShell::new(Arc::<Control>::clone(&control)));
    let sign_in = LocalSignIn::of(Arc::<Control>::clone(&control)).await?;
    let (accounts, state) = (Arc::clone(&sign_in.accounts), &config.node.state);
    let ssh = expressway::ssh::bind(config.ssh, state, &*control, accounts, Arc::clone(&shell)).await?;
    let ssh = ssh.map(|server| tokio::spawn(server.serve(stopping.clone())));
    let serving = tokio::spawn(http.serve(stopping.clone()));
    let admin = tokio::spawn(socket.serve(shell));
    let administered = Arc::<Control>::clone(&control);
    let pages = pages.map(|pages| tokio::spawn(pages.serve(administered, sign_in, set_up_code, stopping.clone())));
    tracing::info!(node = config.node.name, sip = %service.sip_address(), traversal = %service.traversal_address(), "Expressway-E runs");
    let monitor = tokio::spawn(metrics::start(&config, &control, &stopping).await?);
    lifecycle.run(&*control).await;
    // Nobody needs it any more, and the service is to end.
    drop(control);
    admin.abort();
    // The shell has let go of the service when its task has ended.
    let _ = admin.await;
    if let Some(ssh) = ssh {
        let _ = ssh.await;
    }
    if let Some(pages) = pages {
        let _ = pages.await;
    }
    service.stop(SPREAD).await;
    let _ = monitor.await;
    let _ = serving.await;
    Ok(())
}

fn facts(config: &ExpresswayEConfig, service: &ExpresswayEService, pages: Option<&Pages>) -> NodeFacts {
    let (address, media) = (config.node.address, config.media);
    let mut ports = vec![
        ("phones, SIP", service.sip_address().to_string()),
        ("phones, HTTPS", SocketAddr::new(address, config.expressway_e.http_port).to_string()),
        ("Expressway-C", service.traversal_address().to_string()),
        ("media relay", format!("{address} UDP {}–{}", media.first_port, media.last_port)),
    ];
    ports.extend(pages.map(|pages| ("these pages", pages.address().to_string())));
    NodeFacts {
        half: Half::Edge,
        name: config.node.name.clone(),
        address,
        domain: config.expressway_e.domain.clone(),
        ports,
        started_at: runtime::clock::unix_seconds(),
    }
}

fn settings(config: &ExpresswayEConfig, identity: &Identity) -> EdgeSettings {
    let facts = identity.facts();
    let usages = [("serverAuth", facts.server_authentication), ("clientAuth", facts.client_authentication)];
    // Without an extended key usage a certificate is fit for both (RFC 5280 §4.2.1.12).
    let allowed = usages.into_iter().filter(|(_, allowed)| *allowed != Some(false));
    EdgeSettings {
        host: config.node.address.to_string(),
        port: config.expressway_e.sip_port,
        aliases: vec![config.node.name.clone(), config.expressway_e.domain.clone()],
        certificate_subject: facts.subject.clone(),
        certificate_key_usage: allowed.map(|(name, _)| name.to_owned()).collect(),
    }
}
