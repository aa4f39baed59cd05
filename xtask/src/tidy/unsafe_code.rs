//! `unsafe` nowhere: the workspace forbids it, and no package may take the ban back.

use super::Finding;
use super::tree::Tree;
use crate::source::Kind;

const RULE: &str = "unsafe";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if let (Some(_), Some(source)) = (&file.band, &file.source) {
            for token in &source.tokens {
                if token.kind == Kind::Word && token.text == "unsafe" {
                    findings.push(Finding::new(RULE, &file.path, token.line, "unsafe code"));
                }
            }
        }
    }
    findings.extend(packages_that_allow_it(tree));
    findings
}

fn packages_that_allow_it(tree: &Tree) -> Vec<Finding> {
    tree.packages
        .iter()
        .filter_map(|package| {
            let manifest = package.folder.join("Cargo.toml");
            let file = tree.files.iter().find(|file| file.path == manifest)?;
            let text = file.text.as_deref()?;
            let forbids = text.contains("[lints]\nworkspace = true") || text.contains("unsafe_code = \"forbid\"");
            (!forbids).then(|| Finding::new(RULE, &manifest, 0, "does not forbid unsafe code"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_unsafe_code() {
        let tree = Tree::of("adapters", "crates/sample/src/lib.rs", "fn a() { unsafe { b() } }");
        assert_eq!(check(&tree).len(), 1);
    }

    #[test]
    fn ignores_the_word_elsewhere() {
        let tree = Tree::of("adapters", "crates/sample/src/lib.rs", "// unsafe\nconst A: &str = \"unsafe\";");
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn refuses_a_package_that_takes_the_ban_back() {
        let tree = Tree::of("adapters", "crates/sample/Cargo.toml", "[package]\n");
        assert_eq!(check(&tree).len(), 1);
    }
}
