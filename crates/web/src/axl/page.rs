//! What is answered as a page: who is not let in, what is not HTTP as it should be, and that the interface is there.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::basic::CHALLENGE;

/// A page of one sentence.
#[derive(Debug)]
pub(crate) struct Page {
    status: u16,
    title: &'static str,
    sentence: &'static str,
}

pub(crate) const WORKING: Page = Page {
    status: 200,
    title: "AXL",
    sentence: "The AXL interface is there. Requests are sent by POST; /axl/AXLAPI.wsdl describes them.",
};
pub(crate) const FORBIDDEN: Page =
    Page { status: 403, title: "Forbidden", sentence: "The role Standard AXL API Access is needed." };
pub(crate) const TOO_LARGE: Page =
    Page { status: 413, title: "Content Too Large", sentence: "A request has at most 524288 bytes." };
pub(crate) const MEDIA_TYPE: Page =
    Page { status: 415, title: "Unsupported Media Type", sentence: "A request is of the type text/xml." };
pub(crate) const BROKEN: Page =
    Page { status: 400, title: "Bad Request", sentence: "The request's body is not complete." };
/// The vendor's own status for a version that it does not have.
pub(crate) const UNKNOWN_VERSION: Page = Page {
    status: 599,
    title: "Version Not Supported",
    sentence: "The versions of the interface are 11.0, 11.5, 12.0, 12.5, 14.0 and 15.0.",
};
const UNAUTHORIZED: Page =
    Page { status: 401, title: "Unauthorized", sentence: "Sign in with an end user's name and password." };
const LOCKED: Page = Page { status: 429, title: "Too Many Requests", sentence: "Too many failures: wait." };
const BUSY: Page =
    Page { status: 503, title: "Service Unavailable", sentence: "Too many requests: try again in a moment." };

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Self { title, sentence, .. } = self;
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><h1>{title}</h1><p>{sentence}</p></body></html>\n"
        );
        (status, Html(page)).into_response()
    }
}

pub(crate) fn unauthorized() -> Response {
    with(UNAUTHORIZED, header::WWW_AUTHENTICATE, CHALLENGE)
}

pub(crate) fn locked(seconds: u64) -> Response {
    with(LOCKED, header::RETRY_AFTER, HeaderValue::from(seconds))
}

pub(crate) fn busy(seconds: u64) -> Response {
    with(BUSY, header::RETRY_AFTER, HeaderValue::from(seconds))
}

fn with(page: Page, name: header::HeaderName, value: HeaderValue) -> Response {
    let mut response = page.into_response();
    response.headers_mut().insert(name, value);
    response
}
