//! A new object.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::Precondition;

use super::{Resource, TRIES, collection, is_race, looked_at, privileged, schema_of, secrets, written};
use crate::context::Context;
use crate::json;
use crate::problem::{FieldError, Kind, Problem};
use crate::query::Parameter;
use crate::route::Route;

pub(super) fn route<R: Resource>() -> Route {
    let words = R::WORDS;
    let description = format!("{} What is left out takes the value of a new one.", words.about);
    Route::new(Method::POST, collection::<R>(), format!("create{}", words.id), create::<R>)
        .about(words.tag, format!("Create a {}", words.one), description)
        .for_scope(ApiScope::Write(R::AREA))
        .with_query([Parameter::dry_run()])
        .taking(json::MEDIA_TYPE, "The object.", schema_of::<R>())
        .idempotent()
        .answering(StatusCode::CREATED, "It was created.", schema_of::<R>())
        .with_header("ETag", "The version of the object, for If-Match.")
        .with_header("Location", "The address of the object.")
        .answering(StatusCode::OK, "What would be created (`dry_run`).", schema_of::<R>())
}

async fn create<R: Resource>(context: Context) -> Result<Response, Problem> {
    let mut given: R = context.read()?;
    if given.version().is_some() {
        let detail = "what is not there yet has no version".to_owned();
        let error = FieldError {
            pointer: Some("/version".into()),
            field: None,
            rule: "read-only".into(),
            detail: detail.clone(),
        };
        return Err(Problem::new(Kind::RuleViolated, detail).with_error(error));
    }
    privileged::<R>(&context, None, Some(&given))?;
    let dry_run = context.query.is_on("dry_run")?;
    let refused = |violation| Problem::of_violation(&violation, R::FIELDS);
    let mut tries = 0;
    loop {
        let directory = context.directory().await?;
        let composed = given.compose(None, &directory).map_err(refused)?;
        let own = composed.object.key();
        let objects = composed.with(Precondition::Absent);
        if dry_run {
            if let Some(secrets) = given.secrets() {
                secrets.check()?;
            }
            return looked_at::<R>(&directory, own.name(), objects);
        }
        directory.check_put(objects.clone()).map_err(|error| Problem::of_repository(error, R::FIELDS))?;
        // Only what will be taken is worth a hash.
        let secrets = secrets(&context, &given).await?;
        tries += 1;
        match context.rest.repository.put(&context.author(), objects).await {
            Ok(()) => {
                if let Some(secrets) = secrets {
                    secrets.write(&context, own.name()).await?;
                }
                return written::<R>(&context, own.name(), StatusCode::CREATED).await;
            }
            Err(error) if tries < TRIES && is_race(&error, &own) => {}
            Err(error) => return Err(Problem::of_repository(error, R::FIELDS)),
        }
    }
}
