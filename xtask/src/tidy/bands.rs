//! Edges between packages point downwards: protocol < domain < adapters < product.
//!
//! A package says its band in `[package.metadata]`. Verification stands beside the bands: it may use any, and
//! they may use it in their tests only. The two lower bands may use no crate that brings a runtime, sockets,
//! storage or randomness.

use std::path::PathBuf;

use super::Finding;
use super::tree::Tree;
use crate::workspace::{Dependency, Kind, Package};

const RULE: &str = "bands";

const ORDER: [&str; 4] = ["protocol", "domain", "adapters", "product"];

/// Crates whose purpose the two pure bands must do without.
const IMPURE: [&str; 20] = [
    "async-std",
    "axum",
    "deadpool",
    "fastrand",
    "getrandom",
    "hyper",
    "hyper-util",
    "mio",
    "rand",
    "rand_core",
    "reqwest",
    "rusqlite",
    "rustix",
    "socket2",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "tokio-rustls",
    "tower",
    "tracing-subscriber",
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages.iter().flat_map(|package| findings_of(package, &tree.packages)).collect()
}

fn findings_of(package: &Package, packages: &[Package]) -> Vec<Finding> {
    let manifest = package.folder.join("Cargo.toml");
    let Some(band) = package.band.as_deref() else {
        return vec![finding(manifest, format!("{} names no band in [package.metadata]", package.name))];
    };
    if band != "verification" && !ORDER.contains(&band) {
        return vec![finding(manifest, format!("{} names an unknown band: {band}", package.name))];
    }
    package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            broken_edge(band, dependency, packages)
                .map(|words| finding(manifest.clone(), format!("{} {words}", package.name)))
        })
        .collect()
}

fn broken_edge(band: &str, dependency: &Dependency, packages: &[Package]) -> Option<String> {
    let name = &dependency.name;
    let in_tests = dependency.kind == Kind::Development;
    let Some(target) = packages.iter().find(|package| package.name == *name) else {
        let pure = matches!(band, "protocol" | "domain");
        return (pure && !in_tests && IMPURE.contains(&name.as_str()))
            .then(|| format!("({band}) uses {name}, which the pure bands do without"));
    };
    let target_band = target.band.as_deref().unwrap_or_default();
    if band == "verification" {
        return None;
    }
    if target_band == "verification" {
        return (!in_tests).then(|| format!("({band}) uses {name} outside tests"));
    }
    let height = |band: &str| ORDER.iter().position(|name| *name == band);
    (height(target_band) > height(band)).then(|| format!("({band}) uses {name} ({target_band}): an upward edge"))
}

fn finding(manifest: PathBuf, words: String) -> Finding {
    Finding::new(RULE, &manifest, 0, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, band: Option<&str>, dependencies: &[(&str, Kind)]) -> Package {
        Package {
            name: name.to_string(),
            folder: PathBuf::from(name),
            band: band.map(str::to_string),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency { name: name.to_string(), kind: *kind })
                .collect(),
        }
    }

    fn words(packages: Vec<Package>) -> Vec<String> {
        check(&Tree { packages, files: Vec::new() }).into_iter().map(|finding| finding.words).collect()
    }

    #[test]
    fn refuses_an_upward_edge() {
        let found = words(vec![
            package("sip", Some("protocol"), &[("callmanager", Kind::Normal)]),
            package("callmanager", Some("domain"), &[("sip", Kind::Normal)]),
        ]);
        assert_eq!(found, ["sip (protocol) uses callmanager (domain): an upward edge"]);
    }

    #[test]
    fn refuses_an_upward_edge_of_tests_too() {
        let found = words(vec![
            package("sip", Some("protocol"), &[("callmanager", Kind::Development)]),
            package("callmanager", Some("domain"), &[]),
        ]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn refuses_a_runtime_in_a_pure_band() {
        let found = words(vec![package("sip", Some("protocol"), &[("tokio", Kind::Normal)])]);
        assert_eq!(found, ["sip (protocol) uses tokio, which the pure bands do without"]);
    }

    #[test]
    fn lets_tests_use_the_testkit_and_nothing_else() {
        let kit = || package("testkit", Some("verification"), &[("sip", Kind::Normal)]);
        let of = |kind| words(vec![package("sip", Some("protocol"), &[("testkit", kind)]), kit()]);
        assert_eq!(of(Kind::Development), Vec::<String>::new());
        assert_eq!(of(Kind::Normal), ["sip (protocol) uses testkit outside tests"]);
    }

    #[test]
    fn refuses_a_package_without_a_band() {
        assert_eq!(words(vec![package("sip", None, &[])]).len(), 1);
        assert_eq!(words(vec![package("sip", Some("cellar"), &[])]).len(), 1);
    }
}
