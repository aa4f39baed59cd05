//! Expressway-C's HTTP side: what comes through the tunnel.
//!
//! The order of the checks: the target ([`crate::target`], read anew), the domain, MRA access control
//! (`access_control`), who asks (`authorization`), and only then the answer: `get_edge_config` (`edge_config`) and
//! `get_edge_sso` (`edge_sso`) from what C knows, all else from the node that the prefix names (`proxy`), if
//! discovery found it.
//!
//! Our choice: no session cookie. Each request brings its credentials, so nothing has to be revoked here.

mod access_control;
mod authorization;
mod edge_config;
mod edge_sso;
mod nodes;
mod proxy;
mod rewrite;
mod view;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::expressway_e::CLIENT;
use crate::problem::problem;
use crate::target::{Prefix, Resource, Target};
use access_control::Refusal;
use authorization::{Asker, Authorizer};
use nodes::Nodes;

pub use view::{EdgeServer, ExpresswayCView, UnifiedCmNode};

/// The value of Server, as clients of such edges know it.
const SERVER: &str = "CE_C ECS";

/// What C states to a node of the client of a request.
pub(crate) const CLIENT_STATEMENT: HeaderName = HeaderName::from_static("x-ringbearer-edge-client");

/// The longest body that comes through.
const BODY: usize = 32 * 1024;

pub(crate) struct ExpresswayC {
    view: Arc<dyn ExpresswayCView>,
    nodes: Nodes,
    authorizer: Authorizer,
}

/// Everything that C answers in the tunnel: hand it to [`tunnel::serve`](crate::tunnel::serve) with each connection.
pub fn router(view: Arc<dyn ExpresswayCView>) -> Router {
    let state = ExpresswayC { view, nodes: Nodes::default(), authorizer: Authorizer::default() };
    Router::new().fallback(answer).with_state(Arc::new(state))
}

async fn answer(State(core): State<Arc<ExpresswayC>>, request: Request) -> Response {
    let client = client(request.headers());
    let mut response = core.decide(request, &client).await;
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static(SERVER));
    response
}

impl ExpresswayC {
    async fn decide(&self, request: Request, client: &str) -> Response {
        let target = match Target::parse(request.method(), request.uri()) {
            Ok(target) => target,
            Err(error) => return self.refuse(client, error.reason(), "the edge has nothing by that name"),
        };
        if !self.view.serves(target.prefix.domain()) {
            return self.refuse(client, "unknown_domain", "the edge does not serve that domain");
        }
        let settings = self.view.access_control();
        if let Err(refusal) = access_control::admits_request(&settings, &target) {
            return self.forbid(client, refusal);
        }
        let (head, body) = request.into_parts();
        let asker = match target.resource.wants_authorization() {
            false => None,
            true => match self.authorizer.authorize(self, &settings, &head.headers, client).await {
                Ok(asker) => Some(asker),
                Err(failure) => return failure.answer(client, &settings),
            },
        };
        if let (Some(asker), Resource::DeviceFile(device)) = (&asker, &target.resource)
            && let Err(refusal) = access_control::admits_device(asker, device)
        {
            return self.forbid(client, refusal);
        }
        let who = asker.as_ref().map_or("", Asker::user);
        match &target.prefix {
            Prefix::Domain(domain) if target.resource == Resource::EdgeConfig => {
                tracing::info!(%client, user = %who, "edge configuration told");
                edge_config::answer(self.view.as_ref(), domain, target.query.as_deref())
            }
            Prefix::Domain(domain) => edge_sso::answer(self, &settings, domain, target.query.as_deref()).await,
            Prefix::Node(node) => {
                let Ok(body) = axum::body::to_bytes(body, BODY).await else {
                    return problem(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", "no form is that long");
                };
                proxy::pass_on(self, node, &target, &head, body, (client, asker.as_ref())).await
            }
        }
    }

    /// The fields that state to a node where a request comes from.
    fn statements(&self, client: &str) -> HeaderMap {
        let address = client.parse::<std::net::SocketAddr>();
        let statements = address.map(|address| self.view.client_statements(address.ip())).unwrap_or_default();
        statements.into_iter().map(|statement| (CLIENT_STATEMENT, statement)).collect()
    }

    fn refuse(&self, client: &str, reason: &str, detail: &str) -> Response {
        tracing::info!(target: "security", %client, reason, "edge http request refused");
        problem(StatusCode::FORBIDDEN, reason, detail)
    }

    fn forbid(&self, client: &str, refusal: Refusal) -> Response {
        self.refuse(client, refusal.reason(), refusal.detail())
    }
}

/// The client's address as E wrote it, for logs alone.
fn client(headers: &HeaderMap) -> String {
    let address = headers.get(CLIENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    address.parse::<std::net::SocketAddr>().map_or_else(|_| "unknown".to_owned(), |address| address.to_string())
}
