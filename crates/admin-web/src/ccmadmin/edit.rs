//! Adding, copying and editing an object.
//!
//! The form carries the version that it was made from, and is saved only over that one. When somebody else was faster, the
//! page shows both states side by side, with everything that was typed still in the form; saving again is then a decision.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{Directory, Object, ObjectKey, Precondition, RepositoryError, Version};
use serde::Deserialize;

use super::CcmAdmin;
use super::entity::{Beside, Entity, Kind, Secrets, all_fields, checked};
use super::explain::Explanation;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::form::{Control, Draft, Field, FormView, Problem, Said};
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

/// Which object a page is about.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    /// Its name.
    #[serde(default)]
    pub(super) name: String,
    /// The one that a new one is copied from.
    #[serde(default)]
    from: String,
}

#[derive(Template)]
#[template(path = "ccmadmin/edit.html")]
struct EditPage {
    frame: Frame,
    kind: Kind,
    /// Its name; empty for a new one.
    name: String,
    /// Where the form goes.
    action: String,
    version: String,
    form: FormView,
    conflict: Option<Conflict>,
    explanation: Option<Explanation>,
    delete: String,
    copy: String,
    /// The OAuth clients, on the page of a user.
    clients: Vec<String>,
}

/// Two states of one object.
struct Conflict {
    /// Who was faster, as far as the audit log says.
    by: String,
    /// Whether it is gone altogether.
    gone: bool,
    /// Label, what was typed, what is there now.
    differences: Vec<(String, String, String)>,
}

/// The address of a page about an object.
pub(super) fn path_of<E: Entity>(page: &str, name: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
    format!("{}/{page}?{query}", E::KIND.path)
}

/// The address of the page that copies an object.
pub(super) fn copy_path<E: Entity>(name: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("from", name).finish();
    format!("{}/new?{query}", E::KIND.path)
}

/// `GET {kind}/new`
pub(super) async fn new<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let draft = match E::find(&directory, &which.from) {
        Some(original) => original.draft(&directory).with(E::KEY, ""),
        None if which.from.is_empty() => E::blank(),
        None => return Err(PageError::NotFound),
    };
    let taken = E::find(&directory, &which.from).map(|original| original.rows()).unwrap_or_default();
    Ok(page::<E>(frame, &directory, ("", String::new()), (&draft, &[]), &taken, None).into_response())
}

/// `GET {kind}/edit`
pub(super) async fn edit<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let object = E::find(&directory, &which.name).ok_or(PageError::NotFound)?;
    let (draft, key) = (object.draft(&directory), object.key());
    let version = object.version(&directory).map(|version| version.0.to_string()).unwrap_or_default();
    let mut page = page::<E>(frame, &directory, (key.name(), version), (&draft, &[]), &object.rows(), None);
    if matches!(key, ObjectKey::User(_)) {
        page.0.clients = ccmadmin.server.clients().all().iter().map(|client| client.id.clone()).collect();
    }
    Ok(page.into_response())
}

