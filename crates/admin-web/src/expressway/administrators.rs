//! Maintenance > Administrators: who may use these pages, and one's own password.

use askama::Template;
use authorization::Password;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{PasswordHash, UserId};
use edge_net::administration::{AdministratorError, Role};
use web::passwords;

use super::{Pages, moment};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

/// An account of the table.
struct Row {
    name: String,
    role: Role,
    password_set: String,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "expressway/administrators.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "expressway/administrator_add.html")]
struct Add {
    frame: Frame,
    name: String,
    reads_only: bool,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "expressway/administrator.html")]
struct Edit {
    frame: Frame,
    row: Row,
    errors: Errors,
}

/// What is wrong with each field.
#[derive(Default)]
struct Errors {
    name: Option<String>,
    password: Option<String>,
    again: Option<String>,
}

/// `GET /administrators`
pub(super) async fn list(State(pages): State<Pages>, who: Administrator, frame: Frame) -> impl IntoResponse {
    let rows = pages.node.administrators().all().iter().map(|one| row(one, &who)).collect();
    Page(List { frame, rows })
}

/// `GET /administrators/add`
pub(super) async fn add(frame: Frame) -> impl IntoResponse {
    Page(Add { frame, name: String::new(), reads_only: false, errors: Errors::default() })
}

/// `POST /administrators/add`
pub(super) async fn save_new(
    State(pages): State<Pages>,
    who: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let (typed, reads_only) = (form.text("name").trim().to_owned(), form.text("role") == "ReadOnly");
    let role = if reads_only { Role::ReadOnly } else { Role::Administrator };
    let mut errors = Errors::default();
    let name = match UserId::new(&typed) {
        Ok(name) => Some(name),
        Err(violation) => {
            errors.name = Some(who.language.tr(&violation.rule.to_string()).to_owned());
            None
        }
    };
    if name.is_some() && pages.node.administrators().find(&typed).is_some() {
        errors.name = Some(who.language.tr("There is an account of this name already.").to_owned());
    }
    if let Some(name) = name.filter(|_| errors.name.is_none())
        && let Some(hash) = password(&pages, &who, &name, &form, &mut errors).await?
    {
        match pages.operations(&who).add_administrator(name.clone(), role, hash) {
            Ok(()) => {
                who.tell(Flash::done(who.language.fill("{0} may use these pages now.", &[&name])));
                return Ok(Redirect::to("/administrators").into_response());
            }
            Err(error) => return Err(failed(&error)),
        }
    }
    let page = Page(Add { frame, name: typed, reads_only, errors });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /administrators/{name}`
pub(super) async fn edit(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    who: Administrator,
    frame: Frame,
) -> Result<impl IntoResponse, PageError> {
    let found = pages.node.administrators().find(&name).ok_or(PageError::NotFound)?;
    Ok(Page(Edit { frame, row: row(&found, &who), errors: Errors::default() }))
}

/// `POST /administrators/{name}/role`
pub(super) async fn set_role(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    who: Administrator,
    form: Submission,
) -> Result<Redirect, PageError> {
    let role = match form.text("role") {
        "Administrator" => Role::Administrator,
        "ReadOnly" => Role::ReadOnly,
        _ => return Err(PageError::Request(String::new())),
    };
    let done = pages.operations(&who).set_role(&name, role);
    told(&who, done, who.language.fill("The role of {0} is changed. Its browser sessions end.", &[&name]))
}

/// `POST /administrators/{name}/password`
pub(super) async fn set_password(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    who: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let found = pages.node.administrators().find(&name).ok_or(PageError::NotFound)?;
    let mut errors = Errors::default();
    if let Some(hash) = password(&pages, &who, &found.name, &form, &mut errors).await? {
        let done = pages.operations(&who).set_password(found.name.as_str(), hash);
        let text = who.language.fill("The password of {0} is set. Its browser sessions end.", &[&found.name]);
        return Ok(told(&who, done, text)?.into_response());
    }
    let page = Page(Edit { frame, row: row(&found, &who), errors });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /administrators/{name}/remove`
pub(super) async fn remove(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    who: Administrator,
) -> Result<Redirect, PageError> {
    let done = pages.operations(&who).remove_administrator(&name);
    told(&who, done, who.language.fill("{0} is removed, and signed out.", &[&name]))
}

/// The hash of a new password, typed twice; none when an error says what is wrong with it.
async fn password(
    pages: &Pages,
    who: &Administrator,
    name: &UserId,
    form: &Submission,
    errors: &mut Errors,
) -> Result<Option<PasswordHash>, PageError> {
    let typed = form.text("password");
    if let Err(reason) = passwords::check_administrator(name, typed) {
        errors.password = Some(who.language.tr(&reason).to_owned());
        return Ok(None);
    }
    if typed != form.text("again") {
        errors.again = Some(who.language.tr("The two passwords are not alike.").to_owned());
        return Ok(None);
    }
    let hash = pages.hashes.hash(Password::new(typed.to_owned())).await;
    hash.map(Some).map_err(|_| PageError::Unavailable)
}

fn told(who: &Administrator, done: Result<(), AdministratorError>, text: String) -> Result<Redirect, PageError> {
    match done {
        Ok(()) => who.tell(Flash::done(text)),
        Err(AdministratorError::Last(name)) => who.tell(Flash::failed(
            who.language
                .fill("{0} is the last account that may change anything: make another administrator first.", &[&name]),
        )),
        Err(error) => return Err(failed(&error)),
    }
    Ok(Redirect::to("/administrators"))
}

fn failed(error: &AdministratorError) -> PageError {
    match error {
        AdministratorError::NotThere(_) => PageError::NotFound,
        AdministratorError::AlreadyThere(_) => PageError::Conflict,
        error => {
            tracing::error!(%error, "the administrators cannot be changed");
            PageError::Internal
        }
    }
}

fn row(one: &edge_net::administration::Administrator, who: &Administrator) -> Row {
    Row {
        name: one.name.to_string(),
        role: one.role,
        password_set: moment::shown(one.password_set_at),
        is_own: one.name.as_str() == who.name,
    }
}

impl Row {
    fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }
}
