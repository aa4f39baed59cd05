//! Errors as pages, in the same layout as everything else, without inner detail.
//!
//! A handler answers with a [`PageError`]; the guard around all routes turns it into a page in the reader's language. An
//! answer without a body that the router makes itself (404, 405) becomes such a page too.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::RepositoryError;

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// What was sent is not in order: the text says why, for the administrator.
    Request(String),
    /// Nobody is signed in, or no more.
    SignedOut,
    /// The account may not.
    Forbidden,
    /// The request is not one of our own forms.
    NotOurForm,
    /// There is no such thing.
    NotFound,
    /// The page does not take this method.
    Method,
    /// The object was changed meanwhile.
    Conflict,
    /// It is longer than what is read.
    TooLarge,
    /// Too many at a time, or the database cannot answer now.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl PageError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NotOurForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error of an answer that has a status and nothing else.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::UNAUTHORIZED => Self::SignedOut,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::Request(String::new()),
            _ => Self::Internal,
        }
    }

    /// The heading and what it means: keys of the catalogues.
    pub(crate) fn texts(&self) -> (&'static str, &'static str) {
        match self {
            Self::Request(_) => {
                ("The request is not valid", "What your browser sent cannot be read. Go back and try again.")
            }
            Self::SignedOut => ("You are signed out", "Sign in to see this page."),
            Self::Forbidden => ("Not allowed", "Your account may look at this, but not change it."),
            Self::NotOurForm => (
                "This form is out of date",
                "The form was not sent by a page of this session. Nothing was changed. Go back, load the page again and repeat what you did.",
            ),
            Self::NotFound => ("Not found", "There is no such page, or what it showed was deleted."),
            Self::Method => ("Not possible here", "This page cannot be used in this way."),
            Self::Conflict => ("Changed meanwhile", "Somebody else changed this since you opened it. Load it again."),
            Self::TooLarge => ("Too large", "What was sent is larger than what is read here."),
            Self::Unavailable => {
                ("Not available right now", "The cluster database does not answer. Try again in a moment.")
            }
            Self::Internal => {
                ("Something went wrong", "The fault is ours, and it is in the node's log. Nothing of yours was lost.")
            }
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if self == Self::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<crate::account::Unavailable> for PageError {
    fn from(_: crate::account::Unavailable) -> Self {
        Self::Unavailable
    }
}

/// What is left of a repository's error when a page has nothing better to say. Its reasons go to the log.
impl From<RepositoryError> for PageError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Refused(violation) => Self::Request(violation.to_string()),
            RepositoryError::NotFound(_) => Self::NotFound,
            RepositoryError::AlreadyExists(_) | RepositoryError::Changed(_) => Self::Conflict,
            RepositoryError::Unavailable(reason) => {
                tracing::error!(reason, "a page cannot be made");
                Self::Unavailable
            }
            RepositoryError::Corrupt(reason) => {
                tracing::error!(reason, "a page cannot be made");
                Self::Internal
            }
        }
    }
}
