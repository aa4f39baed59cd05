//! Webhooks: where the cluster says what happens, signed as Standard Webhooks has it.

mod address;
mod delivery;
mod signature;

use authorization::{ApiArea, ApiScope};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{EventKind, Version, Webhook, WebhookChange};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use token::Uuid;
use utoipa::ToSchema;

use crate::PREFIX;
use crate::context::{Context, answer, answer_tagged};
use crate::json;
use crate::page::Page;
use crate::precondition::{IfMatch, etag};
use crate::problem::{Kind, Problem};
use crate::route::{Route, schema};

pub(crate) use delivery::{DeadLetter, Deliveries, run};

const TAG: &str = "Webhooks";
const FIELDS: &[(&str, &str)] = &[("Name", "name"), ("URL", "url"), ("Kinds", "kinds")];
const SCOPE: ApiScope = ApiScope::Write(ApiArea::Webhooks);

/// A webhook to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewWebhook {
    /// A name that no other webhook has.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// Where it is told: https, or http to this machine; not link-local.
    #[schema(min_length = 1, max_length = 2048, format = "uri")]
    url: String,
    /// Of what it is told.
    #[schema(schema_with = kinds)]
    kinds: Vec<String>,
    /// Whether it is told anything now.
    #[serde(default = "active")]
    #[schema(default = true, required = false)]
    active: bool,
}

/// A webhook as it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub(crate) struct ListedWebhook {
    /// Which.
    #[schema(format = "uuid", value_type = String)]
    id: String,
    /// Its name.
    name: String,
    /// Where it is told.
    url: String,
    /// Of what it is told.
    #[schema(schema_with = kinds)]
    kinds: Vec<&'static str>,
    /// Whether it is told anything now.
    active: bool,
    /// The secret of its signatures, in the answer to its making and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

fn kinds() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::words_at_least_one(EventKind::ALL)
}

fn active() -> bool {
    true
}

impl ListedWebhook {
    fn of(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            kinds: webhook.kinds.iter().map(|kind| kind.word()).collect(),
            active: webhook.active,
            secret: None,
        }
    }
}

pub(crate) fn routes() -> Vec<Route> {
    let id = json!({ "type": "string", "format": "uuid" });
    let about = "A webhook is told of what happens on every node, by POST, signed as Standard Webhooks has it.";
    let list = Route::new(Method::GET, "/webhooks", "listWebhooks", list)
        .about(TAG, "List webhooks", about)
        .for_scope(SCOPE)
        .answering(StatusCode::OK, "The webhooks.", Page::schema("Webhook"));
    let create = Route::new(Method::POST, "/webhooks", "createWebhook", create)
        .about(TAG, "Make a webhook", format!("{about} The secret of its signatures is in the answer, once."))
        .for_scope(SCOPE)
        .taking(json::MEDIA_TYPE, "What it is to be.", schema("NewWebhook"))
        .idempotent()
        .showing_a_secret()
        .answering(
            StatusCode::CREATED,
            "It was made. This is the one time that its secret is shown.",
            schema("Webhook"),
        )
        .with_header("ETag", "The version of the webhook, for If-Match.")
        .with_header("Location", "The address of the webhook.");
    let get = Route::new(Method::GET, "/webhooks/{id}", "getWebhook", get)
        .about(TAG, "Read a webhook", about)
        .for_scope(SCOPE)
        .in_path("id", "The webhook.", id.clone())
        .answering(StatusCode::OK, "The webhook.", schema("Webhook"))
        .with_header("ETag", "The version of the webhook, for If-Match.");
    let put = Route::new(Method::PUT, "/webhooks/{id}", "replaceWebhook", put)
        .about(TAG, "Replace a webhook", format!("{about} It keeps its secret."))
        .for_scope(SCOPE)
        .in_path("id", "The webhook.", id.clone())
        .taking(json::MEDIA_TYPE, "What it is to be.", schema("NewWebhook"))
        .conditional()
        .answering(StatusCode::OK, "The webhook as it is now.", schema("Webhook"))
        .with_header("ETag", "The version of the webhook, for If-Match.")
        .refusing([StatusCode::UNPROCESSABLE_ENTITY]);
    let delete = Route::new(Method::DELETE, "/webhooks/{id}", "deleteWebhook", delete)
        .about(TAG, "Delete a webhook", "It is told nothing more; what waits for it is dropped.")
        .for_scope(SCOPE)
        .in_path("id", "The webhook.", id.clone())
        .conditional()
        .answering_nothing(StatusCode::NO_CONTENT, "It is gone.");
    let dead = Route::new(Method::GET, "/webhooks/{id}/dead-letters", "listDeadLetters", dead)
        .about(
            TAG,
            "List a webhook's dead letters",
            "The messages that this node gave up since it started, the last 100, newest first: after five tries, or at an answer that \
             says that it is no use.",
        )
        .for_scope(SCOPE)
        .in_path("id", "The webhook.", id)
        .answering(StatusCode::OK, "The dead letters.", Page::schema("DeadLetter"));
    vec![list, create, get, put, delete, dead]
}

