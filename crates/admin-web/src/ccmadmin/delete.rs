//! Deleting an object: first a page that shows what depends on it.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{Directory, ObjectKey, Precondition, RepositoryError, Version};

use super::CcmAdmin;
use super::edit::{Which, path_of};
use super::entity::{Entity, Kind};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::form::{Problem, Said};
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

/// What depends on it is named up to here; beyond it is counted.
const MOST_NAMED: usize = 50;

#[derive(Template)]
#[template(path = "ccmadmin/delete.html")]
struct DeletePage {
    frame: Frame,
    kind: Kind,
    name: String,
    version: String,
    /// Kind, name, address of those that use it.
    users: Vec<(&'static str, String, String)>,
    more: usize,
    refusal: String,
    back: String,
}

/// `GET {kind}/delete`
pub(super) async fn get<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let object = E::find(&directory, &which.name).ok_or(PageError::NotFound)?;
    Ok(page::<E>(frame, &directory, &object.key(), String::new()).into_response())
}

/// `POST {kind}/delete`
pub(super) async fn post<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let object = E::find(&directory, form.text("name")).ok_or(PageError::NotFound)?;
    let key = object.key();
    let version = form.text("version").parse().map(Version).map_err(|_| PageError::Request(String::new()))?;
    let language = administrator.language;
    match ccmadmin.repository.remove(&administrator.author(), key.clone(), Precondition::Version(version)).await {
        Ok(()) => {
            let text = language.fill("{0} \"{1}\" was deleted.", &[&language.tr(E::KIND.one), &key.name()]);
            administrator.tell(Flash::done(text));
            Ok(Redirect::to(E::KIND.path).into_response())
        }
        Err(RepositoryError::Refused(violation)) => {
            let said = Problem::of("", Said::Rule(violation.rule)).said.text(language);
            let directory = ccmadmin.repository.load().await?;
            Ok((StatusCode::CONFLICT, page::<E>(frame, &directory, &key, said)).into_response())
        }
        Err(RepositoryError::Changed(_)) => {
            let said =
                language.tr("Somebody else changed it since you opened this page. Look again before you delete it.");
            let directory = ccmadmin.repository.load().await?;
            Ok((StatusCode::CONFLICT, page::<E>(frame, &directory, &key, said.to_owned())).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page<E: Entity>(
    frame: Frame,
    directory: &Directory,
    key: &ObjectKey,
    refusal: String,
) -> Page<impl Template + use<E>> {
    let all = directory.users_of(key);
    let users = all.iter().take(MOST_NAMED).map(|user| (user.kind(), user.name().to_owned(), path_of_key(user)));
    Page(DeletePage {
        kind: E::KIND,
        name: key.name().to_owned(),
        version: directory.version(key).map(|version| version.0.to_string()).unwrap_or_default(),
        users: users.collect(),
        more: all.len().saturating_sub(MOST_NAMED),
        refusal,
        back: path_of::<E>("edit", key.name()),
        frame,
    })
}

/// The page of an object that uses another.
fn path_of_key(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Device(name) => path_of::<directory::Device>("edit", name.as_str()),
        ObjectKey::Pool(name) => path_of::<directory::DevicePool>("edit", name.as_str()),
        ObjectKey::Group(name) => path_of::<directory::CallManagerGroup>("edit", name.as_str()),
        _ => String::new(),
    }
}
