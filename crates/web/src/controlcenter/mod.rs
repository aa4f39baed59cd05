//! `/controlcenterservice2/services/ControlCenterServices`: services started, stopped and restarted, SOAP 1.1 over HTTPS.
//!
//! `soapGetServiceStatus` tells how the services of a node are, `soapDoControlServices` acts on them, on any node of the cluster,
//! and `getProductInformationList` names the product. The acts are those of the pages and of the shell. Credentials and limits
//! are those of AXL, with fewer requests a second; one too many gets `503`.
//!
//! Our choices, where the vendor's behaviour is not public: a service that was asked for and is not known comes with the
//! reason code -1013 and the status `Unknown`; services of one request are acted on in the order of the list, and one that
//! fails does not keep the others from it.

mod answer;
mod request;

use std::net::SocketAddr;
use std::sync::Arc;

use administration::{Administration, AdministrationError};
use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::{Author, Directory, Surface};
use runtime::clock::Reading;
use soap::{Element, Envelope, Fault, FaultCode, Limits};

use crate::axl::{admit, body, message};
use crate::headers;
use crate::throttle::Throttle;

use request::{Control, Operation};

const PATH: &str = "/controlcenterservice2/services/ControlCenterServices";
const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";
const WSDL: &str = include_str!("ControlCenterServices.wsdl");

/// Requests at a time, and a second from one address.
const AT_A_TIME: usize = 4;
const PER_SECOND: u32 = 5;

/// What the interface works on.
pub struct ControlCenter {
    /// Signs in, with the lock-out that all web services share.
    pub server: Arc<AuthorizationServer>,
    /// Compares passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// Gives the directory as the node has it.
    pub directory: Box<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// The operations of an administrator.
    pub administration: Administration,
    /// The address of the interface: scheme, host and port, without a slash behind.
    pub address: String,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

struct Service {
    center: ControlCenter,
    throttle: Throttle,
}

/// The interface and, with `?wsdl`, its description, which holds no secret and is served to anybody.
pub fn router(center: ControlCenter) -> Router {
    let service = Arc::new(Service { center, throttle: Throttle::new(AT_A_TIME, PER_SECOND) });
    Router::new()
        .route(PATH, get(description).post(post))
        .layer(middleware::map_response(headers::add))
        .with_state(service)
}

async fn description(State(service): State<Arc<Service>>) -> Response {
    let text = WSDL.replace("{address}", &format!("{}{PATH}", service.center.address));
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

async fn post(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, content) = request.into_parts();
    let center = &service.center;
    let judges = (center.server.as_ref(), center.passwords.as_ref());
    let from = (peer.ip(), (center.clock)().monotonic);
    let (user, _place) = match admit(&service.throttle, judges, &(center.directory)(), &parts.headers, from).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused,
    };
    let content = match body::read(&parts.headers, content).await {
        Ok(content) => content,
        Err(refused) => return refused.into_response(),
    };
    let author = Author { name: user.user_id.to_string(), surface: Surface::Axl };
    match answer(center, author, &content).await {
        Ok(entry) => message(StatusCode::OK, &Envelope::new(entry)),
        Err(fault) => message(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_envelope()),
    }
}

async fn answer(center: &ControlCenter, author: Author, content: &[u8]) -> Result<Element, Fault> {
    let entry = Envelope::parse(content, &Limits::REQUEST).map_err(|error| Fault::of(&error))?.entry;
    let administration = &center.administration;
    match Operation::read(&entry)? {
        Operation::Products => Ok(answer::products(administration.node().node().as_str())),
        Operation::Status(names) => {
            let own = administration.node().node().as_str();
            let there = administration.node_services(own).await.map_err(|error| fault(&error))?;
            Ok(answer::status(&there, &names, administration.unix_seconds()))
        }
        Operation::Control(control) => act(administration.clone(), author, control).await,
    }
}

/// Acts, also when the client does not wait for the end: the restart of a service outlives whoever asked for it.
async fn act(administration: Administration, author: Author, control: Control) -> Result<Element, Fault> {
    let acting = tokio::spawn(async move {
        let node = administration.find_node(&control.node).await?;
        let mut failures = Vec::new();
        for name in &control.services {
            let Some(service) = directory::ServiceName::find(name) else { continue };
            match administration.control(&author, &node, service, control.act).await {
                Ok(()) | Err(AdministrationError::AlreadyStarted(_) | AdministrationError::AlreadyStopped(_)) => {}
                Err(AdministrationError::Repository(error)) => return Err(error.into()),
                Err(error) => failures.push((service, error.to_string())),
            }
        }
        let there = administration.node_services(node.as_str()).await?;
        Ok(answer::control(&there, &control, &failures, administration.unix_seconds()))
    });
    match acting.await {
        Ok(Ok(element)) => Ok(element),
        Ok(Err(error)) => Err(fault(&error)),
        Err(_) => Err(Fault::new(FaultCode::Server, "The request could not be carried out.")),
    }
}

fn fault(error: &AdministrationError) -> Fault {
    match error {
        AdministrationError::Repository(error) => {
            tracing::error!(%error, "the control center cannot use the database");
            Fault::new(FaultCode::Server, "The database is not available. Try again in a moment.")
        }
        error => client(error.to_string()),
    }
}

fn client(reason: impl Into<String>) -> Fault {
    Fault::new(FaultCode::Client, reason)
}
