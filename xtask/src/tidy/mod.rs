//! The rules that no compiler checks: what is wrong by construction, and nothing that is a matter of taste.
//!
//! A rule reads the [`Tree`] and says its [`Finding`]s. `xtask/tidy.toml` holds the exemptions, each with its
//! reason; one that no longer exempts anything is itself a finding.

mod bands;
mod citations;
mod crate_names;
mod documents;
mod exemption;
mod panics;
mod private_keys;
mod purity;
mod tree;
mod unsafe_code;
mod workplace;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Failure, threats};
use tree::Tree;

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: PathBuf,
    /// From 1; 0 where the whole file is meant.
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) words: String,
}

impl Finding {
    fn new(rule: &'static str, path: &Path, line: usize, words: impl Into<String>) -> Finding {
        Finding { path: path.to_path_buf(), line, rule, words: words.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { path, line, rule, words } = self;
        write!(formatter, "{}:{line}: [{rule}] {words}", path.display())
    }
}

type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: [Rule; 9] = [
    bands::check,
    purity::check,
    panics::check,
    unsafe_code::check,
    citations::check,
    private_keys::check,
    workplace::check,
    crate_names::check,
    documents::check,
];

/// Checks every rule, prints each finding.
pub(crate) fn run() -> Result<(), Failure> {
    let tree = Tree::read()?;
    let exemptions = exemption::read()?;
    let found: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    let mut findings = exemption::apply(found, &exemptions);
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files, {} rules, nothing found", tree.files.len(), RULES.len());
            Ok(())
        }
        count => Err(format!("tidy: {count} findings")),
    }
}

/// The texts whose citations count, each with its path.
pub(crate) fn citing_texts() -> Result<Vec<(String, String)>, Failure> {
    Ok(citing_texts_of(&Tree::read()?))
}

fn citing_texts_of(tree: &Tree) -> Vec<(String, String)> {
    citations::citing_texts(tree).map(|(file, text)| (file.path.display().to_string(), text.to_string())).collect()
}

/// Every test of the workspace.
pub(crate) fn tests() -> Result<Vec<threats::Test>, Failure> {
    Ok(tests_of(&Tree::read()?))
}

/// The functions marked as tests, and those of test modules: a suite that a macro turns into tests lies there.
fn tests_of(tree: &Tree) -> Vec<threats::Test> {
    let mut tests = Vec::new();
    for file in tree.files.iter().filter(|file| file.band.is_some()) {
        let Some(source) = &file.source else { continue };
        let marked = source.tests.iter().map(String::as_str);
        let suite = source.functions().filter(|_| file.is_test);
        tests.extend(
            marked
                .chain(suite)
                .map(|name| threats::Test { folder: package_folder(&file.path), name: name.to_string() }),
        );
    }
    tests
}

/// `sip` for a file of `crates/sip`, `interop` for one of `interop`.
fn package_folder(path: &Path) -> String {
    let path = path.strip_prefix("crates").unwrap_or(path);
    let first = path.components().next();
    first.map(|first| first.as_os_str().to_string_lossy().into_owned()).unwrap_or_default()
}
