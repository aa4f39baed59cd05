//! Configuration > Unified Communications > Unified CM servers: publishers, and what their discovery found.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use edge::discovery::{AxlPassword, NodeUsage, TlsVerifyMode, UnifiedCmServer};
use edge_net::administration::{Discovery, Wanted};
use edge_net::discovery::Step;
use edge_net::expressway_c::ServersError;
use serde::Deserialize;

use super::{Pages, moment};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

/// Characters of an address or a user name.
const MOST: usize = 255;

/// A publisher of the table.
struct Row {
    publisher: String,
    username: String,
    verifies: bool,
    version: String,
    nodes: Vec<(String, &'static str, u16, bool)>,
    refreshed: String,
    last: Option<Discovery>,
}

#[derive(Template)]
#[template(path = "expressway/servers.html")]
struct Servers {
    frame: Frame,
    rows: Vec<Row>,
    /// Discoveries of publishers that are not in the list: they run, or have failed.
    others: Vec<Discovery>,
}

#[derive(Template)]
#[template(path = "expressway/server_add.html")]
struct Add {
    frame: Frame,
    publisher: String,
    username: String,
    verifies: bool,
    errors: Errors,
}

impl Servers {
    /// The query of a publisher.
    fn query(&self, publisher: &str) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("publisher", publisher).finish()
    }
}

