//! The first start: who can read the node's state folder, or its admin shell, makes the first administrator.
//!
//! There is no password that comes with the product. The page asks for the set-up code ([`crate::SetUpCode`]), a name, and a
//! password twice.

use askama::Template;
use authorization::Password;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::account::SetUpRefusal;
use crate::error::PageError;
use crate::frame::Frame;
use crate::guard::Context;
use crate::page::Page;
use crate::sign_in;
use crate::submission::Submission;

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage<'a> {
    frame: Frame,
    user: &'a str,
    code_file: String,
    errors: Errors,
}

/// What is wrong with each field.
#[derive(Default)]
struct Errors {
    code: Option<String>,
    user: Option<String>,
    password: Option<String>,
    again: Option<String>,
}

/// The page, in the place of the sign-in page. Its code exists from now on.
pub(crate) fn page(context: &Context) -> Response {
    render(context, StatusCode::OK, "", Errors::default())
}

fn render(context: &Context, status: StatusCode, user: &str, errors: Errors) -> Response {
    let code = &context.foundation().set_up_code;
    if let Err(error) = code.read_or_make() {
        tracing::error!(%error, file = %code.path().display(), "the set-up code cannot be written");
        return PageError::Internal.into_response();
    }
    let code_file = code.path().display().to_string();
    (status, Page(SetUpPage { frame: Frame::of(context), user, code_file, errors })).into_response()
}

/// `POST /set-up`
pub(crate) async fn post(context: Context, form: Submission) -> Result<Response, PageError> {
    let foundation = context.foundation();
    if !foundation.accounts.needs_set_up().await? {
        return Err(PageError::NotFound);
    }
    let (user, language) = (form.text("user"), context.language());
    let said = |text: &str| Some(language.tr(text).to_owned());
    let mut errors = Errors::default();
    if !foundation.set_up_code.is(form.text("code")) {
        tracing::warn!(target: "security", source = %context.source(), event = "set_up_code_wrong");
        errors.code = said("This is not the set-up code of this node.");
    } else if form.text("password") != form.text("again") {
        errors.again = said("The two passwords are not alike.");
    } else {
        match foundation.accounts.set_up(user, Password::new(form.text("password").to_owned())).await {
            Ok(account) => {
                foundation.set_up_code.forget();
                let response = sign_in::begin(&context, &account, foundation.home);
                return Ok(response);
            }
            Err(SetUpRefusal::Name(reason)) => errors.user = said(&reason),
            Err(SetUpRefusal::Password(reason)) => errors.password = said(&reason),
            Err(SetUpRefusal::Done) => return Err(PageError::NotFound),
            Err(SetUpRefusal::Unavailable) => return Err(PageError::Unavailable),
        }
    }
    Ok(render(&context, StatusCode::FORBIDDEN, user, errors))
}
