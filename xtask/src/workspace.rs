//! What the tasks know of the repository: its root, its tracked files, its packages with their bands.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Failure;

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// The folder that builds and tools go to.
pub(crate) fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}

/// Every file that git tracks or would track, relative to the root, sorted.
pub(crate) fn files() -> Result<Vec<PathBuf>, Failure> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    if !output.status.success() {
        return Err("git ls-files failed: the rules read the files that git tracks".to_string());
    }
    let mut files: Vec<PathBuf> = output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()))
        .filter(|path| root().join(path).is_file())
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of a tracked file, or `None` where it is not text.
pub(crate) fn text(path: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(path)).ok()?).ok()
}

/// One package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder, relative to the root.
    pub(crate) folder: PathBuf,
    pub(crate) band: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// An edge from a package to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Development,
}

/// The workspace's packages, from cargo metadata.
pub(crate) fn packages() -> Result<Vec<Package>, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    parse_metadata(&output.stdout, &root())
}

fn parse_metadata(json: &[u8], root: &Path) -> Result<Vec<Package>, Failure> {
    let metadata: Metadata = serde_json::from_slice(json).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(metadata.packages.into_iter().map(|package| package.into_package(root)).collect())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    metadata: Option<serde_json::Value>,
    dependencies: Vec<MetadataDependency>,
}

#[derive(Deserialize)]
struct MetadataDependency {
    name: String,
    kind: Option<String>,
}

impl MetadataPackage {
    fn into_package(self, root: &Path) -> Package {
        let folder = self.manifest_path.parent().unwrap_or(root);
        let band = self
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.get("band").and_then(|band| band.as_str()).map(str::to_string));
        Package {
            name: self.name,
            folder: folder.strip_prefix(root).unwrap_or(folder).to_path_buf(),
            band,
            dependencies: self
                .dependencies
                .into_iter()
                .map(|dependency| Dependency {
                    name: dependency.name,
                    kind: match dependency.kind.as_deref() {
                        Some("dev") => Kind::Development,
                        Some("build") => Kind::Build,
                        _ => Kind::Normal,
                    },
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_package_with_its_band_and_edges() {
        let json = br#"{"packages":[{"name":"ringbearer-sip","manifest_path":"/r/crates/sip/Cargo.toml",
            "metadata":{"band":"protocol"},
            "dependencies":[{"name":"bytes","kind":null},{"name":"testkit","kind":"dev"}]}]}"#;
        assert_eq!(
            parse_metadata(json, Path::new("/r")),
            Ok(vec![Package {
                name: "ringbearer-sip".to_string(),
                folder: PathBuf::from("crates/sip"),
                band: Some("protocol".to_string()),
                dependencies: vec![
                    Dependency { name: "bytes".to_string(), kind: Kind::Normal },
                    Dependency { name: "testkit".to_string(), kind: Kind::Development },
                ],
            }])
        );
    }

    #[test]
    fn finds_the_root() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
