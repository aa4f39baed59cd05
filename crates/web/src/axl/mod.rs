//! `/axl/`: the vendor's provisioning interface, SOAP 1.1 over HTTPS, for the operations that this product has.
//!
//! A request is a POST with HTTP Basic credentials of an end user who has the role Standard AXL API Access. What is wrong with
//! the HTTP request is answered as HTTP (`401` and `403` with a page, `413`, `415`, `503`, and `599` for a version that is not
//! spoken); what is wrong with the operation is a SOAP fault with HTTP status `500` and an `axlError` in its detail. The answer is
//! in the namespace of the version that was asked, with the request's `sequence`.
//!
//! The objects are phones, lines, users, phone security profiles, device pools, CallManager groups and Expressway-Cs; of servers and
//! their CallManager services the ports can be changed. Besides, enterprise parameters are read and set, registrations ended, and
//! passwords compared.
//!
//! A write goes through the same [`DirectoryRepository`] as the admin shell's, with the same rules and a row of the audit log. A client
//! that repeats a write because it got no answer gets the fault of a duplicate, never a second object.
//!
//! It serves a WSDL and a schema that were written here for just these operations.
//!
//! Our choices, where the vendor's behaviour is not public: the `axlcode`s other than the database's and
//! `5007`; elements that we do not know, and elements that come twice, are refused; every operation is spoken in every version;
//! the namespace decides about the version, and a `SOAPAction` that contradicts it is refused.

pub(crate) mod body;
mod description;
mod entity;
mod fields;
mod identifier;
pub(crate) mod list;
mod operation;
pub(crate) mod page;
mod refusal;
mod request;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::{Author, Directory, DirectoryRepository, EndUser, Surface};
use runtime::clock::Reading;
use soap::{CONTENT_TYPE, Envelope};

use crate::basic::{BasicError, sign_in_administrator};
use crate::headers;
use crate::passwords::HashQueue;
use crate::registrations::Registrations;
use crate::throttle::Throttle;

pub use description::OPERATIONS;

/// Requests at a time, and a second from one address.
const AT_A_TIME: usize = 8;
const PER_SECOND: u32 = 25;

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows; none is SQL's NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Why a query has no answer. The text is for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryError {
    /// The query is wrong, or asks for what it may not.
    Refused(String),
    /// The query asks for too much.
    Limit(String),
    /// The database cannot answer now.
    Unavailable(String),
}

/// The read-only queries of `run sql`.
#[async_trait]
pub trait Queries: Send + Sync {
    /// Runs one query, which can neither write nor reach a secret.
    async fn query(&self, sql: &str) -> Result<Rows, QueryError>;
}

/// What the interface works on.
pub struct Axl {
    /// Signs in, with the lock-out that all web services share.
    pub server: Arc<AuthorizationServer>,
    /// Compares passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// Hashes new ones.
    pub hashes: Arc<HashQueue>,
    /// The devices that are registered with this node.
    pub registrations: Arc<dyn Registrations>,
    /// Gives the directory as the node has it: for signing in, which works while the database is away.
    pub directory: Box<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// What operations read and write.
    pub repository: Arc<dyn DirectoryRepository>,
    /// What `executeSQLQuery` asks.
    pub queries: Arc<dyn Queries>,
    /// The address of the interface, as the WSDL names it: scheme, host and port, without a slash behind.
    pub address: String,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

/// Whoever asks, and from where.
struct Caller {
    author: Author,
    source: IpAddr,
    now: Instant,
}

struct Service {
    axl: Axl,
    throttle: Throttle,
}

/// The interface at `/axl/`, and its description.
pub fn router(axl: Axl) -> Router {
    let service = Arc::new(Service { axl, throttle: Throttle::new(AT_A_TIME, PER_SECOND) });
    Router::new()
        .route(soap::axl::PATH, get(working).post(post))
        .route("/axl", get(working).post(post))
        .route("/axl/AXLAPI.wsdl", get(description::latest_wsdl))
        .route("/axl/AXLSoap.xsd", get(description::latest_schema))
        .route("/axl/{version}/AXLAPI.wsdl", get(description::wsdl))
        .route("/axl/{version}/AXLSoap.xsd", get(description::schema))
        .layer(middleware::map_response(headers::add))
        .with_state(service)
}

/// A browser's or a client's question whether there is an interface, and whether its user may use it.
async fn working(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: axum::http::HeaderMap,
) -> Response {
    match service.admit(peer, &headers).await {
        Ok(_) => page::WORKING.into_response(),
        Err(refused) => refused,
    }
}

async fn post(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (user, _place) = match service.admit(peer, &parts.headers).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused,
    };
    let read = match body::read(&parts.headers, body).await {
        Ok(body) => request::AxlRequest::read(&parts.headers, &body),
        Err(refused) => return refused.into_response(),
    };
    let request = match read {
        Ok(request) => request,
        Err(request::RequestError::Version) => return page::UNKNOWN_VERSION.into_response(),
        Err(request::RequestError::Fault(fault)) => {
            return message(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_envelope());
        }
    };
    let author = Author { name: user.user_id.to_string(), surface: Surface::Axl };
    let caller = Caller { author, source: peer.ip(), now: (service.axl.clock)().monotonic };
    match operation::run(&service.axl, &caller, &request).await {
        Ok(entry) => message(StatusCode::OK, &Envelope::new(request.answer(entry))),
        Err(refusal) => {
            let operation = request.operation();
            tracing::info!(user = %caller.author.name, operation, code = refusal.code, event = "axl_refused");
            let fault = refusal.to_fault(operation);
            message(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_envelope())
        }
    }
}

impl Service {
    async fn admit(
        &self,
        peer: SocketAddr,
        headers: &axum::http::HeaderMap,
    ) -> Result<(Arc<EndUser>, tokio::sync::OwnedSemaphorePermit), Response> {
        let axl = &self.axl;
        let judges = (axl.server.as_ref(), axl.passwords.as_ref());
        admit(&self.throttle, judges, &(axl.directory)(), headers, (peer.ip(), (axl.clock)().monotonic)).await
    }
}

/// Lets in who may use the programming interfaces. The place is kept until the answer is written.
pub(crate) async fn admit(
    throttle: &Throttle,
    judges: (&AuthorizationServer, &dyn PasswordVerifier),
    directory: &Directory,
    headers: &axum::http::HeaderMap,
    (source, now): (IpAddr, Instant),
) -> Result<(Arc<EndUser>, tokio::sync::OwnedSemaphorePermit), Response> {
    let place = throttle.admit_address(source, now).map_err(|error| page::busy(error.retry_after))?;
    let user = match sign_in_administrator(judges, directory, headers, (source, now)).await {
        Ok(user) => Arc::new(user.clone()),
        Err(BasicError::Unauthorized) => return Err(page::unauthorized()),
        Err(BasicError::Forbidden) => return Err(page::FORBIDDEN.into_response()),
        Err(BasicError::Locked { retry_after }) => return Err(page::locked(retry_after)),
        Err(BasicError::Unavailable) => return Err(page::busy(u64::from(crate::basic::BUSY_SECONDS))),
    };
    Ok((user, place))
}

pub(crate) fn message(status: StatusCode, envelope: &Envelope) -> Response {
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], envelope.to_document()).into_response()
}
