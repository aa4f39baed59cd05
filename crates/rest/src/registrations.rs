//! Which phones are registered, and the end of a registration.
//!
//! Our choice: each node ends its own. A phone that is registered with another node is refused with that node's name.

use std::collections::HashMap;

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use web::registrations::Reset;

use crate::context::{Context, answer};
use crate::page::{Listing, Page};
use crate::problem::{Kind, Problem};
use crate::query::Parameter;
use crate::route::{Route, schema};

const TAG: &str = "Registrations";
const MEMBERS: &[&str] = &["device", "node"];
const RESETS: [(&str, Reset); 3] =
    [("reset", Reset::Reset), ("restart", Reset::Restart), ("apply", Reset::ApplyConfiguration)];

/// A phone that is registered.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    /// Its name.
    device: String,
    /// The node that it is registered with.
    node: String,
    /// Since when, in seconds since 1970.
    since: u64,
    /// Its address as the node sees it, where the node is the one that answers: of a phone outside, that of Expressway-C.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<String>,
}

pub(crate) fn routes() -> Vec<Route> {
    let device =
        json!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]*$" });
    let list = Route::new(Method::GET, "/registrations", "listRegistrations", list)
        .about(TAG, "List registrations", "The phones that are registered with any node of the cluster.")
        .for_scope(ApiScope::Read)
        .with_query(Listing::parameters(MEMBERS))
        .answering(StatusCode::OK, "A page.", Page::schema("Registration"));
    let get = Route::new(Method::GET, "/registrations/{device}", "getRegistration", get)
        .about(TAG, "Read a registration", "With which node a phone is registered, and since when.")
        .for_scope(ApiScope::Read)
        .in_path("device", "The phone's name.", device.clone())
        .answering(StatusCode::OK, "The registration.", schema("Registration"));
    let modes = json!({ "type": "string", "enum": RESETS.map(|(word, _)| word), "default": "reset" });
    let end = Route::new(Method::DELETE, "/registrations/{device}", "endRegistration", end)
        .about(
            TAG,
            "End a registration",
            "The phone comes back by itself with what is set now. Each node ends its own: one that is registered with another node \
             is refused with that node's name.",
        )
        .for_scope(ApiScope::Control)
        .in_path("device", "The phone's name.", device)
        .with_query([Parameter::new("mode", "What the phone is told: to start anew, to register anew, or to take over what is set.", modes)])
        .answering_nothing(StatusCode::NO_CONTENT, "It ends.")
        .refusing([StatusCode::CONFLICT]);
    vec![list, get, end]
}

async fn all(context: &Context) -> Result<Vec<Registration>, Problem> {
    let located = context.rest.repository.device_locations().await;
    let located = located.map_err(|error| Problem::of_repository(error, &[]))?;
    let own = &context.rest.registrations;
    let here: HashMap<_, _> = own.all().into_iter().map(|one| (one.device.to_string(), one)).collect();
    let elsewhere = located.into_iter().filter(|one| one.node != *own.node());
    // What this node knows of its own is newer than what was noted of it.
    let mut registrations: Vec<_> = elsewhere
        .filter(|one| !here.contains_key(one.device.as_str()))
        .map(|one| Registration {
            device: one.device.to_string(),
            node: one.node.to_string(),
            since: one.since,
            address: None,
        })
        .collect();
    registrations.extend(here.into_iter().map(|(device, one)| Registration {
        device,
        node: own.node().to_string(),
        since: one.since,
        address: Some(one.address.to_string()),
    }));
    Ok(registrations)
}

async fn find(context: &Context) -> Result<Registration, Problem> {
    let wanted = context.part(0);
    let found = all(context).await?.into_iter().find(|one| one.device.eq_ignore_ascii_case(wanted));
    found.ok_or_else(|| Problem::new(Kind::NotFound, "no phone of this name is registered"))
}

async fn list(context: Context) -> Result<Response, Problem> {
    let listing = Listing::read(&context.query, MEMBERS)?;
    let items = all(&context).await?.into_iter().map(|one| serde_json::to_value(one).unwrap_or_default());
    let items: Vec<Value> = items.filter(|item| listing.admits(item)).collect();
    Ok(answer(StatusCode::OK, &listing.cut(items, "device")))
}

async fn get(context: Context) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &find(&context).await?))
}

async fn end(context: Context) -> Result<Response, Problem> {
    let reset = context.query.word("mode", &RESETS)?.unwrap_or(Reset::Reset);
    let registration = find(&context).await?;
    let own = &context.rest.registrations;
    if registration.node != own.node().as_str() {
        let detail = format!("{} is registered with {}: end it there", registration.device, registration.node);
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let device = registration.device.parse().map_err(|_| Problem::unavailable())?;
    let detail = if own.end(&device, reset) { "its registration ends" } else { "it is not registered" };
    context.audit(reset.word(), format!("Phone \"{device}\""), detail).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
