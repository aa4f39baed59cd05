//! One object, with its ETag.

use authorization::ApiScope;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Resource, at_item, find, item, represent, schema_of};
use crate::context::{Context, answer_tagged};
use crate::precondition::{etag, is_known};
use crate::problem::Problem;
use crate::route::Route;

pub(super) fn route<R: Resource>() -> Route {
    let words = R::WORDS;
    let route = Route::new(Method::GET, item::<R>(), format!("get{}", words.id), read::<R>)
        .about(words.tag, format!("Read a {}", words.one), format!("{} Its ETag is what a change needs.", words.about))
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The object.", schema_of::<R>())
        .with_header("ETag", "The version of the object, for If-Match.")
        .answering_nothing(StatusCode::NOT_MODIFIED, "It is still what If-None-Match says.");
    at_item::<R>(route)
}

async fn read<R: Resource>(context: Context) -> Result<Response, Problem> {
    let directory = context.directory().await?;
    let (object, version) = find::<R>(&directory, context.part(0))?;
    if is_known(&context.headers, &version.0.to_string())? {
        let headers: [(_, HeaderValue); 1] = [(header::ETAG, etag(version))];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok(answer_tagged(StatusCode::OK, etag(version), &represent::<R>(&object, Some(version), &directory)))
}
