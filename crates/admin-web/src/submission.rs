//! What a form sent: read once, before the handler, by the guard that has to find the form's token in it.
//!
//! Forms come as `application/x-www-form-urlencoded`, those with files as `multipart/form-data`. Everything has a limit: an
//! ordinary form 256 KiB, one with files 8 MiB, and 4096 fields. Whoever has not signed in sends no files and no more than
//! 16 KiB: what is held for strangers, of whom there may be thousands, stays small.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::error::PageError;

/// Octets of the form of whoever has not signed in.
const MOST_OF_STRANGER: usize = 16 * 1024;
/// Octets of a form.
const MOST_FORM: usize = 256 * 1024;
/// Octets of a form with files.
const MOST_UPLOAD: usize = 8 * 1024 * 1024;
/// Fields of a form.
const MOST_FIELDS: usize = 4096;

/// A file of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name that the browser gave; empty when none was chosen.
    pub name: String,
    /// The content.
    pub content: Bytes,
}

/// The fields of a form, in their order.
#[derive(Clone, Default)]
pub struct Submission(Arc<Fields>);

#[derive(Default)]
struct Fields {
    texts: Vec<(String, String)>,
    files: Vec<(String, File)>,
}

impl Submission {
    /// The first value of a field; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.texts.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.texts.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether the field was sent: how a checked box tells itself from one that is not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.texts(name).next().is_some()
    }

    /// A file.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&File> {
        self.0.files.iter().find(|(own, _)| own == name).map(|(_, file)| file)
    }

    /// All fields that are texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.texts.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A form of these fields.
    #[must_use]
    pub fn of_fields(texts: Vec<(String, String)>) -> Self {
        Self(Arc::new(Fields { texts, files: Vec::new() }))
    }

    /// Reads the body of a request of whoever has not signed in.
    pub(crate) async fn read_of_stranger(headers: &HeaderMap, body: Body) -> Result<Self, PageError> {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        fields(kind, &octets(body, MOST_OF_STRANGER).await?)
    }

    /// Reads the body of a request.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, PageError> {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Ok(boundary) = multer::parse_boundary(kind) {
            return multipart(octets(body, MOST_UPLOAD).await?, boundary).await;
        }
        fields(kind, &octets(body, MOST_FORM).await?)
    }
}

/// Without the values: passwords are among them.
impl std::fmt::Debug for Submission {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (texts, files) = (&self.0.texts, &self.0.files);
        let names = texts.iter().map(|(name, _)| name).chain(files.iter().map(|(name, _)| name));
        formatter.debug_set().entries(names).finish()
    }
}

impl<S: Sync> FromRequestParts<S> for Submission {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        // The guard puts one on each unsafe request; a safe one has no form.
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

async fn octets(body: Body, most: usize) -> Result<Bytes, PageError> {
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(PageError::TooLarge),
        Err(_) => Err(PageError::Request(String::new())),
    }
}

fn fields(kind: &str, octets: &[u8]) -> Result<Submission, PageError> {
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => urlencoded(octets),
        "" if octets.is_empty() => Ok(Submission::default()),
        _ => Err(PageError::Request(String::new())),
    }
}

fn urlencoded(octets: &[u8]) -> Result<Submission, PageError> {
    let mut texts = Vec::new();
    for (name, value) in form_urlencoded::parse(octets) {
        if texts.len() == MOST_FIELDS {
            return Err(PageError::TooLarge);
        }
        texts.push((name.into_owned(), unix_lines(&value)));
    }
    Ok(Submission::of_fields(texts))
}

async fn multipart(octets: Bytes, boundary: String) -> Result<Submission, PageError> {
    let unreadable = |_| PageError::Request(String::new());
    let mut parts = multer::Multipart::new(Body::from(octets).into_data_stream(), boundary);
    let mut fields = Fields::default();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        if fields.texts.len() + fields.files.len() == MOST_FIELDS {
            return Err(PageError::TooLarge);
        }
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let file = part.file_name().map(str::to_owned);
        let content = part.bytes().await.map_err(unreadable)?;
        match file {
            Some(file) => fields.files.push((name, File { name: file, content })),
            None => {
                let text = std::str::from_utf8(&content).map_err(|_| PageError::Request(String::new()))?;
                fields.texts.push((name, unix_lines(text)));
            }
        }
    }
    Ok(Submission(Arc::new(fields)))
}

/// Browsers send the lines of a text area with CR LF.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(kind: &str, body: impl Into<Body>) -> Result<Submission, PageError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        Submission::read(&headers, body.into()).await
    }

    #[tokio::test]
    async fn a_form_is_read() {
        let form = read("application/x-www-form-urlencoded", "a=1&a=%C3%A9&b=x+y%0D%0Az&c=").await.unwrap();
        assert_eq!(form.texts("a").collect::<Vec<_>>(), ["1", "é"]);
        assert_eq!((form.text("b"), form.text("c"), form.text("d")), ("x y\nz", "", ""));
        assert_eq!((form.has("c"), form.has("d")), (true, false));
        assert_eq!(format!("{form:?}"), r#"{"a", "a", "b", "c"}"#);
    }

    #[tokio::test]
    async fn a_file_is_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n--x\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"phones.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\r\n\r\n--x--\r\n";
        let form = read("multipart/form-data; boundary=x", body).await.unwrap();
        assert_eq!(form.text("csrf"), "token");
        let file = form.file("file").unwrap();
        assert_eq!((file.name.as_str(), &file.content[..]), ("phones.csv", &b"a,b\r\n"[..]));
    }

    #[tokio::test]
    async fn what_is_too_large_or_no_form_is_refused() {
        let long = format!("a={}", "x".repeat(MOST_FORM));
        assert_eq!(read("application/x-www-form-urlencoded", long).await.unwrap_err(), PageError::TooLarge);
        let many = "a&".repeat(MOST_FIELDS + 1);
        assert_eq!(read("application/x-www-form-urlencoded", many).await.unwrap_err(), PageError::TooLarge);
        let not_ours = PageError::Request(String::new());
        assert_eq!(read("text/plain", "a=1").await.unwrap_err(), not_ours);
        assert_eq!(read("application/json", "{}").await.unwrap_err(), not_ours);
        assert_eq!(read("multipart/form-data; boundary=x", "--y").await.unwrap_err(), not_ours);
    }
}
