//! The guard around every route: who asks, whether an unsafe request is one of our forms, and errors as pages.
//!
//! Another site cannot make a browser act here (ADM-1): the session's cookie is SameSite=Strict; the browser says where an
//! unsafe request comes from (`Sec-Fetch-Site`, `Origin`), and it must be from here; and the form carries a token that only the
//! session's own pages have. A browser that is not signed in has a token too, an HMAC over a cookie of its own, so that nobody is signed in as
//! somebody else unawares.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use authorization::TokenHash;
use aws_lc_rs::hmac;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::account::Account;
use crate::error::PageError;
use crate::flash::Flash;
use crate::foundation::Foundation;
use crate::frame::{self, Frame};
use crate::headers;
use crate::language::Language;
use crate::session::{CookieName, Found, random_hexadecimal, read_cookie, set_cookie};
use crate::submission::Submission;

/// The field of a form that carries its token; htmx sends it as a header field.
const FORM_TOKEN: &str = "csrf";
const FORM_TOKEN_FIELD: HeaderName = HeaderName::from_static("x-csrf-token");

/// What the guard found out about a request.
#[derive(Clone)]
pub(crate) struct Context(Arc<Known>);

struct Known {
    foundation: Arc<Foundation>,
    signed_in: Option<(Found, Account)>,
    form_token: String,
    language: Language,
    /// Path and query.
    path: String,
    source: IpAddr,
    /// htmx asks for a part of a page that is shown already.
    is_htmx: bool,
}

impl Context {
    pub(crate) fn foundation(&self) -> &Arc<Foundation> {
        &self.0.foundation
    }

    pub(crate) fn administrator(&self) -> Option<&Account> {
        self.0.signed_in.as_ref().map(|(_, account)| account)
    }

    pub(crate) fn form_token(&self) -> &str {
        &self.0.form_token
    }

    pub(crate) fn language(&self) -> Language {
        self.0.language
    }

    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    pub(crate) fn source(&self) -> IpAddr {
        self.0.source
    }

    /// Leaves a message for the session's next page.
    pub(crate) fn tell(&self, flash: Flash) {
        if let Some((found, _)) = &self.0.signed_in {
            self.0.foundation.sessions.tell(found.key, flash);
        }
    }

    /// The messages for the session's next page. A part of a page does not show them, and leaves them to it.
    pub(crate) fn take_flashes(&self) -> Vec<Flash> {
        match &self.0.signed_in {
            Some((found, _)) if !self.0.is_htmx => self.0.foundation.sessions.take_flashes(found.key),
            _ => Vec::new(),
        }
    }

    /// Ends the session.
    pub(crate) fn end_session(&self) {
        if let Some((found, _)) = &self.0.signed_in {
            self.0.foundation.sessions.end(found.key);
        }
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Context").field("path", &self.0.path).finish_non_exhaustive()
    }
}

/// The middleware.
pub(crate) async fn guard(State(foundation): State<Arc<Foundation>>, request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    let form_cookie = read_cookie(request.headers(), CookieName::Form).filter(|value| value.len() == 64);
    let form_cookie = form_cookie.map_or_else(|| (random_hexadecimal(), true), |value| (value.to_owned(), false));
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let (signed_in, away) = match signed_in(&foundation, request.headers()).await {
        Ok(signed_in) => (signed_in, None),
        Err(error) => (None, Some(error)),
    };
    let form_token = match &signed_in {
        Some((found, _)) => found.form_token.clone(),
        None => foundation.form_token(&form_cookie.0),
    };
    let source = source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let is_htmx = request.headers().contains_key("hx-request");
    let known = Known { foundation, signed_in, form_token, language, path, source, is_htmx };
    let context = Context(Arc::new(known));
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = match away {
        Some(error) => error.into_response(),
        None => answer(&context, request, next).await,
    };
    let mut response = as_page(&context, response, (safe, is_htmx));
    if context.administrator().is_none() && form_cookie.1 && is_page(&response) {
        response
            .headers_mut()
            .extend(set_cookie(CookieName::Form, &form_cookie.0).map(|value| (header::SET_COOKIE, value)));
    }
    headers::add(&mut response);
    response
}

/// The session of the request's cookie, if its account still is what it was.
async fn signed_in(foundation: &Foundation, headers: &HeaderMap) -> Result<Option<(Found, Account)>, PageError> {
    let Some(identifier) = read_cookie(headers, CookieName::Session) else { return Ok(None) };
    let Some(found) = foundation.sessions.find(identifier, (foundation.clock)().monotonic) else { return Ok(None) };
    let account = foundation.accounts.account(&found.account).await?;
    let Some(account) = account.filter(|account| found.is_of(account)) else {
        foundation.sessions.end(found.key);
        return Ok(None);
    };
    Ok(Some((found, account)))
}

async fn answer(context: &Context, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(context.clone());
    let request = match parts.method {
        Method::GET | Method::HEAD => Request::from_parts(parts, body),
        Method::POST => {
            if !is_from_here(&parts.headers) {
                return PageError::NotOurForm.into_response();
            }
            let submission = match Submission::read(&parts.headers, body).await {
                Ok(submission) => submission,
                Err(error) => return error.into_response(),
            };
            let field = parts.headers.get(FORM_TOKEN_FIELD).and_then(|value| value.to_str().ok());
            let given = field.unwrap_or_else(|| submission.text(FORM_TOKEN));
            // Compared by their hashes, so that timing tells nothing about the token itself.
            if TokenHash::of(given.as_bytes()) != TokenHash::of(context.form_token().as_bytes()) {
                return PageError::NotOurForm.into_response();
            }
            parts.extensions.insert(submission);
            Request::from_parts(parts, axum::body::Body::empty())
        }
        // Forms have no other method.
        _ => return PageError::Method.into_response(),
    };
    next.run(request).await
}

/// Whether the browser says that the request was made by one of our own pages. One that says nothing has the token to show.
fn is_from_here(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site == "same-origin" || site == "none");
    let origin = headers.get(header::ORIGIN).map(|origin| {
        let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://"));
        own.is_some_and(|own| origin.is_some_and(|origin| origin.eq_ignore_ascii_case(own)))
    });
    site.unwrap_or(true) && origin.unwrap_or(true)
}

/// Turns an error into its page, and "signed out" into the way to the sign-in page.
fn as_page(context: &Context, response: Response, (safe, is_htmx): (bool, bool)) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_page(&response) {
        return response;
    }
    let error = response.extensions().get::<PageError>().cloned().unwrap_or_else(|| PageError::of_status(status));
    if error == PageError::SignedOut {
        let path = frame::sign_in_path(if safe && !is_htmx { context.path() } else { "" });
        let location = HeaderValue::from_str(&path).unwrap_or(HeaderValue::from_static("/sign-in"));
        if is_htmx {
            return (StatusCode::UNAUTHORIZED, [(HeaderName::from_static("hx-redirect"), location)]).into_response();
        }
        if safe {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        }
    }
    let mut page = (status, Frame::of(context).error_page(&error)).into_response();
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

impl Foundation {
    /// The token of the forms of a browser that is not signed in.
    fn form_token(&self, cookie: &str) -> String {
        let tag = hmac::sign(&self.form_key, cookie.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
