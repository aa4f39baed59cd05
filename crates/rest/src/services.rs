//! The services of the cluster's nodes: how they are, and their start, stop and restart.
//!
//! Our choice: an answer comes when the act is done, also on another node, if that is within 25 seconds, which is before the server gives
//! a request up; a service is named by one word here.

use std::time::Duration;

use administration::{AdministrationError, NodeServices};
use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::{Service, ServiceAct, ServiceName, ServiceState, StopReason};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::context::{Context, answer};
use crate::page::Page;
use crate::problem::{Kind, Problem};
use crate::route::{Route, schema};

const TAG: &str = "Services";
const SERVICES: [(&str, ServiceName); 3] =
    [("CallManager", ServiceName::CallManager), ("Tftp", ServiceName::Tftp), ("Tomcat", ServiceName::Tomcat)];
const ACTS: [(&str, ServiceAct); 3] =
    [("start", ServiceAct::Start), ("stop", ServiceAct::Stop), ("restart", ServiceAct::Restart)];
/// How long an answer waits for the act.
const PATIENCE: Duration = Duration::from_secs(25);
const STATES: [&str; 3] = ["started", "starting", "stopped"];

/// A service of a node.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Service)]
pub(crate) struct ListedService {
    /// The node.
    node: String,
    /// Which service, as addresses name it.
    #[schema(schema_with = service_words)]
    service: &'static str,
    /// Its name on the pages.
    name: &'static str,
    /// How it is; of a node that is not alive, as it was last.
    #[schema(schema_with = state_words)]
    state: &'static str,
    /// Since when it is so, in seconds since 1970.
    since: u64,
    /// The administrator who stopped it; it stays so until it is started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stopped_by: Option<String>,
    /// Why it does not run, when nobody stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    failure: Option<String>,
    /// Whether the node is alive.
    alive: bool,
}

/// What a service is to do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceOrder {
    /// The act: a restart takes over what is staged.
    #[schema(schema_with = act_words)]
    act: String,
}

fn service_words() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::word(SERVICES.map(|(word, _)| word))
}

fn state_words() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::word(STATES)
}

fn act_words() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::word(ACTS.map(|(word, _)| word))
}

pub(crate) fn routes() -> Vec<Route> {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9._-]+$" });
    let service = json!({ "type": "string", "enum": SERVICES.map(|(word, _)| word) });
    let in_path = |route: Route| {
        let route = route.in_path("name", "The node's name.", name.clone());
        route.in_path("service", "The service.", service.clone())
    };
    let list = Route::new(Method::GET, "/services", "listServices", list)
        .about(TAG, "List services", "The services of every node; those of another node as it noted them last.")
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The services.", Page::schema("Service"));
    let get = Route::new(Method::GET, "/nodes/{name}/services/{service}", "getService", get)
        .about(TAG, "Read a service", "Whether a service of a node runs, since when, and why it does not.")
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The service.", schema("Service"))
        .refusing([StatusCode::CONFLICT]);
    let control = Route::new(Method::POST, "/nodes/{name}/services/{service}/control", "controlService", control)
        .about(
            TAG,
            "Start, stop or restart a service",
            "It is answered when it is done, or after 25 seconds, while it goes on. Calls in progress keep their media; devices register again. What a service cannot do \
             now, or did not manage, is refused with the reason.",
        )
        .for_scope(ApiScope::Control)
        .taking(crate::json::MEDIA_TYPE, "What it is to do.", schema("ServiceOrder"))
        .idempotent()
        .answering(StatusCode::OK, "The service as it is now.", schema("Service"));
    vec![list, in_path(get), in_path(control)]
}

fn listed(node: &NodeServices, service: &Service) -> ListedService {
    let word = SERVICES.iter().find(|(_, name)| *name == service.name).map_or("", |(word, _)| *word);
    let (state, stopped_by, failure) = match &service.state {
        ServiceState::Started => ("started", None, None),
        ServiceState::Starting => ("starting", None, None),
        ServiceState::Stopped(StopReason::Administrator(by)) => ("stopped", Some(by.clone()), None),
        ServiceState::Stopped(StopReason::Failure(reason)) => ("stopped", None, Some(reason.clone())),
    };
    ListedService {
        node: node.node.to_string(),
        service: word,
        name: service.name.as_str(),
        state,
        since: service.since,
        stopped_by,
        failure,
        alive: node.alive,
    }
}

