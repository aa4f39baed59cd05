//! Problem details (RFC 9457): why a request is refused, for a program by `type`, for a person by `detail`.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{RepositoryError, Rule, Violation};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What begins each `type`.
const URN: &str = "urn:ringbearer:problem:";

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = ($status:ident, $name:literal, $title:literal),)*) => {
        /// The kinds of problems. Their names do not change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            pub(crate) const ALL: &[Self] = &[$(Self::$kind,)*];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }
        }
    };
}

kinds! {
    /// The body is not what the document describes.
    InvalidBody = (BAD_REQUEST, "invalid-body", "The body is not what it should be"),
    /// A part of the address or a header is not what the document describes.
    InvalidParameter = (BAD_REQUEST, "invalid-parameter", "A parameter is not what it should be"),
    /// No credentials, or none that are good.
    Unauthorized = (UNAUTHORIZED, "unauthorized", "Credentials are needed"),
    /// The token does not permit it, or its owner's role does not any more.
    Forbidden = (FORBIDDEN, "forbidden", "The token does not permit this"),
    /// There is no such thing.
    NotFound = (NOT_FOUND, "not-found", "There is no such thing"),
    /// The address does not take the method.
    MethodNotAllowed = (METHOD_NOT_ALLOWED, "method-not-allowed", "The address does not take this method"),
    /// Nothing that is sent is accepted.
    NotAcceptable = (NOT_ACCEPTABLE, "not-acceptable", "Nothing that could be sent is accepted"),
    /// An object has the name already.
    AlreadyExists = (CONFLICT, "already-exists", "There is one of this name already"),
    /// Others use the object.
    InUse = (CONFLICT, "in-use", "Others use it"),
    /// The state of things does not allow it now.
    Conflict = (CONFLICT, "conflict", "It cannot be done now"),
    /// The same request is being carried out.
    InProgress = (CONFLICT, "request-in-progress", "The same request is being carried out"),
    /// The same request was carried out, and showed a secret that is shown once.
    ShownOnce = (CONFLICT, "shown-once", "The secret was shown already"),
    /// Somebody else changed it.
    Changed = (PRECONDITION_FAILED, "changed", "It was changed since it was read"),
    /// The body is too long.
    TooLarge = (PAYLOAD_TOO_LARGE, "too-large", "The body is too long"),
    /// The body is of another type.
    UnsupportedMediaType = (UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is of another type"),
    /// A value breaks a rule of the configuration.
    RuleViolated = (UNPROCESSABLE_ENTITY, "rule-violated", "A value breaks a rule"),
    /// The cursor is none that a page gave.
    UnknownCursor = (UNPROCESSABLE_ENTITY, "unknown-cursor", "The cursor is none that a page gave"),
    /// The idempotency key was used for another request.
    KeyReused = (UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The idempotency key belongs to another request"),
    /// `If-Match` is missing.
    PreconditionRequired = (PRECONDITION_REQUIRED, "precondition-required", "If-Match is needed"),
    /// Too many requests.
    TooManyRequests = (TOO_MANY_REQUESTS, "too-many-requests", "Too many requests"),
    /// The node cannot do it now.
    Unavailable = (SERVICE_UNAVAILABLE, "unavailable", "Try again in a moment"),
}

/// A member that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub(crate) struct FieldError {
    /// Where in the body it stands (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// The field as the administration pages call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The rule that it breaks, one word for each rule.
    pub(crate) rule: String,
    /// The rule in words.
    pub(crate) detail: String,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Details<'a> {
    /// Which problem it is: a name that does not change.
    #[serde(rename = "type")]
    #[schema(schema_with = types)]
    kind: String,
    /// The kind of problem in words.
    title: &'a str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong here, and how it is put right.
    detail: &'a str,
    /// The members that are refused, where it is about some.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

fn types() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::word(Kind::ALL.iter().map(|kind| format!("{URN}{}", kind.name())))
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn with_error(mut self, error: FieldError) -> Self {
        self.errors.push(error);
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, seconds.into())
    }

    /// The database, or something else of the node, is away.
    pub(crate) fn unavailable() -> Self {
        Self::new(Kind::Unavailable, "The node cannot do this now. Nothing was changed.").retry_after(2)
    }

    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        Self::new(Kind::NotFound, format!("{what} \"{name}\" does not exist"))
    }

    /// A parameter of the address.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidParameter, format!("{name}: {}", detail.into()))
    }

    /// What breaks a rule of the directory; `members` says what the fields of the page are called here.
    pub(crate) fn of_violation(violation: &Violation, members: &[(&str, &str)]) -> Self {
        let member = members.iter().find(|(label, _)| *label == violation.field).map(|(_, member)| *member);
        let error = FieldError {
            pointer: member.map(|member| format!("/{member}")),
            field: Some(violation.field.to_owned()),
            rule: rule_word(&violation.rule).to_owned(),
            detail: violation.rule.to_string(),
        };
        let kind = if matches!(violation.rule, Rule::InUse { .. }) { Kind::InUse } else { Kind::RuleViolated };
        Self::new(kind, violation.to_string()).with_error(error)
    }

    /// What the database says about a write.
    pub(crate) fn of_repository(error: RepositoryError, members: &[(&str, &str)]) -> Self {
        match error {
            RepositoryError::Refused(violation) => Self::of_violation(&violation, members),
            RepositoryError::NotFound(key) => Self::new(Kind::NotFound, format!("{key} does not exist")),
            RepositoryError::AlreadyExists(key) => Self::new(Kind::AlreadyExists, format!("{key} already exists")),
            RepositoryError::Changed(key) => Self::changed(&key.to_string()),
            RepositoryError::Unavailable(reason) | RepositoryError::Corrupt(reason) => {
                tracing::error!(reason, "a REST operation failed");
                Self::unavailable()
            }
        }
    }

    pub(crate) fn changed(what: &str) -> Self {
        Self::new(Kind::Changed, format!("{what} was changed by someone else: read it again"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let details = Details {
            kind: format!("{URN}{}", self.kind.name()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let body = crate::json::write(&details);
        let mut response = (self.kind.status(), [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// One word for each rule of the directory.
fn rule_word(rule: &Rule) -> &'static str {
    match rule {
        Rule::Required => "required",
        Rule::TooLong { .. } => "too-long",
        Rule::Character { .. } => "character",
        Rule::OutOfRange { .. } => "out-of-range",
        Rule::NotAChoice { .. } => "not-a-choice",
        Rule::Conflict { .. } => "conflict",
        Rule::Unknown { .. } => "unknown",
        Rule::Duplicate { .. } => "duplicate",
        Rule::InUse { .. } => "in-use",
        Rule::ReadOnly { .. } => "read-only",
        _ => "other",
    }
}
