//! A crate is named for one thing of the domain; a name that could hold anything will.

use super::Finding;
use super::tree::Tree;

const RULE: &str = "crate-name";

const VAGUE: [&str; 10] = ["base", "common", "core", "helpers", "manager", "misc", "shared", "tools", "types", "utils"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages
        .iter()
        .filter_map(|package| {
            let name = package.name.trim_start_matches("ringbearer-");
            let vague = name.split('-').any(|word| VAGUE.contains(&word));
            vague.then(|| {
                let words = format!("{} says nothing of what it holds", package.name);
                Finding::new(RULE, &package.folder.join("Cargo.toml"), 0, words)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::workspace::Package;

    fn found(name: &str) -> usize {
        let package =
            Package { name: name.to_string(), folder: PathBuf::from("crates/x"), band: None, dependencies: Vec::new() };
        check(&Tree { packages: vec![package], files: Vec::new() }).len()
    }

    #[test]
    fn refuses_a_vague_name() {
        assert_eq!(found("ringbearer-common"), 1);
        assert_eq!(found("ringbearer-sip-utils"), 1);
        assert_eq!(found("ringbearer-callmanager"), 0);
    }
}
