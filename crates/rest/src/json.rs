//! JSON as it is read and written: strictly, with the place of what is wrong.

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{FieldError, Kind, Problem};

/// The media type of bodies.
pub(crate) const MEDIA_TYPE: &str = "application/json";
/// That of merge patches (RFC 7396 §4).
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";

/// The most bytes of a body.
pub(crate) const MOST_BYTES: usize = 256 * 1024;

/// Reads a body whole, if it is of the type and not too long.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: axum::body::Body,
    media_type: &'static str,
) -> Result<Bytes, Problem> {
    if !is_of_type(headers, media_type) {
        let problem = Problem::new(Kind::UnsupportedMediaType, format!("the body has to be of the type {media_type}"));
        return Err(problem.with_header(header::ACCEPT, axum::http::HeaderValue::from_static(media_type)));
    }
    match Limited::new(body, MOST_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::new(Kind::TooLarge, format!("a body has at most {MOST_BYTES} bytes")))
        }
        Err(_) => Err(Problem::new(Kind::InvalidBody, "the body does not come to its end")),
    }
}

fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    // JSON is UTF-8 (RFC 8259 §8.1).
    let parameters = parameters.trim();
    let utf8 = parameters.is_empty() || parameters.eq_ignore_ascii_case("charset=utf-8");
    essence.trim().eq_ignore_ascii_case(media_type) && utf8
}

/// Reads what a type has, and nothing else. A number without a fraction is an integer, also when it is written with one.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    read_strictly(text).or_else(|problem| {
        let Ok(mut value) = serde_json::from_slice(text) else { return Err(problem) };
        match whole_numbers(&mut value) {
            true => read_value(value),
            false => Err(problem),
        }
    })
}

/// Turns numbers like `8620.0` into integers; says whether there were any.
fn whole_numbers(value: &mut Value) -> bool {
    /// Beyond, a float does not hold every integer.
    const MOST: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= MOST);
            let Some(whole) = whole else { return false };
            *value = Value::from(whole as i64);
            true
        }
        Value::Array(items) => items.iter_mut().fold(false, |found, item| whole_numbers(item) | found),
        Value::Object(members) => members.values_mut().fold(false, |found, member| whole_numbers(member) | found),
        _ => false,
    }
}

fn read_strictly<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refused(&error))?;
    deserializer.end().map_err(|error| Problem::new(Kind::InvalidBody, error.to_string()))?;
    Ok(value)
}

/// The same, of what was read already.
pub(crate) fn read_value<T: DeserializeOwned>(mut value: Value) -> Result<T, Problem> {
    whole_numbers(&mut value);
    serde_path_to_error::deserialize(value).map_err(|error| refused(&error))
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let detail = error.inner().to_string();
    let pointer = pointer(error.path());
    let problem = Problem::new(Kind::InvalidBody, detail.clone());
    if pointer.is_empty() {
        return problem;
    }
    problem.with_error(FieldError { pointer: Some(pointer), field: None, rule: "shape".into(), detail })
}

/// RFC 6901 §3.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// Writes what cannot fail to be JSON: structures with names.
pub(crate) fn write(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        b"{}".to_vec()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_fraction_is_an_integer() {
        assert_eq!(read::<Vec<u16>>(b"[8620.0, 1e2, 7]"), Ok(vec![8620, 100, 7]));
        assert!(read::<Vec<u16>>(b"[7.5]").is_err());
        assert!(read::<Vec<u16>>(b"[65536.0]").is_err(), "beyond the type");
        assert!(read::<Vec<u16>>(b"[7.0] 1").is_err(), "and nothing behind it");
        assert_eq!(read_value::<u16>(Value::from(12.0)), Ok(12));
    }
}
