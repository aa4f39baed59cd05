//! Enterprise parameters. The ETag of one is a digest of its value, so that it is changed only where it was read.

use authorization::{ApiArea, ApiScope};
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::{Access, Directory, ParameterKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::context::{Context, answer, answer_tagged};
use crate::precondition::{is_known, quoted};
use crate::problem::Problem;
use crate::query::Parameter as QueryParameter;
use crate::route::{Route, schema};

const TAG: &str = "Enterprise parameters";

/// An enterprise parameter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnterpriseParameter {
    /// Its name in the database.
    name: &'static str,
    /// Its label on the page.
    label: &'static str,
    /// Its group on the page.
    group: String,
    /// Its value as the database has it: 0 and 1 for switches.
    value: String,
    /// The value as the page shows it.
    shown: String,
    /// The value while nothing is set.
    default: &'static str,
    /// What it does.
    help: &'static str,
    /// The command that sets it, when nothing else does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    set_by: Option<&'static str>,
    /// The values that it takes, where they are few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Choice>,
}

/// A value of a parameter.
#[derive(Serialize, ToSchema)]
pub(crate) struct Choice {
    /// As the database has it.
    value: &'static str,
    /// As the page shows it.
    shown: &'static str,
}

/// A new value.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParameterValue {
    /// The value, as the database has it or as the page shows it.
    #[schema(max_length = 4096)]
    value: String,
}

pub(crate) fn routes() -> Vec<Route> {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 64 });
    let in_path = |route: Route| route.in_path("name", "The parameter's name in the database.", name.clone());
    let list = Route::new(Method::GET, "/parameters", "listEnterpriseParameters", list)
        .about(TAG, "List enterprise parameters", "All of them, in the order of the page.")
        .for_scope(ApiScope::Read)
        .answering(
            StatusCode::OK,
            "The parameters.",
            json!({
                "type": "object",
                "required": ["items", "total"],
                "properties": {
                    "items": { "type": "array", "items": schema("EnterpriseParameter") },
                    "total": { "type": "integer", "minimum": 0 },
                },
            }),
        );
    let get = Route::new(Method::GET, "/parameters/{name}", "getEnterpriseParameter", get)
        .about(
            TAG,
            "Read an enterprise parameter",
            "Its value, its default and what it does. Its ETag is what a change needs.",
        )
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The parameter.", schema("EnterpriseParameter"))
        .with_header("ETag", "What the value is, for If-Match.")
        .answering_nothing(StatusCode::NOT_MODIFIED, "It is still what If-None-Match says.");
    let put = Route::new(Method::PUT, "/parameters/{name}", "setEnterpriseParameter", put)
        .about(TAG, "Set an enterprise parameter", "One that only a command sets is refused, with the command.")
        .for_scope(ApiScope::Write(ApiArea::Parameters))
        .with_query([QueryParameter::dry_run()])
        .taking(crate::json::MEDIA_TYPE, "The new value.", schema("ParameterValue"))
        .conditional()
        .answering(
            StatusCode::OK,
            "The parameter as it is now, or would be (`dry_run`).",
            schema("EnterpriseParameter"),
        )
        .with_header("ETag", "What the value is, for If-Match.")
        .refusing([StatusCode::UNPROCESSABLE_ENTITY]);
    vec![list, in_path(get), in_path(put)]
}

fn find(name: &str) -> Result<&'static directory::Parameter, Problem> {
    let known = directory::Parameter::find(name);
    known.ok_or_else(|| Problem::new(crate::problem::Kind::NotFound, "there is no such enterprise parameter"))
}

fn represent(parameter: &'static directory::Parameter, value: &str) -> EnterpriseParameter {
    let set_by = match parameter.access {
        Access::SetBy(command) => Some(command),
        Access::Writable => None,
    };
    let choices = match parameter.kind {
        ParameterKind::Choice(choices) => choices.iter().map(|(value, shown)| Choice { value, shown }).collect(),
        ParameterKind::Number { .. } | ParameterKind::Text { .. } => Vec::new(),
    };
    EnterpriseParameter {
        name: parameter.name,
        label: parameter.label,
        group: parameter.group.to_string(),
        value: value.to_owned(),
        shown: parameter.shown(value).to_owned(),
        default: parameter.default,
        help: parameter.help,
        set_by,
        choices,
    }
}

fn tag(value: &str) -> String {
    let hash = digest(&SHA256, value.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..12).unwrap_or_default())
}

fn etag(value: &str) -> HeaderValue {
    quoted(&tag(value))
}

fn value_of<'d>(directory: &'d Directory, parameter: &'static directory::Parameter) -> &'d str {
    directory.parameters().get(parameter)
}

async fn list(context: Context) -> Result<Response, Problem> {
    let directory = context.directory().await?;
    let items: Vec<_> = directory.parameters().iter().map(|(parameter, value)| represent(parameter, value)).collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &crate::page::Page { items, next: None, total }))
}

async fn get(context: Context) -> Result<Response, Problem> {
    let parameter = find(context.part(0))?;
    let directory = context.directory().await?;
    let value = value_of(&directory, parameter);
    if is_known(&context.headers, &tag(value))? {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag(value))]).into_response());
    }
    Ok(answer_tagged(StatusCode::OK, etag(value), &represent(parameter, value)))
}

async fn put(context: Context) -> Result<Response, Problem> {
    let given: ParameterValue = context.read()?;
    let parameter = find(context.part(0))?;
    let directory = context.directory().await?;
    let before = value_of(&directory, parameter);
    if !context.if_match()?.holds(&tag(before)) {
        return Err(Problem::changed(parameter.label));
    }
    let refused = |violation| Problem::of_violation(&violation, &[(parameter.label, "value")]);
    parameter.check_writable().map_err(refused)?;
    let value = parameter.parse(&given.value).map_err(refused)?;
    if context.query.is_on("dry_run")? {
        return Ok(answer(StatusCode::OK, &represent(parameter, &value)));
    }
    let author = context.author();
    let replacing = context.rest.repository.replace_parameter(&author, parameter.name, before, &value);
    if !replacing.await.map_err(|error| Problem::of_repository(error, &[]))? {
        return Err(Problem::changed(parameter.label));
    }
    Ok(answer_tagged(StatusCode::OK, etag(&value), &represent(parameter, &value)))
}
