//! The OpenAPI 3.1 document: the table of addresses, written out, with the schemas of what goes over the wire.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::context::{Context, answer};
use crate::problem::{self, Problem};
use crate::query::Parameter;
use crate::route::{Access, Route, schema};
use crate::{
    PREFIX, api, audit, call_records, happening, node_state, parameters, registrations, resource, tokens, webhooks,
};

/// The address of the document.
pub(crate) fn route() -> Route {
    Route::new(Method::GET, "/openapi.json", "getOpenApiDocument", get)
        .about("Document", "Read this document", "The OpenAPI 3.1 document of the interface.")
        .answering(StatusCode::OK, "The document.", json!({ "type": "object" }))
}

async fn get(context: Context) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &document(&api::routes(), &context.rest.address)))
}

pub(crate) fn document(routes: &[Route], address: &str) -> Value {
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(route.path.clone()).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(route.method.as_str().to_ascii_lowercase(), operation(route));
        }
    }
    let mut tags: Vec<&str> = Vec::new();
    for route in routes {
        if !tags.contains(&route.tag) {
            tags.push(route.tag);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringbearer",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What an administrator sets and sees of a cluster in SIP OAuth mode.",
            "description": ABOUT,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": format!("{address}{PREFIX}"), "description": "This node." }],
        "tags": tags.into_iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "responses": { "Problem": refused() },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": format!("An API token. Its scopes: {}.", scopes()),
                },
                "password": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "An end user with the role Standard AXL API Access, to make a token.",
                },
            },
        },
    })
}

const ABOUT: &str = "An object's ETag is its version: read it, and send it in If-Match with a change, which is refused with 412 \
    when somebody else was there first and with 428 without it. PATCH takes a merge patch (RFC 7396). A list is read page by page, \
    with the `next` of one as the `cursor` of the following. A refusal is a problem document (RFC 9457), whose `type` does not \
    change. A POST with an Idempotency-Key is carried out once, however often it is sent to the same node within a day.";

fn scopes() -> String {
    ApiScope::all().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ")
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = route.path_parameters.iter().map(|one| parameter(one, "path", true)).collect();
    parameters.extend(route.query.iter().map(|one| parameter(one, "query", false)));
    parameters.extend(header_parameters(route));
    let mut responses = Map::new();
    for answer in &route.answers {
        responses.insert(answer.status.as_str().to_owned(), answered(answer));
    }
    for status in route.all_refusals() {
        let refused = json!({ "$ref": "#/components/responses/Problem" });
        responses.entry(status.as_str().to_owned()).or_insert(refused);
    }
    let too_long = "The address or the header fields are too long (RFC 6585 §5); the body is empty.";
    responses.insert("431".into(), json!({ "description": too_long }));
    let mut operation = json!({
        "tags": [route.tag],
        "operationId": route.id,
        "summary": route.summary,
        "description": described(route),
        "parameters": parameters,
        "responses": responses,
        "security": security(route.access),
    });
    if let (Some(body), Value::Object(members)) = (&route.body, &mut operation) {
        let content = json!({ body.media_type: { "schema": body.schema } });
        let body = json!({ "required": true, "description": body.description, "content": content });
        members.insert("requestBody".into(), body);
    }
    operation
}

fn described(route: &Route) -> String {
    match route.access {
        Access::Scope(scope) => format!("{} Needs the scope `{scope}`.", route.description),
        Access::Anybody => format!("{} Anybody may read it.", route.description),
        Access::AnyToken | Access::TokenMaker => route.description.clone(),
    }
}

/// Scopes stand with the scheme, as OpenAPI 3.1 has it for schemes other than OAuth.
fn security(access: Access) -> Value {
    match access {
        Access::Anybody => json!([]),
        Access::Scope(scope) => json!([{ "token": [scope.to_string()] }]),
        Access::AnyToken => json!([{ "token": [] }]),
        Access::TokenMaker => json!([{ "password": [] }, { "token": [ApiScope::Admin.to_string()] }]),
    }
}

