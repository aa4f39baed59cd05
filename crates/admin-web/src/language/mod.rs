//! Languages: English in the code, Portuguese and Spanish in the catalogues.
//!
//! A text of a page is its English wording, which is the key of the other languages. The words of the vendor's administration
//! that name a thing (fields, menus) are translated as the vendor's own translations do where these are known.
//! A text that a catalogue lacks stays English; a test sees to it that none is lacking.

mod catalogue;

use std::fmt::{Display, Write as _};

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::Context;
use crate::local_path;
use crate::session::{CookieName, read_cookie, set_cookie};
use crate::submission::Submission;

pub use catalogue::catalogues;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Portuguese (Brazil).
    Portuguese,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::Portuguese, Self::Spanish];

    /// Its tag (RFC 5646).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt",
            Self::Spanish => "es",
        }
    }

    /// Its own name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Portuguese => "Português",
            Self::Spanish => "Español",
        }
    }

    /// The language that was chosen, else the first of the browser's that we have.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = read_cookie(headers, CookieName::Language).and_then(Self::from_tag);
        let asked = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(accepted);
        chosen.or_else(asked).unwrap_or_default()
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The text of a key.
    #[must_use]
    pub fn tr(self, key: &str) -> &str {
        catalogue::find(self, key).unwrap_or(key)
    }

    /// The text of a key, with `{0}`, `{1}`, … replaced by the values.
    #[must_use]
    pub fn fill(self, key: &str, values: &[&dyn Display]) -> String {
        let mut text = String::new();
        let mut rest = self.tr(key);
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            let value = behind
                .split_once('}')
                .and_then(|(number, after)| Some((values.get(number.parse::<usize>().ok()?)?, after)));
            match value {
                // Writing to a string cannot fail.
                Some((value, after)) => {
                    let _ = write!(text, "{value}");
                    rest = after;
                }
                None => {
                    text.push('{');
                    rest = behind;
                }
            }
        }
        text.push_str(rest);
        text
    }
}

/// RFC 9110 §12.5.4: the language with the greatest weight; of two alike, the first.
fn accepted(field: &str) -> Option<Language> {
    let mut best: Option<(Language, f32)> = None;
    for range in field.split(',').take(32) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
        if let Some(language) = Language::from_tag(tag.trim())
            && weight > best.map_or(0.0, |(_, weight)| weight)
        {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

/// `POST /language`
pub(crate) async fn choose(context: Context, submission: Submission) -> Response {
    let language = Language::from_tag(submission.text("language")).unwrap_or_default();
    let home = context.foundation().home;
    let mut response = Redirect::to(local_path::or(submission.text("next"), home)).into_response();
    response
        .headers_mut()
        .extend(set_cookie(CookieName::Language, language.tag()).map(|value| (header::SET_COOKIE, value)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_is_heard() {
        for (field, expected) in [
            ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::Portuguese)),
            ("de, es-MX;q=0.7, en;q=0.3", Some(Language::Spanish)),
            ("en;q=0.5, pt;q=0.6", Some(Language::Portuguese)),
            ("es;q=0, en;q=0.1", Some(Language::English)),
            ("de", None),
            ("", None),
        ] {
            assert_eq!(accepted(field), expected, "{field}");
        }
    }

    #[test]
    fn values_are_filled_in() {
        let fill = |key, values: &[&dyn Display]| Language::English.fill(key, values);
        assert_eq!(fill("{0} of {1}", &[&1, &"two"]), "1 of two");
        assert_eq!(fill("{1} {x} {2} {", &[&1, &2]), "2 {x} {2} {");
        assert_eq!(fill("{0}", &[&"{1}", &"no"]), "{1}", "what was filled in is not read again");
    }
}
