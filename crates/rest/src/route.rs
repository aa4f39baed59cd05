//! A row of the table of addresses: from it come the router, the check of the scope and the document.

use std::pin::Pin;
use std::sync::Arc;

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::context::Context;
use crate::problem::Problem;
use crate::query::Parameter;

/// Carries a request out.
pub(crate) type Handler =
    Arc<dyn Fn(Context) -> Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>> + Send + Sync>;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody.
    Anybody,
    /// A token with this scope.
    Scope(ApiScope),
    /// Any token.
    AnyToken,
    /// A user who may use the programming interfaces, by password; or a token with the scope `admin`.
    TokenMaker,
}

/// What a request brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) media_type: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: Value,
}

/// What a request that was carried out is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) description: String,
    /// The media type and the schema of the body, if there is one.
    pub(crate) body: Option<(&'static str, Value)>,
    /// Header fields and what they say.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

/// A row of the table.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The name by which programs that are made from the document call it.
    pub(crate) id: String,
    pub(crate) tag: &'static str,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) access: Access,
    /// What the parts of the path in braces are: their schemas, in their order.
    pub(crate) path_parameters: Vec<Parameter>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    /// Whether `If-Match` has to be there.
    pub(crate) conditional: bool,
    /// Whether `Idempotency-Key` may be there.
    pub(crate) idempotent: bool,
    /// Whether the answer has a secret that is shown once.
    pub(crate) shows_secret: bool,
    pub(crate) answers: Vec<Answer>,
    /// Refusals beside those that follow from the rest.
    pub(crate) refusals: Vec<StatusCode>,
    pub(crate) handler: Handler,
}

impl Route {
    pub(crate) fn new<F, Fut>(method: Method, path: impl Into<String>, id: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        Self {
            method,
            path: path.into(),
            id: id.into(),
            tag: "",
            summary: String::new(),
            description: String::new(),
            access: Access::Anybody,
            path_parameters: Vec::new(),
            query: Vec::new(),
            body: None,
            conditional: false,
            idempotent: false,
            shows_secret: false,
            answers: Vec::new(),
            refusals: Vec::new(),
            handler: Arc::new(move |context| Box::pin(handler(context))),
        }
    }

    pub(crate) fn about(
        mut self,
        tag: &'static str,
        summary: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        (self.tag, self.summary, self.description) = (tag, summary.into(), description.into());
        self
    }

    pub(crate) fn for_scope(mut self, scope: ApiScope) -> Self {
        self.access = Access::Scope(scope);
        self
    }

    pub(crate) fn for_whom(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(crate) fn in_path(mut self, name: &'static str, description: impl Into<String>, schema: Value) -> Self {
        self.path_parameters.push(Parameter::new(name, description, schema));
        self
    }

    pub(crate) fn with_query(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.query.extend(parameters);
        self
    }

    pub(crate) fn taking(mut self, media_type: &'static str, description: &'static str, schema: Value) -> Self {
        self.body = Some(Body { media_type, description, schema });
        self
    }

    pub(crate) fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    pub(crate) fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    pub(crate) fn showing_a_secret(mut self) -> Self {
        self.shows_secret = true;
        self
    }

    /// An answer with JSON.
    pub(crate) fn answering(mut self, status: StatusCode, description: impl Into<String>, schema: Value) -> Self {
        let body = Some((crate::json::MEDIA_TYPE, schema));
        self.answers.push(Answer { status, description: description.into(), body, headers: Vec::new() });
        self
    }

    /// An answer without a body.
    pub(crate) fn answering_nothing(mut self, status: StatusCode, description: impl Into<String>) -> Self {
        self.answers.push(Answer { status, description: description.into(), body: None, headers: Vec::new() });
        self
    }

    /// A header field of the last answer.
    pub(crate) fn with_header(mut self, name: &'static str, description: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.push((name, description));
        }
        self
    }

    pub(crate) fn refusing(mut self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// Whether it changes anything.
    pub(crate) fn is_safe(&self) -> bool {
        self.method == Method::GET
    }

    /// The media type of what it answers with, if it answers with anything.
    pub(crate) fn media_type(&self) -> Option<&'static str> {
        self.answers.iter().find_map(|answer| answer.body.as_ref()).map(|(media_type, _)| *media_type)
    }

    /// Every status that a refusal may have, in order.
    pub(crate) fn all_refusals(&self) -> Vec<StatusCode> {
        let mut all = self.refusals.clone();
        all.extend([StatusCode::BAD_REQUEST, StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE]);
        if self.access != Access::Anybody {
            all.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
        }
        if self.media_type().is_some() {
            all.push(StatusCode::NOT_ACCEPTABLE);
        }
        if self.body.is_some() {
            all.extend([StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE]);
        }
        if self.conditional {
            all.extend([StatusCode::PRECONDITION_FAILED, StatusCode::PRECONDITION_REQUIRED]);
        }
        if self.idempotent {
            all.extend([StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY]);
        }
        if self.query.iter().any(|parameter| parameter.name == "cursor") {
            all.push(StatusCode::UNPROCESSABLE_ENTITY);
        }
        if !self.path_parameters.is_empty() {
            all.push(StatusCode::NOT_FOUND);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The reference to a schema of the document.
pub(crate) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