fn parameter(parameter: &Parameter, place: &str, required: bool) -> Value {
    json!({
        "name": parameter.name,
        "in": place,
        "required": required,
        "description": parameter.description,
        "schema": parameter.schema,
    })
}

fn header_parameters(route: &Route) -> Vec<Value> {
    let tags = json!({ "type": "string", "pattern": "^(\\*|\"[A-Za-z0-9_-]+\")$" });
    let mut parameters = Vec::new();
    if route.conditional {
        let description = "The ETag of what was read, or * for whatever is there.";
        parameters.push(parameter(&Parameter::new("If-Match", description, tags.clone()), "header", true));
    }
    if route.answers.iter().any(|answer| answer.status == StatusCode::NOT_MODIFIED) {
        let description = "The ETag of what is known already.";
        parameters.push(parameter(&Parameter::new("If-None-Match", description, tags), "header", false));
    }
    if route.id == "followEvents" {
        let schema = json!({ "type": "string", "pattern": "^[0-9a-f-]{1,64}$" });
        let description = "The id of the last event that was heard.";
        parameters.push(parameter(&Parameter::new("Last-Event-ID", description, schema), "header", false));
    }
    if route.idempotent {
        let schema = json!({ "type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 255 });
        let description = "Names the request, so that it is carried out once, however often it is sent.";
        parameters.push(parameter(&Parameter::new("Idempotency-Key", description, schema), "header", false));
    }
    parameters
}

fn answered(answer: &crate::route::Answer) -> Value {
    let mut response = json!({ "description": answer.description });
    let Value::Object(members) = &mut response else { return response };
    if let Some((media_type, schema)) = &answer.body {
        members.insert("content".into(), json!({ *media_type: { "schema": schema } }));
    }
    if !answer.headers.is_empty() {
        let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
        let headers: Map<_, _> =
            answer.headers.iter().map(|(name, about)| ((*name).to_owned(), header(about))).collect();
        members.insert("headers".into(), headers.into());
    }
    response
}

fn refused() -> Value {
    json!({
        "description": "It is refused; nothing was changed.",
        "content": { problem::MEDIA_TYPE: { "schema": schema("Problem") } },
    })
}

fn schemas() -> Value {
    let mut all = resource::schemas();
    add::<problem::Details<'_>>(&mut all);
    add::<parameters::EnterpriseParameter>(&mut all);
    add::<parameters::ParameterValue>(&mut all);
    add::<node_state::RunningSettings>(&mut all);
    add::<registrations::Registration>(&mut all);
    add::<call_records::CallRecord>(&mut all);
    add::<audit::AuditEntry>(&mut all);
    add::<tokens::ListedToken>(&mut all);
    add::<tokens::NewToken>(&mut all);
    add::<happening::Happening>(&mut all);
    add::<happening::LiveCall>(&mut all);
    add::<webhooks::NewWebhook>(&mut all);
    add::<webhooks::ListedWebhook>(&mut all);
    add::<webhooks::DeadLetter>(&mut all);
    let mut schemas = Map::new();
    for (name, schema) in all {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
    for name in resource::patched() {
        let patch = schemas.get(&name).map(patch_of).unwrap_or_default();
        schemas.insert(format!("{name}Patch"), patch);
    }
    schemas.into()
}

fn add<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(all);
}

/// A merge patch of an object: every member may be left out, and what has a default may be null.
fn patch_of(schema: &Value) -> Value {
    let mut patch = schema.clone();
    let needed = schema.get("required").cloned().unwrap_or_default();
    let needs = |name: &str| needed.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    if let Some(members) = patch.as_object_mut() {
        members.remove("required");
        members.insert("description".into(), "The members that change (RFC 7396).".into());
    }
    if let Some(properties) = patch.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties.iter_mut() {
            if !needs(name) {
                let or_null = json!({ "anyOf": [property.clone(), { "type": "null" }] });
                *property = or_null;
            }
        }
    }
    patch
}
