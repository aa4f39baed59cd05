//! The login page without a browser: fetch it, fill its form in, and read where the server redirects to.
//!
//! The password goes to the origin that served the page and nowhere else.

use reqwest::header::{COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::{Response, Url};

use super::html_form::{Form, alert};
use super::{AuthorizationServer, CodeRequest, SignInError, unexpected};
use crate::phone::http;
use crate::phone::secret::Secret;

/// Redirections and pages on the way to the code: a login page needs two.
const STEPS: usize = 6;

/// Signs in and gives back the code.
pub(super) async fn code(
    server: &AuthorizationServer,
    request: &CodeRequest,
    redirect_uri: &str,
    user: &str,
    password: &Secret,
) -> Result<Secret, SignInError> {
    let mut visit = Visit { http: &server.http, cookies: Vec::new() };
    let mut url = request.url(server, redirect_uri);
    let origin = url.origin();
    let mut response = visit.get(url.clone()).await?;
    let mut filled = false;
    for _ in 0..STEPS {
        let next = match location(&response) {
            Some(target) if target.starts_with(redirect_uri) => {
                return request.code(target.split_once('?').map_or("", |(_, query)| query));
            }
            Some(target) => Step::Follow(joined(&url, &target)?),
            None => next_page(response, filled).await?,
        };
        let target = match &next {
            Step::Follow(target) => target.clone(),
            Step::Fill(form) => form.action.as_deref().map_or(Ok(url.clone()), |action| joined(&url, action))?,
        };
        if target.origin() != origin {
            return Err(SignInError::Unexpected(format!("the login page leads to {}", target.authority())));
        }
        url = target;
        response = match next {
            Step::Follow(_) => visit.get(url.clone()).await?,
            Step::Fill(form) => {
                filled = true;
                visit.post(url.clone(), &form.filled(user, password.expose())).await?
            }
        };
    }
    Err(SignInError::Unexpected("too many pages before the code".to_owned()))
}

enum Step {
    Follow(Url),
    Fill(Form),
}

/// What to do with a page. One that asks again has refused what it got.
async fn next_page(response: Response, filled: bool) -> Result<Step, SignInError> {
    let status = response.status();
    let retry_after = header(&response, &RETRY_AFTER);
    let page = http::body(response).await.map_err(unexpected)?;
    let page = String::from_utf8_lossy(&page);
    let form = Form::login(&page);
    if filled || form.is_none() {
        let why = alert(&page).unwrap_or_else(|| format!("HTTP {status}"));
        let wait = retry_after.map(|seconds| format!(" (again in {seconds} s)")).unwrap_or_default();
        return match status.is_server_error() {
            true => Err(SignInError::Unreachable(why)),
            false => Err(SignInError::Refused(format!("{why}{wait}"))),
        };
    }
    form.map(Step::Fill).ok_or_else(|| SignInError::Unexpected("no login form".to_owned()))
}

/// One visit of a site, with the cookies it sets.
struct Visit<'a> {
    http: &'a reqwest::Client,
    cookies: Vec<(String, String)>,
}

impl Visit<'_> {
    async fn get(&mut self, url: Url) -> Result<Response, SignInError> {
        self.send(self.http.get(url)).await
    }

    async fn post(&mut self, url: Url, form: &[(String, String)]) -> Result<Response, SignInError> {
        // A browser names the origin of a form that it sends.
        let origin = url.origin().ascii_serialization();
        self.send(self.http.post(url).header("Origin", origin).form(form)).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<Response, SignInError> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let response = request.send().await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.take_cookie(cookie.to_str().unwrap_or_default());
        }
        Ok(response)
    }

    fn take_cookie(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
        let Some((name, value)) = pair.map(|(name, value)| (name.trim(), value.trim())) else { return };
        self.cookies.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn location(response: &Response) -> Option<String> {
    if response.status().is_redirection() { header(response, &LOCATION) } else { None }
}

fn header(response: &Response, name: &reqwest::header::HeaderName) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

fn joined(base: &Url, target: &str) -> Result<Url, SignInError> {
    base.join(target).map_err(|_| SignInError::Unexpected("address of the login page".to_owned()))
}
