//! `/realtimeservice2/services/RISService70`: which devices are registered with which node, SOAP 1.1 over HTTPS.
//!
//! `selectCmDevice` answers with at most 1000 devices at a time, by name; while there are more, `StateInfo` says where to go on, and
//! a request that repeats it goes on there. Credentials and limits are those of AXL, with fewer requests a second; one too many
//! gets `503`.
//!
//! Our choices, where the vendor's behaviour is not public: only registered devices are known, so that a question for others finds
//! none; a device's address is known to the node that it is registered with, which has to be asked for it; `StateInfo` is the name
//! of the last device.

mod answer;
mod selection;

use std::net::SocketAddr;
use std::sync::Arc;

use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::{Directory, DirectoryRepository};
use runtime::clock::Reading;
use soap::{Envelope, Fault, FaultCode, Limits};

use crate::axl::{admit, body, message};
use crate::headers;
use crate::registrations::Registrations;
use crate::throttle::Throttle;

const PATH: &str = "/realtimeservice2/services/RISService70";
const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";
const WSDL: &str = include_str!("RISService70.wsdl");

/// Requests at a time, and a second from one address.
const AT_A_TIME: usize = 4;
const PER_SECOND: u32 = 5;

/// What the interface works on.
pub struct Ris {
    /// Signs in, with the lock-out that all web services share.
    pub server: Arc<AuthorizationServer>,
    /// Compares passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// Gives the directory as the node has it.
    pub directory: Box<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// Says where devices of other nodes are.
    pub repository: Arc<dyn DirectoryRepository>,
    /// The devices that are registered with this node.
    pub registrations: Arc<dyn Registrations>,
    /// The address of the interface: scheme, host and port, without a slash behind.
    pub address: String,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

struct Service {
    ris: Ris,
    throttle: Throttle,
}

/// The interface and, with `?wsdl`, its description, which holds no secret and is served to anybody.
pub fn router(ris: Ris) -> Router {
    let service = Arc::new(Service { ris, throttle: Throttle::new(AT_A_TIME, PER_SECOND) });
    Router::new()
        .route(PATH, get(description).post(post))
        .layer(middleware::map_response(headers::add))
        .with_state(service)
}

async fn description(State(service): State<Arc<Service>>) -> Response {
    let text = WSDL.replace("{address}", &format!("{}{PATH}", service.ris.address));
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

async fn post(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, content) = request.into_parts();
    let ris = &service.ris;
    let judges = (ris.server.as_ref(), ris.passwords.as_ref());
    let from = (peer.ip(), (ris.clock)().monotonic);
    let _place = match admit(&service.throttle, judges, &(ris.directory)(), &parts.headers, from).await {
        Ok((_, place)) => place,
        Err(refused) => return refused,
    };
    let content = match body::read(&parts.headers, content).await {
        Ok(content) => content,
        Err(refused) => return refused.into_response(),
    };
    match answer(ris, &content).await {
        Ok(envelope) => message(StatusCode::OK, &envelope),
        Err(fault) => message(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_envelope()),
    }
}

async fn answer(ris: &Ris, content: &[u8]) -> Result<Envelope, Fault> {
    let entry = Envelope::parse(content, &Limits::REQUEST).map_err(|error| Fault::of(&error))?.entry;
    if !entry.is(NAMESPACE, "selectCmDevice") {
        return Err(client("the operation is selectCmDevice of http://schemas.cisco.com/ast/soap"));
    }
    let selection = selection::Selection::read(&entry)?;
    let located = ris.repository.device_locations().await.map_err(|error| {
        tracing::error!(%error, "where devices are cannot be read");
        Fault::new(FaultCode::Server, "The database is not available. Try again in a moment.")
    })?;
    let directory = (ris.directory)();
    let found = selection::found(&directory, located, ris.registrations.as_ref());
    Ok(Envelope::new(answer::of(&selection, &directory, &found)))
}

fn client(reason: impl Into<String>) -> Fault {
    Fault::new(FaultCode::Client, reason)
}
