//! API tokens: made by whoever may use the programming interfaces, shown once, listed and revoked.

use authorization::{ApiScope, ApiToken, ApiTokenSecret, UnixTime};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use token::Uuid;
use utoipa::ToSchema;

use crate::PREFIX;
use crate::context::{Context, answer};
use crate::problem::{Kind, Problem};
use crate::route::{Access, Route, schema};

const TAG: &str = "API tokens";
const FIELDS: &[(&str, &str)] = &[("Name", "name"), ("Scopes", "scopes"), ("Days", "days")];

/// An API token as it is listed. Times are in seconds since 1970.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Token)]
pub(crate) struct ListedToken {
    /// Which.
    #[schema(format = "uuid", value_type = String)]
    id: String,
    /// What its maker calls it.
    name: String,
    /// Whose it is.
    owner: String,
    /// What it may do, as far as its owner may.
    scopes: Vec<String>,
    /// When it was made.
    created: u64,
    /// When it ends.
    expires: u64,
    /// When it was last used, to ten minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_used: Option<u64>,
    /// The token itself, in the answer to its making and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewToken {
    /// A name that its owner has given no other.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// What it may do.
    #[schema(schema_with = scopes)]
    scopes: Vec<String>,
    /// How many days it lives.
    #[serde(default = "days")]
    #[schema(minimum = 1, maximum = 365, default = 90, required = false)]
    days: u32,
}

fn scopes() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    let all: Vec<_> = ApiScope::all().map(|scope| scope.to_string()).collect();
    crate::resource::words_at_least_one(all)
}

fn days() -> u32 {
    ApiToken::DEFAULT_DAYS
}

impl ListedToken {
    fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            owner: token.owner.to_string(),
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            created: token.created.0,
            expires: token.expires.0,
            last_used: token.last_used.map(|at| at.0),
            token: None,
        }
    }
}

pub(crate) fn routes() -> Vec<Route> {
    let id = json!({ "type": "string", "format": "uuid" });
    let tokens = json!({
        "type": "object",
        "required": ["items", "total"],
        "properties": {
            "items": { "type": "array", "items": schema("Token") },
            "total": { "type": "integer", "minimum": 0 },
        },
    });
    let create = Route::new(Method::POST, "/tokens", "createToken", create)
        .about(
            TAG,
            "Make a token",
            "The token is in the answer, once; the cluster keeps a hash. It belongs to whoever asks, who signs in by HTTP Basic with \
             the role Standard AXL API Access, or shows a token with the scope `admin`.",
        )
        .for_whom(Access::TokenMaker)
        .taking(crate::json::MEDIA_TYPE, "What it is to be.", schema("NewToken"))
        .idempotent()
        .showing_a_secret()
        .answering(StatusCode::CREATED, "It was made. This is the one time that it is shown.", schema("Token"))
        .with_header("Location", "The address of the token, for revoking it.");
    let list = Route::new(Method::GET, "/tokens", "listTokens", list)
        .about(TAG, "List tokens", "Every token of the cluster, by owner and name.")
        .for_scope(ApiScope::Admin)
        .answering(StatusCode::OK, "The tokens.", tokens);
    let own = Route::new(Method::GET, "/tokens/self", "getOwnToken", own)
        .about(TAG, "Read the token that asks", "What the token that is shown may do, and until when.")
        .for_whom(Access::AnyToken)
        .answering(StatusCode::OK, "The token.", schema("Token"));
    let end_own = Route::new(Method::DELETE, "/tokens/self", "revokeOwnToken", end_own)
        .about(TAG, "Revoke the token that asks", "It is good for nothing from then on.")
        .for_whom(Access::AnyToken)
        .answering_nothing(StatusCode::NO_CONTENT, "It is revoked.");
    let end = Route::new(Method::DELETE, "/tokens/{id}", "revokeToken", end)
        .about(TAG, "Revoke a token", "It is good for nothing from then on, on every node.")
        .for_scope(ApiScope::Admin)
        .in_path("id", "The token.", id)
        .answering_nothing(StatusCode::NO_CONTENT, "It is revoked.");
    vec![create, list, own, end_own, end]
}

async fn create(context: Context) -> Result<Response, Problem> {
    let given: NewToken = context.read()?;
    let refused = |violation| Problem::of_violation(&violation, FIELDS);
    let scopes =
        given.scopes.iter().map(|scope| scope.parse()).collect::<Result<Vec<ApiScope>, _>>().map_err(refused)?;
    if let Some(beyond) = scopes.iter().find(|scope| !context.caller.may(**scope)) {
        let detail = format!("who makes a token cannot give it the scope {beyond} without having it");
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let id = uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid();
    let owner = context.caller.name.parse().map_err(refused)?;
    let now = UnixTime(context.now.unix_seconds);
    let token = ApiToken::new((id, &given.name, owner), &scopes, given.days, now).map_err(refused)?;
    let secret = ApiTokenSecret::new(runtime::random::bytes());
    let author = context.author();
    let adding = context.rest.tokens.add_api_token(&author, token.clone(), secret.hash());
    adding.await.map_err(|error| Problem::of_repository(error, FIELDS))?;
    let listed = ListedToken { token: Some(secret.expose().to_owned()), ..ListedToken::of(&token) };
    let mut response = answer(StatusCode::CREATED, &listed);
    if let Ok(location) = HeaderValue::from_str(&format!("{PREFIX}/tokens/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn all(context: &Context) -> Result<Vec<ApiToken>, Problem> {
    context.rest.tokens.api_tokens().await.map_err(|error| Problem::of_repository(error, FIELDS))
}

async fn list(context: Context) -> Result<Response, Problem> {
    let items: Vec<_> = all(&context).await?.iter().map(ListedToken::of).collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &crate::page::Page { items, next: None, total }))
}

async fn own(context: Context) -> Result<Response, Problem> {
    let found = all(&context).await?.into_iter().find(|token| Some(token.id) == context.caller.token);
    let token = found.ok_or_else(|| Problem::new(Kind::Unauthorized, "the API token is not good any more"))?;
    Ok(answer(StatusCode::OK, &ListedToken::of(&token)))
}

async fn end_own(context: Context) -> Result<Response, Problem> {
    remove(&context, context.caller.token).await
}

async fn end(context: Context) -> Result<Response, Problem> {
    let id = context.part(0).parse::<Uuid>().map_err(|_| Problem::parameter("id", "only a UUID is allowed"))?;
    remove(&context, Some(id)).await
}

async fn remove(context: &Context, id: Option<Uuid>) -> Result<Response, Problem> {
    let removed = match id {
        Some(id) => {
            let author = context.author();
            let removing = context.rest.tokens.remove_api_token(&author, id);
            removing.await.map_err(|error| Problem::of_repository(error, FIELDS))?
        }
        None => false,
    };
    match removed {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Problem::new(Kind::NotFound, "there is no such token")),
    }
}