async fn all(context: &Context) -> Result<Vec<(Webhook, Version)>, Problem> {
    context.rest.webhooks.webhooks().await.map_err(refused)
}

fn refused(error: directory::RepositoryError) -> Problem {
    Problem::of_repository(error, FIELDS)
}

fn absent() -> Problem {
    Problem::new(Kind::NotFound, "there is no such webhook")
}

fn id(context: &Context) -> Result<Uuid, Problem> {
    context.part(0).parse().map_err(|_| Problem::parameter("id", "only a UUID is allowed"))
}

async fn find(context: &Context) -> Result<(Webhook, Version), Problem> {
    let id = id(context)?;
    all(context).await?.into_iter().find(|(webhook, _)| webhook.id == id).ok_or_else(absent)
}

fn compose(context: &Context, id: Uuid) -> Result<Webhook, Problem> {
    let given: NewWebhook = context.read()?;
    let violated = |violation| Problem::of_violation(&violation, FIELDS);
    address::check(&given.url, &context.rest.webhook_addresses).map_err(violated)?;
    let mut kinds = Vec::new();
    for word in &given.kinds {
        let unknown =
            || Problem::new(Kind::InvalidBody, format!("kinds: \"{word}\" is none of registration, call, refusal"));
        let kind = EventKind::from_word(word).ok_or_else(unknown)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let webhook = Webhook { id, name: given.name, url: given.url, kinds, active: given.active };
    webhook.validate().map_err(violated)?;
    Ok(webhook)
}

async fn list(context: Context) -> Result<Response, Problem> {
    let items: Vec<_> = all(&context).await?.iter().map(|(webhook, _)| ListedWebhook::of(webhook)).collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &Page { items, next: None, total }))
}

async fn create(context: Context) -> Result<Response, Problem> {
    let id = uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid();
    let webhook = compose(&context, id)?;
    let secret: [u8; 32] = runtime::random::bytes();
    context.rest.webhooks.add_webhook(&context.author(), webhook.clone(), secret.to_vec()).await.map_err(refused)?;
    let version = all(&context).await?.into_iter().find(|(one, _)| one.id == id).map(|(_, version)| version);
    let listed = ListedWebhook { secret: Some(signature::shown(&secret)), ..ListedWebhook::of(&webhook) };
    let mut response = answer(StatusCode::CREATED, &listed);
    if let Some(version) = version {
        response.headers_mut().insert(header::ETAG, etag(version));
    }
    if let Ok(location) = HeaderValue::from_str(&format!("{PREFIX}/webhooks/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn get(context: Context) -> Result<Response, Problem> {
    let (webhook, version) = find(&context).await?;
    Ok(answer_tagged(StatusCode::OK, etag(version), &ListedWebhook::of(&webhook)))
}

/// The version that a change has to find.
async fn expected(context: &Context) -> Result<Option<Version>, Problem> {
    let (webhook, version) = find(context).await?;
    let if_match = context.if_match()?;
    if_match.precondition(version, &format!("Webhook \"{}\"", webhook.name))?;
    Ok((*if_match != IfMatch::Any).then_some(version))
}

fn changed(change: WebhookChange) -> Result<(), Problem> {
    match change {
        WebhookChange::Done => Ok(()),
        WebhookChange::Absent => Err(absent()),
        WebhookChange::Changed => Err(Problem::changed("the webhook")),
    }
}

async fn put(context: Context) -> Result<Response, Problem> {
    let webhook = compose(&context, id(&context)?)?;
    let version = expected(&context).await?;
    let change = context.rest.webhooks.change_webhook(&context.author(), webhook, version).await;
    changed(change.map_err(refused)?)?;
    get(context).await
}

async fn delete(context: Context) -> Result<Response, Problem> {
    let version = expected(&context).await?;
    let change = context.rest.webhooks.remove_webhook(&context.author(), id(&context)?, version).await;
    changed(change.map_err(refused)?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn dead(context: Context) -> Result<Response, Problem> {
    let (webhook, _) = find(&context).await?;
    let items: Vec<Value> = context
        .rest
        .kept
        .deliveries
        .dead(webhook.id)
        .into_iter()
        .map(|letter: DeadLetter| serde_json::to_value(letter).unwrap_or_default())
        .collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &Page { items, next: None, total }))
}
