//! What the rules read: the workspace's packages, and every tracked file with its code outside tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::source::Source;
use crate::workspace::{self, Package};

/// The repository.
pub(crate) struct Tree {
    pub(crate) packages: Vec<Package>,
    pub(crate) files: Vec<File>,
}

/// A tracked file.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// `None` where the file is not text.
    pub(crate) text: Option<String>,
    /// The code outside tests; `None` for what is not Rust.
    pub(crate) source: Option<Source>,
    /// The band of the package that the file belongs to.
    pub(crate) band: Option<String>,
    /// A file of tests, examples or benchmarks as a whole.
    pub(crate) is_test: bool,
}

impl Tree {
    /// Reads the repository.
    pub(crate) fn read() -> Result<Tree, Failure> {
        let packages = workspace::packages()?;
        let files = workspace::files()?
            .into_iter()
            .map(|path| {
                let text = workspace::text(&path);
                (path, text)
            })
            .collect();
        Tree::new(packages, files)
    }

    fn new(packages: Vec<Package>, texts: Vec<(PathBuf, Option<String>)>) -> Result<Tree, Failure> {
        let mut files = Vec::with_capacity(texts.len());
        for (path, text) in texts {
            let source = match &text {
                Some(text) if path.extension().is_some_and(|extension| extension == "rs") => {
                    Some(Source::parse(text).map_err(|error| format!("{}: {error}", path.display()))?)
                }
                _ => None,
            };
            let band = band_of(&path, &packages);
            let is_test = in_test_folder(&path);
            files.push(File { path, text, source, band, is_test });
        }
        mark_test_modules(&mut files);
        Ok(Tree { packages, files })
    }

    /// The files of code outside tests in packages of these bands, with their code.
    pub(crate) fn code<'a>(&'a self, bands: &'a [&str]) -> impl Iterator<Item = (&'a File, &'a Source)> {
        self.files
            .iter()
            .filter(|file| !file.is_test)
            .filter(|file| file.band.as_deref().is_some_and(|band| bands.contains(&band)))
            .filter_map(|file| file.source.as_ref().map(|source| (file, source)))
    }

    /// The text files, with their text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&File, &str)> {
        self.files.iter().filter_map(|file| file.text.as_deref().map(|text| (file, text)))
    }

    /// One package of a band with one file, for the rules' own tests.
    #[cfg(test)]
    pub(crate) fn of(band: &str, path: &str, text: &str) -> Tree {
        let package = Package {
            name: "ringbearer-sample".to_string(),
            folder: PathBuf::from("crates/sample"),
            band: Some(band.to_string()),
            dependencies: Vec::new(),
        };
        Tree::new(vec![package], vec![(PathBuf::from(path), Some(text.to_string()))]).expect("the sample lexes")
    }
}

fn band_of(path: &Path, packages: &[Package]) -> Option<String> {
    packages
        .iter()
        .filter(|package| path.starts_with(&package.folder))
        .max_by_key(|package| package.folder.components().count())
        .and_then(|package| package.band.clone())
}

fn in_test_folder(path: &Path) -> bool {
    path.components().any(|component| matches!(component.as_os_str().to_str(), Some("tests" | "benches" | "examples")))
}

/// Marks the files of `#[cfg(test)] mod name;` and what lies below them.
fn mark_test_modules(files: &mut [File]) {
    let mut folders = BTreeSet::new();
    for file in files.iter() {
        let Some(source) = &file.source else { continue };
        for module in &source.test_modules {
            folders.insert(children_folder(&file.path).join(module));
        }
    }
    for file in files.iter_mut() {
        let module = file.path.with_extension("");
        if folders.iter().any(|folder| module.starts_with(folder)) {
            file.is_test = true;
        }
    }
}

/// The folder that holds the modules which the file at `path` declares.
fn children_folder(path: &Path) -> PathBuf {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    match stem {
        "lib" | "main" | "mod" => folder.to_path_buf(),
        stem => folder.join(stem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> (PathBuf, Option<String>) {
        (PathBuf::from(path), Some(text.to_string()))
    }

    #[test]
    fn the_files_of_a_test_module_are_test_code() {
        let tree = Tree::new(
            Vec::new(),
            vec![
                file("crates/a/src/token.rs", "#[cfg(test)] mod proofs; mod ring;"),
                file("crates/a/src/token/proofs.rs", ""),
                file("crates/a/src/token/proofs/table.rs", ""),
                file("crates/a/src/token/ring.rs", ""),
                file("crates/a/tests/whole.rs", ""),
            ],
        )
        .expect("the files lex");
        let tests: Vec<bool> = tree.files.iter().map(|file| file.is_test).collect();
        assert_eq!(tests, [false, true, true, false, true]);
    }
}
