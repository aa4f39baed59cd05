//! The body of a request: of the right type, and no longer than is read.

use axum::body::Body;
use axum::http::{HeaderMap, header};

use super::page::{BROKEN, MEDIA_TYPE, Page, TOO_LARGE};

/// As many bytes as a request may have.
const LIMIT: usize = soap::Limits::REQUEST.bytes;

/// Reads the body. That it is `text/xml` is also what no page of another site can make a browser send by itself.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Page> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|value| value.eq_ignore_ascii_case("text/xml")) {
        return Err(MEDIA_TYPE);
    }
    let announced = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LIMIT) {
        return Err(TOO_LARGE);
    }
    match axum::body::to_bytes(body, LIMIT).await {
        Ok(body) => Ok(body.into()),
        Err(error) => {
            let long = std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("limit"));
            Err(if long { TOO_LARGE } else { BROKEN })
        }
    }
}
