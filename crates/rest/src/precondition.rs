//! ETags and what has to be true of an object before it is changed (RFC 9110 §8.8.3, §13.1).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use directory::{Precondition, Version};

use crate::problem::{Kind, Problem};

/// An object's ETag.
pub(crate) fn etag(version: Version) -> HeaderValue {
    quoted(&version.0.to_string())
}

pub(crate) fn quoted(tag: &str) -> HeaderValue {
    // Cannot fail: our tags are letters and digits.
    HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Which states of an object a request is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Any, as long as it is there.
    Any,
    /// One of these, without quotes.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header, which has to be there (RFC 6585 §3).
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let missing = || {
            let detail = "send the ETag of what was read in If-Match, or * for whatever is there";
            Problem::new(Kind::PreconditionRequired, detail)
        };
        read(headers, &header::IF_MATCH)?.ok_or_else(missing)
    }

    /// Whether a tag is one of them.
    pub(crate) fn holds(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|own| own == tag),
        }
    }

    /// What the repository has to find of an object that has this version now.
    ///
    /// # Errors
    /// When it is not among those that are meant.
    pub(crate) fn precondition(&self, now: Version, what: &str) -> Result<Precondition, Problem> {
        match self {
            Self::Any => Ok(Precondition::Present),
            Self::Tags(_) if self.holds(&now.0.to_string()) => Ok(Precondition::Version(now)),
            Self::Tags(_) => Err(Problem::changed(what)),
        }
    }
}

/// Whether whoever asks has this state already (RFC 9110 §13.1.2).
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> Result<bool, Problem> {
    Ok(read(headers, &header::IF_NONE_MATCH)?.is_some_and(|known| known.holds(tag)))
}

fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<IfMatch>, Problem> {
    let invalid = || Problem::parameter(name.as_str(), "only * or ETags in quotes, separated by commas, are allowed");
    let mut tags = Vec::new();
    let mut any = false;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| invalid())?;
        // An empty list says nothing (RFC 9110 §5.6.1).
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            if item == "*" {
                any = true;
                continue;
            }
            // A weak tag never matches strongly, which is the comparison of If-Match (RFC 9110 §8.8.3.2); ours are all strong.
            let weak = item.starts_with("W/");
            let inner = item.trim_start_matches("W/").strip_prefix('"').and_then(|item| item.strip_suffix('"'));
            let inner = inner.filter(|inner| !inner.contains('"')).ok_or_else(invalid)?;
            if !weak || name == header::IF_NONE_MATCH {
                tags.push(inner.to_owned());
            } else {
                tags.push(String::new());
            }
        }
    }
    match (any, tags.is_empty()) {
        (true, true) => Ok(Some(IfMatch::Any)),
        (true, false) => Err(invalid()),
        (false, true) => Ok(None),
        (false, false) => Ok(Some(IfMatch::Tags(tags))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(value: &str) -> Result<IfMatch, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        IfMatch::read(&headers)
    }

    #[test]
    fn tags_are_read_as_the_standard_writes_them() {
        let tags = |tags: &[&str]| IfMatch::Tags(tags.iter().map(|tag| (*tag).to_owned()).collect());
        assert_eq!(if_match("*"), Ok(IfMatch::Any));
        assert_eq!(if_match("\"7\""), Ok(tags(&["7"])));
        assert_eq!(if_match("\"7\" , \"8\""), Ok(tags(&["7", "8"])));
        assert_eq!(if_match("W/\"7\""), Ok(tags(&[""])), "a weak tag matches nothing");
        for bad in ["7", "\"7", "*, \"7\"", "\"a\"b\""] {
            assert_eq!(if_match(bad).unwrap_err().kind, Kind::InvalidParameter, "{bad}");
        }
        assert_eq!(if_match("\"7\","), Ok(tags(&["7"])), "an empty element of a list says nothing");
        assert_eq!(if_match("").unwrap_err().kind, Kind::PreconditionRequired);
        assert_eq!(IfMatch::read(&HeaderMap::new()).unwrap_err().kind, Kind::PreconditionRequired);
    }

    #[test]
    fn what_was_read_is_what_is_changed() {
        let read = if_match("\"7\"").unwrap();
        assert_eq!(read.precondition(Version(7), "it"), Ok(Precondition::Version(Version(7))));
        assert_eq!(read.precondition(Version(8), "it").unwrap_err().kind, Kind::Changed);
        assert_eq!(IfMatch::Any.precondition(Version(8), "it"), Ok(Precondition::Present));
    }
}