/// `POST {kind}/new` and `POST {kind}/edit`
pub(super) async fn save<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let rows = rows_of(&form);
    let fields = all_fields::<E>(&directory, &rows);
    let draft = Draft::of_form(&form, &fields);
    let version = form.text("version").parse().ok().map(Version);
    let before = E::find(&directory, form.text("name-before")).map(AsRef::as_ref);
    let refused = |problems: &[Problem]| {
        let (name, version) = (form.text("name-before"), form.text("version").to_owned());
        let page = page::<E>(frame.clone(), &directory, (name, version), (&draft, problems), &rows, None);
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    let (object, beside, secrets) = match checked(&draft, before, &directory, &fields) {
        Ok(checked) => checked,
        Err(problems) => return Ok(refused(&problems)),
    };
    let precondition = version.map_or(Precondition::Absent, Precondition::Version);
    match write(&ccmadmin, &administrator, object.clone(), (beside, secrets), precondition).await {
        Ok(()) => Ok(saved::<E>(&administrator, &object)),
        Err(RepositoryError::Refused(violation)) => Ok(refused(&[Problem::of_violation(violation, &fields)])),
        Err(RepositoryError::AlreadyExists(key)) if key == object.key() => {
            let rule = directory::Rule::Duplicate { value: key.name().to_owned() };
            Ok(refused(&[Problem::of(E::KEY, Said::Rule(rule))]))
        }
        Err(RepositoryError::Changed(_) | RepositoryError::NotFound(_) | RepositoryError::AlreadyExists(_)) => {
            conflict::<E>(&ccmadmin, frame, (&draft, &object), &rows).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Hashes first and writes then, so that nothing is half done when the hashing is refused.
async fn write<E: Entity>(
    ccmadmin: &CcmAdmin,
    administrator: &Administrator,
    object: E,
    (beside, secrets): (Beside, Secrets),
    precondition: Precondition,
) -> Result<(), RepositoryError> {
    let hash = match secrets.password {
        Some(password) => {
            let hashed = ccmadmin.hashes.hash(password).await;
            Some(hashed.map_err(|error| RepositoryError::Unavailable(format!("{error:?}")))?)
        }
        None => None,
    };
    let author = administrator.author();
    let object = object.into_object();
    let user = match &object {
        Object::User(user) => Some(user.user_id.clone()),
        _ => None,
    };
    let mut objects = beside.before;
    objects.push((object, precondition));
    objects.extend(beside.behind);
    ccmadmin.repository.put(&author, objects).await?;
    if let (Some(user), Some(hash)) = (&user, hash) {
        ccmadmin.repository.set_password_hash(&author, user, hash).await?;
    }
    if let (Some(user), Some(digest)) = (&user, secrets.digest) {
        ccmadmin.repository.set_digest_secret(&author, user, digest).await?;
    }
    Ok(())
}

fn saved<E: Entity>(administrator: &Administrator, object: &E) -> Response {
    let (language, key) = (administrator.language, object.key());
    let text = language.fill("{0} \"{1}\" was saved.", &[&language.tr(E::KIND.one), &key.name()]);
    administrator.tell(Flash::done(text));
    Redirect::to(&path_of::<E>("edit", key.name())).into_response()
}

async fn conflict<E: Entity>(
    ccmadmin: &CcmAdmin,
    frame: Frame,
    (draft, object): (&Draft, &E),
    rows: &[u8],
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let key = object.key();
    let now = E::find(&directory, key.name());
    let all: Vec<u8> = now.map(|now| now.rows()).unwrap_or_default().into_iter().chain(rows.iter().copied()).collect();
    let mut all = all;
    all.sort_unstable();
    all.dedup();
    let theirs = now.map(|now| now.draft(&directory)).unwrap_or_default();
    let language = frame.language;
    let differences = all_fields::<E>(&directory, &all).into_iter().filter(|field| field.control != Control::Secret);
    let differences =
        differences.filter(|field| draft.get(&field.name) != theirs.get(&field.name)).map(|field: Field| {
            let (own, there) = (draft.get(&field.name).to_owned(), theirs.get(&field.name).to_owned());
            (field.full_label(language), own, there)
        });
    let differences = if now.is_some() { differences.collect() } else { Vec::new() };
    let records = ccmadmin.repository.audit_records(200).await.unwrap_or_default();
    let last = records.into_iter().find(|record| record.object == key.to_string());
    let by = last.map(|record| format!("{} ({})", record.author.name, record.author.surface)).unwrap_or_default();
    let version = now.and_then(|now| now.version(&directory)).map(|version| version.0.to_string()).unwrap_or_default();
    let name = if now.is_some() { key.name() } else { "" };
    let conflict = Conflict { by, gone: now.is_none(), differences };
    let page = page::<E>(frame, &directory, (name, version), (draft, &[]), &all, Some(conflict));
    Ok((StatusCode::CONFLICT, page).into_response())
}

fn page<E: Entity>(
    frame: Frame,
    directory: &Directory,
    (name, version): (&str, String),
    (draft, problems): (&Draft, &[Problem]),
    taken: &[u8],
    conflict: Option<Conflict>,
) -> Page<EditPage> {
    let (can_write, is_new) = (frame.can_write(), name.is_empty());
    let rows = if can_write { E::offered_rows(taken) } else { taken.to_vec() };
    let fields = all_fields::<E>(directory, &rows);
    let explanation = Explanation::of::<E>(frame.language, draft, problems);
    let read_only = |field: &str| !can_write || (!is_new && field == E::KEY);
    let form = FormView::new(frame.language, fields, (draft, problems), read_only);
    Page(EditPage {
        kind: E::KIND,
        name: name.to_owned(),
        action: format!("{}/{}", E::KIND.path, if is_new { "new" } else { "edit" }),
        version,
        form,
        conflict,
        explanation,
        delete: path_of::<E>("delete", name),
        copy: copy_path::<E>(name),
        clients: Vec::new(),
        frame,
    })
}

/// The rows of a form's table, as they were sent.
fn rows_of(form: &Submission) -> Vec<u8> {
    let mut rows: Vec<u8> = form.iter().filter_map(|(name, _)| name.strip_prefix("line")?.parse().ok()).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}