/// What is wrong with each field.
#[derive(Default)]
struct Errors {
    publisher: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

#[derive(Template)]
#[template(path = "expressway/discovery.html")]
struct DiscoveryPage {
    frame: Frame,
    discovery: Discovery,
    began: String,
    rest: Vec<&'static str>,
    /// Whether it was to add a publisher, and has failed: what was typed is gone, and has to be typed again.
    is_to_be_repeated: bool,
    address: String,
}

#[derive(Template)]
#[template(path = "expressway/server_remove.html")]
struct Remove {
    frame: Frame,
    publisher: String,
    zones: Vec<(String, usize)>,
}

/// Which publisher.
#[derive(Deserialize)]
pub(super) struct Publisher {
    publisher: String,
}

/// `GET /unified-cm-servers`
pub(super) async fn list(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    let core = pages.core()?;
    let zones = core.service.zones();
    let is_active = |node: &str| zones.iter().any(|zone| zone.node.eq_ignore_ascii_case(node) && zone.is_active);
    let servers = core.servers.list();
    let known = |publisher: &str| servers.iter().any(|server| server.publisher.eq_ignore_ascii_case(publisher));
    let others = core.discoveries.all().into_iter().filter(|discovery| !known(&discovery.publisher)).collect();
    let row = |server: &UnifiedCmServer| Row {
        version: server.nodes.first().map(|node| node.version.clone()).unwrap_or_default(),
        nodes: server
            .nodes
            .iter()
            .map(|node| (node.name.clone(), usage(node.usage), node.sip_oauth_mra_port, is_active(&node.name)))
            .collect(),
        refreshed: server.refreshed_at.map(|at| moment::shown(at.0)).unwrap_or_default(),
        last: core.discoveries.of(&server.publisher),
        verifies: server.tls_verify_mode == TlsVerifyMode::On,
        publisher: server.publisher.clone(),
        username: server.username.clone(),
    };
    Ok(Page(Servers { frame, rows: servers.iter().map(row).collect(), others }))
}

/// `GET /unified-cm-servers/add`
pub(super) async fn add(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    pages.core()?;
    let (publisher, username) = (String::new(), String::new());
    Ok(Page(Add { frame, publisher, username, verifies: true, errors: Errors::default() }))
}

/// `POST /unified-cm-servers/add`
pub(super) async fn save_new(
    State(pages): State<Pages>,
    who: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let core = pages.core()?;
    let (publisher, username) = (form.text("publisher").trim().to_owned(), form.text("username").trim().to_owned());
    let verifies = form.text("verify") != "off";
    let mut errors = Errors::default();
    let said = |text: &str| Some(who.language.tr(text).to_owned());
    if !is_address(&publisher) {
        errors.publisher = said("A host name or an address is needed, with a port if it is not 8443.");
    } else if core.servers.list().iter().any(|server| server.publisher.eq_ignore_ascii_case(&publisher)) {
        errors.publisher = said("It is in the list already: refresh it there.");
    }
    if username.is_empty() || username.len() > MOST {
        errors.username = said("The name of an account with the role Standard AXL API Access is needed.");
    }
    if form.text("password").is_empty() {
        errors.password = said("Its password is needed.");
    }
    if errors.publisher.is_some() || errors.username.is_some() || errors.password.is_some() {
        let page = Page(Add { frame, publisher, username, verifies, errors });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let server = UnifiedCmServer {
        publisher: publisher.clone(),
        username,
        password: AxlPassword::new(form.text("password")),
        tls_verify_mode: if verifies { TlsVerifyMode::On } else { TlsVerifyMode::Off },
        nodes: Vec::new(),
        refreshed_at: None,
    };
    begin(&pages, &who, Wanted::Add(Box::new(server)));
    Ok(Redirect::to(&discovery_path(&publisher)).into_response())
}

/// `POST /unified-cm-servers/refresh`: one publisher, or all.
pub(super) async fn refresh(
    State(pages): State<Pages>,
    who: Administrator,
    form: Submission,
) -> Result<Redirect, PageError> {
    let core = pages.core()?;
    let only = form.text("publisher");
    let servers = core.servers.list();
    let wanted: Vec<_> =
        servers.iter().filter(|server| only.is_empty() || server.publisher.eq_ignore_ascii_case(only)).collect();
    if wanted.is_empty() && !only.is_empty() {
        return Err(PageError::NotFound);
    }
    for server in &wanted {
        begin(&pages, &who, Wanted::Refresh(server.publisher.clone()));
    }
    match wanted.as_slice() {
        [single] => Ok(Redirect::to(&discovery_path(&single.publisher))),
        _ => {
            who.tell(Flash::notice(
                who.language.tr("The servers are being refreshed: load this page again for the result."),
            ));
            Ok(Redirect::to("/unified-cm-servers"))
        }
    }
}

/// `GET /unified-cm-servers/discovery?publisher=`
pub(super) async fn discovery(
    State(pages): State<Pages>,
    Query(Publisher { publisher }): Query<Publisher>,
    frame: Frame,
) -> Result<impl IntoResponse, PageError> {
    let discovery = pages.core()?.discoveries.of(&publisher).ok_or(PageError::NotFound)?;
    let done = discovery.steps.len();
    let rest = match discovery.outcome {
        None => STEPS.iter().skip(done).copied().collect(),
        Some(_) => Vec::new(),
    };
    let is_to_be_repeated = discovery.adds && matches!(discovery.outcome, Some(Err(_)));
    let (began, address) = (moment::shown(discovery.began_at), discovery_path(&discovery.publisher));
    Ok(Page(DiscoveryPage { frame, discovery, began, rest, is_to_be_repeated, address }))
}

/// `GET /unified-cm-servers/remove?publisher=`
pub(super) async fn ask_remove(
    State(pages): State<Pages>,
    Query(Publisher { publisher }): Query<Publisher>,
    frame: Frame,
) -> Result<impl IntoResponse, PageError> {
    let core = pages.core()?;
    let server = core.servers.list().into_iter().find(|server| server.publisher.eq_ignore_ascii_case(&publisher));
    let server = server.ok_or(PageError::NotFound)?;
    let is_of_it = |node: &str| server.nodes.iter().any(|own| own.name.eq_ignore_ascii_case(node));
    let zones = core.service.zones().into_iter().filter(|zone| is_of_it(&zone.node));
    let zones = zones.map(|zone| (zone.name, zone.sessions)).collect();
    Ok(Page(Remove { frame, publisher: server.publisher, zones }))
}

/// `POST /unified-cm-servers/remove`
pub(super) async fn remove(
    State(pages): State<Pages>,
    who: Administrator,
    form: Submission,
) -> Result<Redirect, PageError> {
    pages.core()?;
    let publisher = form.text("publisher");
    match pages.operations(&who).delete_server(publisher).await {
        Ok(()) => {
            who.tell(Flash::done(who.language.fill("{0} is removed, with the zones of its nodes.", &[&publisher])));
            Ok(Redirect::to("/unified-cm-servers"))
        }
        Err(ServersError::NotThere(_)) => Err(PageError::NotFound),
        Err(error) => {
            tracing::error!(%error, "a Unified CM server cannot be removed");
            Err(PageError::Internal)
        }
    }
}

/// The steps of a discovery, in their order.
const STEPS: [&str; 8] = [
    "connect",
    "getCCMVersion",
    "listProcessNode",
    "getCallManager",
    "nodes",
    "ExpresswayCConfiguration",
    "token keys",
    "zones",
];

/// Begins a discovery that runs on when the browser goes away.
fn begin(pages: &Pages, who: &Administrator, wanted: Wanted) {
    let operations = pages.operations(who);
    tokio::spawn(async move {
        // How it ends is kept for the page, and in the audit log.
        let _ = operations.discover(wanted, &mut |_: Step| {}).await;
    });
}

fn discovery_path(publisher: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("publisher", publisher).finish();
    format!("/unified-cm-servers/discovery?{query}")
}

fn is_address(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    !text.is_empty() && text.len() <= MOST && text.chars().all(is_allowed)
}

fn usage(usage: NodeUsage) -> &'static str {
    const fn key(text: &'static str) -> &'static str {
        text
    }
    match usage {
        NodeUsage::Publisher => key("Publisher"),
        NodeUsage::Subscriber => key("Subscriber"),
    }
}
