//! The table of addresses as a router: what every request goes through before it is carried out.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use bytes::Bytes;
use token::Uuid;
use web::throttle::Throttle;

use crate::context::Context;
use crate::idempotency::{self, Answers, Known};
use crate::precondition::IfMatch;
use crate::problem::{Kind, Problem};
use crate::query::Query;
use crate::route::Route;
use crate::{PREFIX, Rest, access, document, json};

/// Requests at a time, and a second from one address, before it is known who asks.
const AT_A_TIME: usize = 64;
const PER_SECOND: u32 = 100;
/// Requests at a time and a second of one token.
const OF_A_TOKEN_AT_A_TIME: usize = 64;
const OF_A_TOKEN_PER_SECOND: u32 = 50;

/// Every address.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = vec![document::route()];
    routes.extend(crate::resource::routes());
    routes.extend(crate::parameters::routes());
    routes.extend(crate::node_state::routes());
    routes.extend(crate::registrations::routes());
    routes.extend(crate::call_records::routes());
    routes.extend(crate::happening::routes());
    routes.extend(crate::events::routes());
    routes.extend(crate::audit::routes());
    routes.extend(crate::webhooks::routes());
    routes.extend(crate::tokens::routes());
    routes
}

struct Service {
    rest: Arc<Rest>,
    addresses: Throttle,
    tokens: Throttle<Uuid>,
    answers: Answers,
}

/// A row of the table, and what it works on.
#[derive(Clone)]
struct Endpoint {
    service: Arc<Service>,
    route: Arc<Route>,
}

pub(crate) fn router(routes: Vec<Route>, rest: Arc<Rest>) -> Router {
    let service = Arc::new(Service {
        rest,
        addresses: Throttle::new(AT_A_TIME, PER_SECOND),
        tokens: Throttle::new(OF_A_TOKEN_AT_A_TIME, OF_A_TOKEN_PER_SECOND),
        answers: Answers::default(),
    });
    let mut by_path: BTreeMap<String, Vec<Route>> = BTreeMap::new();
    for route in routes {
        by_path.entry(route.path.clone()).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in by_path {
        let allowed = allowed(&routes);
        let mut methods = MethodRouter::new().fallback(move || std::future::ready(refuse_method(&allowed)));
        for route in routes {
            let Ok(filter) = MethodFilter::try_from(route.method.clone()) else { continue };
            let endpoint = Endpoint { service: Arc::clone(&service), route: Arc::new(route) };
            methods = methods.merge(MethodRouter::new().on(filter, serve).with_state(endpoint));
        }
        router = router.route(&format!("{PREFIX}{path}"), methods);
    }
    let unknown = || async { finish(Problem::new(Kind::NotFound, "there is no such address").into_response()) };
    for path in ["", "/", "/{*rest}"] {
        router = router.route(&format!("{PREFIX}{path}"), axum::routing::any(unknown));
    }
    router
}

fn allowed(routes: &[Route]) -> HeaderValue {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

fn refuse_method(allowed: &HeaderValue) -> Response {
    let methods = allowed.to_str().unwrap_or_default();
    let problem = Problem::new(Kind::MethodNotAllowed, format!("it takes {methods}"));
    finish(problem.with_header(header::ALLOW, allowed.clone()).into_response())
}

async fn serve(
    State(endpoint): State<Endpoint>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    path: RawPathParams,
    request: Request,
) -> Response {
    let path = path.iter().map(|(_, value)| value.to_owned()).collect();
    let answered = endpoint.answer(peer, path, request).await;
    finish(answered.unwrap_or_else(IntoResponse::into_response))
}

impl Endpoint {
    async fn answer(&self, peer: SocketAddr, path: Vec<String>, request: Request) -> Result<Response, Problem> {
        let (service, route) = (&self.service, &self.route);
        let rest = &service.rest;
        let now = (rest.clock)();
        let (parts, body) = request.into_parts();
        let too_many = |error: web::throttle::TooMany| {
            Problem::new(Kind::TooManyRequests, "come back a little later").retry_after(error.retry_after)
        };
        let _place = service.addresses.admit_address(peer.ip(), now.monotonic).map_err(too_many)?;
        let caller = access::identify(rest, route.access, &parts.headers, (peer.ip(), now)).await?;
        let _turn = match caller.token {
            Some(token) => Some(service.tokens.admit(token, now.monotonic).map_err(too_many)?),
            None => None,
        };
        access::permit(route.access, &caller)?;
        if let Some(media_type) = route.media_type() {
            check_accept(&parts.headers, media_type)?;
        }
        let query = Query::read(&parts.uri, &route.query)?;
        let body = match &route.body {
            Some(expected) => json::read_body(&parts.headers, body, expected.media_type).await?,
            None => Bytes::new(),
        };
        let if_match = if route.conditional { Some(IfMatch::read(&parts.headers)?) } else { None };
        let place = match idempotency::key(&parts.headers)?.filter(|_| route.idempotent) {
            Some(key) => {
                let request = idempotency::digest(&parts.method, &parts.uri, &body);
                let who = (caller.token, caller.name.as_str());
                match service.answers.find(who, key, request, now.monotonic)? {
                    Known::Answered(response) => return Ok(response),
                    Known::New(place) => Some(place),
                }
            }
            None => None,
        };
        let headers = parts.headers;
        let rest = Arc::clone(rest);
        let context = Context { rest, caller, now, path, query, headers, body, if_match };
        self.carry_out(context, place).await
    }

    /// What changes something is carried out to its end, also when nobody waits for the answer any more.
    async fn carry_out(&self, context: Context, place: Option<idempotency::Place>) -> Result<Response, Problem> {
        let handled = (self.route.handler)(context);
        if self.route.is_safe() {
            return handled.await;
        }
        let is_secret = self.route.shows_secret;
        let done = tokio::spawn(async move {
            let response = handled.await?;
            Ok(match place {
                Some(place) => place.keep(response, is_secret).await,
                None => response,
            })
        });
        done.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a REST operation did not come to its end");
            Err(Problem::unavailable())
        })
    }
}

/// Whether JSON, or whatever else is sent, is among what is accepted (RFC 9110 §12.5.1).
fn check_accept(headers: &HeaderMap, media_type: &str) -> Result<(), Problem> {
    let kind = media_type.split_once('/').map_or("", |(kind, _)| kind);
    let mut any = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            any = true;
            let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
            let range = range.trim();
            let refused = parameters.split(';').any(|parameter| {
                let weight = parameter.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
                weight == Some(0.0)
            });
            let matches = range == "*/*"
                || range.eq_ignore_ascii_case(media_type)
                || range.strip_suffix("/*").is_some_and(|range| range.eq_ignore_ascii_case(kind));
            if matches && !refused {
                return Ok(());
            }
        }
    }
    match any {
        false => Ok(()),
        true => Err(Problem::new(Kind::NotAcceptable, format!("it is sent as {media_type} only"))),
    }
}

/// What every answer says.
fn finish(mut response: Response) -> Response {
    let fields = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in fields {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if response.status() == StatusCode::NO_CONTENT {
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}
