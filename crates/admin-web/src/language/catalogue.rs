//! The catalogues: TOML files, one for each face and language, a line a text.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Language;

type Catalogue = HashMap<String, String>;

macro_rules! catalogues {
    ($($face:literal),* $(,)?) => {
        const PORTUGUESE: &[(&str, &str)] =
            &[$((concat!($face, ".pt"), include_str!(concat!("../../catalogues/", $face, ".pt.toml")))),*];
        const SPANISH: &[(&str, &str)] =
            &[$((concat!($face, ".es"), include_str!(concat!("../../catalogues/", $face, ".es.toml")))),*];
    };
}

catalogues!["foundation", "ccmadmin", "live", "services", "expressway"];

static IN_PORTUGUESE: LazyLock<Catalogue> = LazyLock::new(|| read(PORTUGUESE));
static IN_SPANISH: LazyLock<Catalogue> = LazyLock::new(|| read(SPANISH));

/// The translation of a key.
pub(super) fn find(language: Language, key: &str) -> Option<&'static str> {
    let catalogue = match language {
        Language::English => return None,
        Language::Portuguese => &IN_PORTUGUESE,
        Language::Spanish => &IN_SPANISH,
    };
    catalogue.get(key).map(String::as_str)
}

/// The files of all catalogues: name and content, for those who check them.
pub fn catalogues() -> impl Iterator<Item = (Language, &'static str, &'static str)> {
    let of = |language, files: &'static [(&str, &str)]| files.iter().map(move |(name, text)| (language, *name, *text));
    of(Language::Portuguese, PORTUGUESE).chain(of(Language::Spanish, SPANISH))
}

fn read(files: &[(&str, &str)]) -> Catalogue {
    let mut all = Catalogue::new();
    for (name, text) in files {
        match toml::from_str::<Catalogue>(text) {
            Ok(texts) => all.extend(texts),
            Err(error) => tracing::error!(%error, name, "a catalogue cannot be read; its texts stay English"),
        }
    }
    all
}
