//! `GET` and `POST /ssosp/oauth/authorize` (RFC 6749 §3.1): the login page, and the code.
//!
//! The form is sent to the address of the page, so the request for a code is read from the query in both, by the same function.
//! Our choice: each authorization asks for the password; there is no session of the browser.

use std::sync::Arc;

use authorization::{Client, NewCode, Password, SignInError, UnixTime};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::Directory;
use oauth::{AuthorizationRequest, AuthorizationResponse, CodeRequest, ErrorCode, ErrorResponse, Parameters};

use super::Ssosp;
use super::login_page::{self, FormCookie, Login};
use super::request::{Form, Query, RequestError, Source};

/// Why nobody is asked to sign in.
#[derive(Debug)]
pub(super) enum Error {
    /// Where to answer is not certain: a page.
    Page(StatusCode, String),
    /// The client hears it.
    Redirect { location: String },
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Page(status, message) => login_page::refused(status, &message),
            Self::Redirect { location } => redirect(&location),
        }
    }
}

/// RFC 9700 §4.12: 303, so that no browser sends the password on.
fn redirect(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => login_page::refused(StatusCode::BAD_REQUEST, "The address to return to is not valid."),
    }
}

/// A request whose client, address and content are in order.
struct Checked<'a> {
    client: &'a Client,
    redirect_uri: String,
    request: AuthorizationRequest<'a>,
    code: CodeRequest,
    issuer: &'a str,
}

impl Checked<'_> {
    fn answer(&self, answer: &AuthorizationResponse<'_>) -> String {
        answer.location(&self.redirect_uri, self.request.state, self.issuer)
    }

    fn refusal(&self, error: &ErrorResponse) -> Error {
        Error::Redirect { location: self.answer(&AuthorizationResponse::Error(error)) }
    }
}

fn check<'a>(ssosp: &'a Ssosp, directory: &Directory, parameters: &'a Parameters) -> Result<Checked<'a>, Error> {
    let page = |message: String| Error::Page(StatusCode::BAD_REQUEST, message);
    let request =
        AuthorizationRequest::parse(parameters).map_err(|error| page(error.error_description.into_owned()))?;
    let client = ssosp.server.clients().find(request.client_id);
    let client = client.ok_or_else(|| page("client_id is not known".to_owned()))?;
    let redirect_uri = client.redirect_uri(request.redirect_uri, directory.parameters());
    let redirect_uri = redirect_uri.map_err(|refusal| page(refusal.to_string()))?;
    let told = |error: &ErrorResponse| {
        let answer = AuthorizationResponse::Error(error);
        Error::Redirect { location: answer.location(&redirect_uri, request.state, &ssosp.issuer) }
    };
    let code = request.code_request().map_err(|error| told(&error))?;
    ssosp.server.check_request(&code).map_err(|refusal| told(&refusal.into()))?;
    Ok(Checked { client, redirect_uri, request, code, issuer: &ssosp.issuer })
}

pub(super) async fn get(
    State(ssosp): State<Arc<Ssosp>>,
    headers: HeaderMap,
    query: Result<Query, RequestError>,
) -> Result<Response, Error> {
    let query = query.map_err(unreadable)?;
    let checked = check(&ssosp, &(ssosp.directory)(), &query.parameters)?;
    let cookie = FormCookie::of(&headers).unwrap_or_else(FormCookie::random);
    Ok(page(&ssosp, &checked, &query.raw, &cookie, StatusCode::OK, ("", None)))
}

pub(super) async fn post(
    State(ssosp): State<Arc<Ssosp>>,
    Source(source): Source,
    headers: HeaderMap,
    query: Result<Query, RequestError>,
    form: Result<Form, RequestError>,
) -> Result<Response, Error> {
    let query = query.map_err(unreadable)?;
    let directory = (ssosp.directory)();
    let checked = check(&ssosp, &directory, &query.parameters)?;
    let form = match form {
        Ok(Form(form)) => form,
        Err(error) => return Ok(error.into_response()),
    };
    let cookie = FormCookie::of(&headers).filter(|cookie| {
        let given = form.get("form_key").unwrap_or_default();
        cookie.answers(&ssosp.server.tokens().keys(), &query.raw, given)
    });
    let Some(cookie) = cookie.filter(|_| !login_page::is_cross_site(&headers)) else {
        let message = "This form is out of date, or your browser keeps no cookies. Go back to your application and sign in again.";
        return Err(Error::Page(StatusCode::FORBIDDEN, message.to_owned()));
    };
    let user = form.get("username").unwrap_or_default();
    let password = Password::new(form.get("password").unwrap_or_default().to_owned());
    let reading = (ssosp.clock)();
    let credentials = (user, password);
    let signing_in =
        ssosp.server.sign_in(&directory, ssosp.passwords.as_ref(), credentials, (source, reading.monotonic));
    let signed_in = match signing_in.await {
        Ok(signed_in) => signed_in,
        Err(error) => {
            let Refusal { status, message, retry_after } = Refusal::from(error);
            let mut response = page(&ssosp, &checked, &query.raw, &cookie, status, (user, Some(&message)));
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            return Ok(response);
        }
    };
    let new = NewCode {
        client: checked.client,
        redirect_uri: checked.request.redirect_uri,
        request: &checked.code,
        user: &signed_in.user_id,
    };
    match ssosp.server.issue_code(&directory, new, UnixTime(reading.unix_seconds)).await {
        Ok(Ok(code)) => Ok(redirect(&checked.answer(&AuthorizationResponse::Code(&code)))),
        Ok(Err(refusal)) => Err(checked.refusal(&refusal)),
        Err(error) => {
            tracing::error!(%error, "no code can be issued");
            let error = ErrorResponse::new(ErrorCode::TemporarilyUnavailable, "try again in a moment");
            Err(checked.refusal(&error))
        }
    }
}

fn page(
    ssosp: &Ssosp,
    checked: &Checked<'_>,
    query: &str,
    cookie: &FormCookie,
    status: StatusCode,
    (user, message): (&str, Option<&str>),
) -> Response {
    let client = checked.client.name.as_str();
    let login = Login { query, redirect_uri: &checked.redirect_uri, client, user, message };
    login_page::login(&ssosp.issuer, &ssosp.server.tokens().keys(), cookie, status, &login)
}

/// What the page says when nobody is signed in.
struct Refusal {
    status: StatusCode,
    message: String,
    /// Seconds.
    retry_after: Option<u64>,
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        let unavailable = |message: &str| Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: message.to_owned(),
            retry_after: Some(2),
        };
        match error {
            SignInError::Refused => Self {
                status: StatusCode::FORBIDDEN,
                message: "The user ID or the password is not right.".to_owned(),
                retry_after: None,
            },
            SignInError::Locked { retry_after } => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                message: format!("Too many attempts. Try again in {}.", in_words(retry_after.as_secs())),
                retry_after: Some(retry_after.as_secs()),
            },
            SignInError::Busy => unavailable("Many people are signing in right now. Try again in a moment."),
            SignInError::Unavailable(reason) => {
                tracing::error!(reason, "sign-in failed");
                unavailable("Signing in is not possible right now. Try again in a moment.")
            }
        }
    }
}

fn in_words(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn unreadable(error: RequestError) -> Error {
    let message = match error {
        RequestError::Form(error) => format!("The request is not valid: {error}."),
        _ => "The request is not valid.".to_owned(),
    };
    Error::Page(StatusCode::BAD_REQUEST, message)
}