async fn list(context: Context) -> Result<Response, Problem> {
    let nodes = context.rest.administration.services().await.map_err(refusal)?;
    let of_node = |node: &NodeServices| node.services.iter().map(|one| listed(node, one)).collect::<Vec<_>>();
    let items: Vec<ListedService> = nodes.iter().flat_map(of_node).collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &Page { items, next: None, total }))
}

/// The node and the service of the address.
async fn find(context: &Context) -> Result<(NodeServices, ServiceName), Problem> {
    let wanted = context.part(1);
    let service = SERVICES.iter().find(|(word, _)| *word == wanted).map(|(_, service)| *service);
    let service = service.ok_or_else(|| Problem::new(Kind::NotFound, "there is no such service"))?;
    let directory = context.directory().await?;
    let node = directory.node(context.part(0));
    let node = node.ok_or_else(|| Problem::new(Kind::NotFound, "the node does not exist"))?;
    let node = context.rest.administration.node_services(node.name.as_str()).await.map_err(refusal)?;
    Ok((node, service))
}

fn shown((node, service): &(NodeServices, ServiceName)) -> Result<Response, Problem> {
    let found = node.services.iter().find(|one| one.name == *service);
    let found =
        found.ok_or_else(|| Problem::new(Kind::Conflict, "the node has not said how it is: it never started"))?;
    Ok(answer(StatusCode::OK, &listed(node, found)))
}

async fn get(context: Context) -> Result<Response, Problem> {
    shown(&find(&context).await?)
}

async fn control(context: Context) -> Result<Response, Problem> {
    let order: ServiceOrder = context.read()?;
    let act = ACTS.iter().find(|(word, _)| *word == order.act).map(|(_, act)| *act);
    let act = act.ok_or_else(|| not_an_act(&order.act))?;
    let (node, service) = find(&context).await?;
    if !node.alive {
        return Err(refusal(AdministrationError::NoAnswer(node.node)));
    }
    // It is carried out to its end, also when the answer does not wait for that.
    let (administration, author) = (context.rest.administration.clone(), context.author());
    let done = tokio::spawn(async move { administration.control(&author, &node.node, service, act).await });
    match tokio::time::timeout(PATIENCE, done).await {
        Ok(Ok(outcome)) => outcome.map_err(refusal)?,
        Ok(Err(error)) => {
            tracing::error!(%error, "a service was not controlled to the end");
            return Err(Problem::unavailable());
        }
        Err(_) => {
            let detail = "it is not done yet, and goes on: read the service to see how it ends";
            return Err(Problem::new(Kind::Unavailable, detail).retry_after(5));
        }
    }
    shown(&find(&context).await?)
}

fn not_an_act(given: &str) -> Problem {
    let detail = format!("only {} are allowed, not \"{given}\"", ACTS.map(|(word, _)| word).join(", "));
    let error = crate::problem::FieldError {
        pointer: Some("/act".into()),
        field: None,
        rule: "not-a-choice".into(),
        detail: detail.clone(),
    };
    Problem::new(Kind::RuleViolated, detail).with_error(error)
}

/// Why an operation on a service was not done.
fn refusal(error: AdministrationError) -> Problem {
    match error {
        AdministrationError::Repository(error) => Problem::of_repository(error, &[]),
        AdministrationError::UnknownNode(_) => Problem::new(Kind::NotFound, error.to_string()),
        AdministrationError::NoAnswer(_) => Problem::new(Kind::Unavailable, error.to_string()).retry_after(2),
        other => Problem::new(Kind::Conflict, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_and_each_act_has_its_word() {
        assert_eq!(SERVICES.map(|(_, service)| service), ServiceName::ALL);
        for (word, act) in ACTS {
            assert_eq!(ServiceAct::find(word), Some(act));
        }
    }
}
