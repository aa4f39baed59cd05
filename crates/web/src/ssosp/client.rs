//! Authenticating the client of a request to the token and revocation endpoints.

use authorization::{AuthorizationServer, Client};
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::{ClientAuthentication, ErrorCode, ErrorResponse, Parameters};

/// A client that is not let in.
#[derive(Debug)]
pub(super) struct ClientError {
    response: ErrorResponse,
    /// Whether it used HTTP Basic.
    basic: bool,
}

impl IntoResponse for ClientError {
    fn into_response(self) -> Response {
        // RFC 6749 §5.2: 401, and the scheme that the client tried.
        if self.response.error != ErrorCode::InvalidClient {
            return (StatusCode::BAD_REQUEST, Json(self.response)).into_response();
        }
        let mut response = (StatusCode::UNAUTHORIZED, Json(self.response)).into_response();
        if self.basic {
            let challenge = HeaderValue::from_static("Basic realm=\"ssosp\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The client that the request is from.
pub(super) fn authenticate<'a>(
    server: &'a AuthorizationServer,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<&'a Client, ClientError> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = authorizations.next();
    let basic = authorization.is_some();
    if authorizations.next().is_some() {
        let response = ErrorResponse::new(ErrorCode::InvalidRequest, "the Authorization header is repeated");
        return Err(ClientError { response, basic });
    }
    let claimed = ClientAuthentication::parse(authorization.map(HeaderValue::as_bytes), parameters)
        .map_err(|response| ClientError { response, basic })?;
    server.clients().authenticate(&claimed).map_err(|_| {
        let response = ErrorResponse::new(ErrorCode::InvalidClient, "the client is not known");
        ClientError { response, basic: claimed.basic }
    })
}
