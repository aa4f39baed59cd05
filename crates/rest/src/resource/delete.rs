//! The end of an object that nothing uses.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Resource, at_item, find, item, privileged};
use crate::context::Context;
use crate::problem::Problem;
use crate::query::Parameter;
use crate::route::Route;

pub(super) fn route<R: Resource>() -> Route {
    let words = R::WORDS;
    let description = format!("{} One that others use is refused, with one of those who use it.", words.about);
    let route = Route::new(Method::DELETE, item::<R>(), format!("delete{}", words.id), delete::<R>)
        .about(words.tag, format!("Delete a {}", words.one), description)
        .for_scope(ApiScope::Write(R::AREA))
        .with_query([Parameter::dry_run()])
        .conditional()
        .answering_nothing(StatusCode::NO_CONTENT, "It is gone, or would be (`dry_run`).")
        .refusing([StatusCode::CONFLICT]);
    at_item::<R>(route)
}

async fn delete<R: Resource>(context: Context) -> Result<Response, Problem> {
    let directory = context.directory().await?;
    let (object, version) = find::<R>(&directory, context.part(0))?;
    let key = R::key(&object);
    let precondition = context.if_match()?.precondition(version, &key.to_string())?;
    privileged::<R>(&context, Some(&object), None)?;
    let refused = |error| Problem::of_repository(error, R::FIELDS);
    if context.query.is_on("dry_run")? {
        directory.check_remove(&key, precondition).map_err(refused)?;
    } else {
        context.rest.repository.remove(&context.author(), key, precondition).await.map_err(refused)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
