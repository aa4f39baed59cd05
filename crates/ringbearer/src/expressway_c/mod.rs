//! `ringbearer expressway-c`: the inner half of the edge.

mod control;
mod http;
mod metrics;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use admin_shell::Interpreter;
use anyhow::Context;
use edge::CoreSettings;
use edge::media::Side;
use edge_net::Hosts;
use edge_net::administration::{Certificates, CoreControl, Discoveries, Folders, Half, NodeFacts};
use edge_net::expressway_c::{
    CoreState, ExpresswayCConfig as ServiceConfig, ExpresswayCService, UnifiedCmServers, view_of,
};
use runtime::config::ExpresswayCConfig;

use crate::admin::expressway::ExpresswayShell;
use crate::admin::server::AdminSocket;
use crate::arguments::Arguments;
use crate::expressway::{self, LocalSignIn, Pages, Records};
use crate::process::{self, Lifecycle};
use control::Control;

/// The port in our Via, Path and Record-Route, and in the Route that clients preload; nobody connects to it.
const SIP_PORT: u16 = 5061;

/// Runs it until it is asked to end.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    process::run("expressway-c", &arguments.config, serve)
}

/// Serves until the process stops.
///
/// # Errors
/// When the state or a certificate cannot be used. Then nothing is left running.
async fn serve(config: ExpresswayCConfig, lifecycle: Lifecycle<ExpresswayCConfig>) -> anyhow::Result<()> {
    let stopping = lifecycle.stopping();
    process::make_private_folder(&config.node.state)?;
    let folders = Folders::of(&config.node, &config.certificates);
    let state = CoreState::read(&config.node.state)?;
    let records = Records::open(&config.node.state)?;
    let pages = Pages::bind(config.web, config.node.address, &folders.identity()?).await?;
    let (plane, relay) = expressway::start_relay(config.node.address, [Side::Traversal, Side::Inside], config.media)?;
    let service = service_config(&config, &folders)?;
    let socket = AdminSocket::bind(&config.node.admin_socket()).context("the admin socket")?;
    let service = Arc::new(ExpresswayCService::start(service, view_of(&state), plane, &stopping)?);
    let certificates = {
        let (service, web) = (Arc::clone(&service), pages.as_ref().map(Pages::certificate));
        Certificates::new(folders, move |identity, trusted| {
            if let Some(web) = &web {
                web.replace(identity).map_err(|error| error.to_string())?;
            }
            service.replace_tls(identity, trusted).map_err(|error| error.to_string())
        })
    };
    let servers =
        UnifiedCmServers::new(config.node.state.clone(), config.node.name.clone(), Arc::clone(&service), state);
    let core = Arc::new(CoreControl { servers, service: Arc::clone(&service), discoveries: Discoveries::default() });
    service.start_tunnel(http::tunnel(&config, Arc::clone(&core), &stopping), &stopping);
    let set_up_code = records.set_up_code.clone();
    let control = Arc::new(Control {
        facts: facts(&config, pages.as_ref()),
        edge: config.expressway_c.edge.clone(),
        core,
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
    let admin = tokio::spawn(socket.serve(shell));
    let administered = Arc::<Control>::clone(&control);
    let pages = pages.map(|pages| tokio::spawn(pages.serve(administered, sign_in, set_up_code, stopping.clone())));
    tracing::info!(node = config.node.name, edge = config.expressway_c.edge, "Expressway-C runs");
    let monitor = tokio::spawn(metrics::start(&config, &control, &stopping).await?);
    lifecycle.run(&*control).await;
    // Nobody needs it any more, and the service is to end.
    drop(control);
    admin.abort();
    let _ = admin.await;
    if let Some(ssh) = ssh {
        let _ = ssh.await;
    }
    if let Some(pages) = pages {
        let _ = pages.await;
    }
    service.stop().await;
    let _ = monitor.await;
    Ok(())
}

fn facts(config: &ExpresswayCConfig, pages: Option<&Pages>) -> NodeFacts {
    let (section, media) = (&config.expressway_c, config.media);
    let relay = format!("{} UDP {}–{}", config.node.address, media.first_port, media.last_port);
    let mut ports = vec![("dials Expressway-E", section.edge.clone()), ("media relay", relay)];
    ports.extend(pages.map(|pages| ("these pages", pages.address().to_string())));
    NodeFacts {
        half: Half::Core,
        name: config.node.name.clone(),
        address: config.node.address,
        domain: section.domain.clone(),
        ports,
        started_at: runtime::clock::unix_seconds(),
    }
}

fn service_config(config: &ExpresswayCConfig, folders: &Folders) -> anyhow::Result<ServiceConfig> {
    let section = &config.expressway_c;
    let (edge, edge_port) = config.edge_address().context("expressway-c.edge")?;
    Ok(ServiceConfig {
        address: config.node.address,
        edge: edge.to_owned(),
        edge_port,
        edge_name: section.edge_name.clone(),
        settings: CoreSettings {
            host: config.node.address.to_string(),
            port: SIP_PORT,
            aliases: vec![config.node.name.clone()],
            realm: section.realm.clone(),
        },
        identity: folders.identity()?,
        trusted: folders.anchors()?,
        hosts: Hosts::new(config.hosts.clone()),
        danger_tls_key_log: section.danger_tls_key_log.clone(),
    })
}
