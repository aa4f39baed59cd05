//! A change of an object: all of it, or what a merge patch names.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::{Precondition, RepositoryError};
use serde_json::Value;

use super::{
    Resource, TRIES, at_item, find, is_race, item, keeps_its_name, looked_at, privileged, represent, schema_of,
    secrets, written,
};
use crate::context::Context;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::query::Parameter;
use crate::route::Route;
use crate::{json, merge_patch};

pub(super) fn put_route<R: Resource>() -> Route {
    let words = R::WORDS;
    let description = format!("{} What is left out takes the value of a new one.", words.about);
    let route = Route::new(Method::PUT, item::<R>(), format!("replace{}", words.id), put::<R>)
        .about(words.tag, format!("Replace a {}", words.one), description)
        .taking(json::MEDIA_TYPE, "The object as it is to be.", schema_of::<R>());
    changing::<R>(route)
}

pub(super) fn patch_route<R: Resource>() -> Route {
    let words = R::WORDS;
    let description = format!(
        "{} A merge patch (RFC 7396): what it names is changed, a null takes the value of a new one, the rest stays.",
        words.about
    );
    let schema = crate::route::schema(&format!("{}Patch", <R as utoipa::ToSchema>::name()));
    let route = Route::new(Method::PATCH, item::<R>(), format!("change{}", words.id), patch::<R>)
        .about(words.tag, format!("Change a {}", words.one), description)
        .taking(json::MERGE_PATCH, "The members that change.", schema);
    changing::<R>(route)
}

fn changing<R: Resource>(route: Route) -> Route {
    let route = route
        .for_scope(ApiScope::Write(R::AREA))
        .with_query([Parameter::dry_run()])
        .conditional()
        .answering(StatusCode::OK, "The object as it is now, or would be (`dry_run`).", schema_of::<R>())
        .with_header("ETag", "The version of the object, for If-Match.")
        .refusing([StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY]);
    at_item::<R>(route)
}

async fn put<R: Resource>(context: Context) -> Result<Response, Problem> {
    let given: R = context.read()?;
    change::<R>(&context, |_| Ok(given.clone())).await
}

async fn patch<R: Resource>(context: Context) -> Result<Response, Problem> {
    let patch: Value = context.read()?;
    change::<R>(&context, |before| {
        let mut target = serde_json::to_value(before).unwrap_or_default();
        merge_patch::apply(&mut target, patch.clone());
        json::read_value(target)
    })
    .await
}

/// Writes what `after` makes of an object, if it is the one that is meant.
async fn change<R: Resource>(context: &Context, after: impl Fn(&R) -> Result<R, Problem>) -> Result<Response, Problem> {
    let dry_run = context.query.is_on("dry_run")?;
    let refused = |violation| Problem::of_violation(&violation, R::FIELDS);
    let mut tries = 0;
    loop {
        let directory = context.directory().await?;
        let (object, version) = find::<R>(&directory, context.part(0))?;
        let key = R::key(&object);
        context.if_match()?.precondition(version, &key.to_string())?;
        let mut given = after(&represent::<R>(&object, Some(version), &directory))?;
        keeps_its_name::<R>(key.name(), given.name())?;
        if given.version().is_some_and(|said| said != version.0) {
            return Err(Problem::changed(&key.to_string()));
        }
        privileged::<R>(context, Some(&object), Some(&given))?;
        let composed = given.compose(Some(&object), &directory).map_err(refused)?;
        let objects = composed.with(Precondition::Version(version));
        if dry_run {
            if let Some(secrets) = given.secrets() {
                secrets.check()?;
            }
            return looked_at::<R>(&directory, key.name(), objects);
        }
        directory.check_put(objects.clone()).map_err(|error| Problem::of_repository(error, R::FIELDS))?;
        let secrets = secrets(context, &given).await?;
        tries += 1;
        match context.rest.repository.put(&context.author(), objects).await {
            Ok(()) => {
                if let Some(secrets) = secrets {
                    secrets.write(context, key.name()).await?;
                }
                return written::<R>(context, key.name(), StatusCode::OK).await;
            }
            Err(error) if tries < TRIES && is_race(&error, &key) => {}
            // Whoever means any state means the one of now.
            Err(RepositoryError::Changed(_)) if tries < TRIES && *context.if_match()? == IfMatch::Any => {}
            Err(error) => return Err(Problem::of_repository(error, R::FIELDS)),
        }
    }
}
