//! Every text of a template and of the code has its Portuguese and its Spanish wording.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use ringbearer_admin_web::Language;
use ringbearer_admin_web::language::catalogues;

/// What takes a key: a literal as the first argument.
const TAKES_KEY: &str = r#"(?s)(?:(?-u:\b)(?:tr|say|say_both|fill|key)\([ \n]*|\.help\([ \n]*|(?:title|label|help|legend|caption|menu|one|many|about): |Field::(?:text|new)\([A-Z]+, "[a-z_]+", |const (?:PART|FORWARD|DEVICES|PERMISSIONS|SECURITY|PORT|LINES): &str = )"((?:[^"\\]|\\.)+)""#;

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The keys of the crate, with a file where each is used.
fn keys() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut all, takes_key, continued) = (Vec::new(), Regex::new(TAKES_KEY).unwrap(), Regex::new(r"\\\n *").unwrap());
    files(&root.join("templates"), &mut all);
    files(&root.join("src"), &mut all);
    let mut keys = BTreeMap::new();
    for file in all.iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for found in takes_key.captures_iter(text) {
            // A Rust string goes on in the next line after a backslash.
            let key = continued.replace_all(&found[1], "").replace("\\\"", "\"");
            keys.insert(key, file.strip_prefix(root).unwrap().display().to_string());
        }
    }
    keys
}

#[test]
fn no_text_is_without_its_translation() {
    let used = keys();
    assert!(used.len() > 20, "the search for keys finds hardly any");
    let mut missing = Vec::new();
    for language in [Language::Portuguese, Language::Spanish] {
        for (key, file) in &used {
            if language.tr(key) == key && !same_in_both(key, language) {
                missing.push(format!("{}: {key:?} of {file}", language.tag()));
            }
        }
    }
    assert!(missing.is_empty(), "{} texts are not translated:\n{}", missing.len(), missing.join("\n"));
}

/// Whether the catalogue says that the wording is the same.
fn same_in_both(key: &str, language: Language) -> bool {
    catalogues()
        .filter(|(own, ..)| *own == language)
        .any(|(_, _, text)| toml::from_str::<BTreeMap<String, String>>(text).unwrap().contains_key(key))
}

#[test]
fn the_catalogues_have_the_same_keys_once_each_and_the_same_places() {
    let mut keys: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let place = Regex::new(r"\{[0-9]\}").unwrap();
    for (language, name, text) in catalogues() {
        let texts: BTreeMap<String, String> = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (key, translated) in texts {
            let places =
                |text: &str| place.find_iter(text).map(|found| found.as_str().to_owned()).collect::<BTreeSet<_>>();
            assert_eq!(places(&key), places(&translated), "{name}: {key}");
            assert!(
                keys.entry(language.tag()).or_default().insert(key.clone()),
                "{name}: {key:?} is in two catalogues"
            );
        }
    }
    assert_eq!(keys["pt"], keys["es"], "what one language has the other has");
}

#[test]
fn the_directorys_own_texts_are_translated() {
    let parameters = directory::PARAMETERS.iter();
    let own = parameters
        .flat_map(|parameter| [parameter.label.to_owned(), parameter.help.to_owned(), parameter.group.to_string()]);
    let ports = directory::PortName::ALL.into_iter().map(|port| port.label().to_owned());
    let roles = directory::Role::ALL.into_iter().map(|role| role.name().to_owned());
    for text in own.chain(ports).chain(roles) {
        for language in [Language::Portuguese, Language::Spanish] {
            assert!(same_in_both(&text, language), "{}: {text:?}", language.tag());
        }
    }
}
