//! `/sign-in` and `/sign-out`. While there is no administrator, the sign-in page is the set-up page.

use askama::Template;
use authorization::Password;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::account::{Account, SignInRefusal};
use crate::error::PageError;
use crate::frame::Frame;
use crate::guard::Context;
use crate::local_path;
use crate::page::Page;
use crate::session::{CookieName, clear_cookie, set_cookie};
use crate::set_up;
use crate::submission::Submission;

/// Where to go on.
#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    next: &'a str,
    user: &'a str,
    message: Option<String>,
}

/// `GET /sign-in`
pub(crate) async fn get(context: Context, Query(Next { next }): Query<Next>) -> Result<Response, PageError> {
    let next = local_path::or(&next, context.foundation().home);
    if context.administrator().is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    if context.foundation().accounts.needs_set_up().await? {
        return Ok(set_up::page(&context));
    }
    Ok(Page(SignInPage { frame: Frame::of(&context), next, user: "", message: None }).into_response())
}

/// `POST /sign-in`
pub(crate) async fn post(context: Context, form: Submission) -> Response {
    let foundation = context.foundation();
    let (user, next) = (form.text("user"), local_path::or(form.text("next"), foundation.home));
    let password = Password::new(form.text("password").to_owned());
    let now = (foundation.clock)().monotonic;
    match foundation.accounts.sign_in(user, password, (context.source(), now)).await {
        Ok(account) => begin(&context, &account, next),
        Err(refusal) => refused(&context, (user, next), refusal),
    }
}

/// Begins a session, in the place of the one that the browser had, and goes on.
pub(crate) fn begin(context: &Context, account: &Account, next: &str) -> Response {
    context.end_session();
    let foundation = context.foundation();
    let now = (foundation.clock)();
    let identifier = foundation.sessions.begin(account, now.monotonic, now.unix_seconds);
    let mut response = Redirect::to(next).into_response();
    // The form's own cookie goes too: what was loaded before signing in is out of date.
    let cookies = [set_cookie(CookieName::Session, &identifier), clear_cookie(CookieName::Form)];
    response.headers_mut().extend(cookies.into_iter().flatten().map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// `POST /sign-out`
pub(crate) async fn sign_out(context: Context) -> Response {
    if let Some(account) = context.administrator() {
        context.foundation().accounts.signed_out(&account.name).await;
    }
    context.end_session();
    let mut response = Redirect::to("/sign-in").into_response();
    response.headers_mut().extend(clear_cookie(CookieName::Session).map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

fn refused(context: &Context, (user, next): (&str, &str), refusal: SignInRefusal) -> Response {
    let language = context.language();
    let (status, message, wait) = match refusal {
        SignInRefusal::Wrong => {
            (StatusCode::FORBIDDEN, language.tr("The user ID or the password is not right.").to_owned(), None)
        }
        SignInRefusal::NoPermission => {
            let message = "This account has no role for the administration. An administrator can give it one.";
            (StatusCode::FORBIDDEN, language.tr(message).to_owned(), None)
        }
        SignInRefusal::Locked { retry_after } => {
            let message = language.fill("Too many attempts. Try again in {0} seconds.", &[&retry_after]);
            (StatusCode::TOO_MANY_REQUESTS, message, Some(retry_after))
        }
        SignInRefusal::Unavailable => {
            let message = "Signing in is not possible right now. Try again in a moment.";
            (StatusCode::SERVICE_UNAVAILABLE, language.tr(message).to_owned(), Some(2))
        }
    };
    let page = SignInPage { frame: Frame::of(context), next, user, message: Some(message) };
    let mut response = (status, Page(page)).into_response();
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
