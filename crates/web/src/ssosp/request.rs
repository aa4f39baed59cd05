//! Reading a request: its form, its query, where it came from.

use std::net::{IpAddr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::{ErrorCode, ErrorResponse, FormError, Parameters};

/// Longer than any form of ours: two tokens fit.
pub(super) const BODY_LIMIT: usize = 32 * 1024;

/// Why a request is not read.
#[derive(Debug)]
pub(super) enum RequestError {
    /// The body is no form.
    MediaType,
    /// The body is too long.
    TooLong,
    /// The body broke off.
    Broken,
    /// The parameters are not in order.
    Form(FormError),
    /// The query of an endpoint that takes its parameters from the body (RFC 6749 §3.2).
    Query,
    /// The accept loop did not say where the request came from.
    NoPeer,
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let (status, description) = match self {
            Self::MediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/x-www-form-urlencoded".to_owned())
            }
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long".to_owned()),
            Self::Broken => (StatusCode::BAD_REQUEST, "the body is not complete".to_owned()),
            Self::Form(error) => (StatusCode::BAD_REQUEST, error.to_string()),
            Self::Query => (StatusCode::BAD_REQUEST, "the parameters belong in the body".to_owned()),
            Self::NoPeer => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        (status, Json(ErrorResponse::new(ErrorCode::InvalidRequest, description))).into_response()
    }
}

/// The parameters of the body.
pub(super) struct Form(pub(super) Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = RequestError;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !media_type.is_some_and(|value| value.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            return Err(RequestError::MediaType);
        }
        let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if announced.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > BODY_LIMIT) {
            return Err(RequestError::TooLong);
        }
        let body = axum::body::to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|error| {
            match std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("limit")) {
                true => RequestError::TooLong,
                false => RequestError::Broken,
            }
        })?;
        Parameters::parse(&body).map(Self).map_err(RequestError::Form)
    }
}

/// The parameters of the query, and its bytes.
pub(super) struct Query {
    pub(super) raw: String,
    pub(super) parameters: Parameters,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = RequestError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let raw = parts.uri.query().unwrap_or_default().to_owned();
        let parameters = Parameters::parse(raw.as_bytes()).map_err(RequestError::Form)?;
        Ok(Self { raw, parameters })
    }
}

/// That there is no query.
pub(super) struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = RequestError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        match parts.uri.query() {
            None | Some("") => Ok(Self),
            Some(_) => Err(RequestError::Query),
        }
    }
}

/// The address that the connection came from; forwarded addresses are not believed.
pub(super) struct Source(pub(super) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = RequestError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        peer.map(|ConnectInfo(peer)| Self(peer.ip())).ok_or(RequestError::NoPeer)
    }
}
