//! The documents are true: what is generated is current, every threat row is held or excused, and the files
//! that ARCHITECTURE.md names are there.

use std::path::Path;

use super::Finding;
use super::tree::Tree;
use crate::{Failure, compliance, threats, workspace};

const RULE: &str = "document";

const MAP: &str = "ARCHITECTURE.md";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let compliance = compliance::render(&super::citing_texts_of(tree));
    findings.extend(stale(compliance::TABLE, "compliance", compliance));
    let tests = super::tests_of(tree);
    findings.extend(stale(threats::TABLE, "threats", threats::render(&tests)));
    match threats::unheld(&tests) {
        Ok(rows) => findings.extend(rows.into_iter().map(|row| {
            let words = format!("{row} has neither a test named for it nor a reason");
            Finding::new(RULE, Path::new(threats::ROWS), 0, words)
        })),
        Err(failure) => findings.push(Finding::new(RULE, Path::new(threats::ROWS), 0, failure)),
    }
    let map = tree.texts().find(|(file, _)| file.path == Path::new(MAP));
    if let Some((_, text)) = map {
        findings.extend(lost_paths(text, |path| workspace::root().join(path).exists()));
    }
    findings
}

fn stale(table: &'static str, task: &str, rendered: Result<String, Failure>) -> Option<Finding> {
    let words = match rendered {
        Err(failure) => failure,
        Ok(rendered) if workspace::text(Path::new(table)).as_deref() != Some(rendered.as_str()) => {
            format!("is not current: cargo xtask {task}")
        }
        Ok(_) => return None,
    };
    Some(Finding::new(RULE, Path::new(table), 0, words))
}

/// The paths between backticks on the map that lead nowhere.
fn lost_paths(text: &str, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let quoted = line.split('`').skip(1).step_by(2);
        for path in quoted.filter(|word| looks_like_a_path(word)) {
            if !exists(path) {
                findings.push(Finding::new(RULE, Path::new(MAP), at + 1, format!("{path} is not there")));
            }
        }
    }
    findings
}

fn looks_like_a_path(word: &str) -> bool {
    const FOLDERS: [&str; 8] = ["crates/", "testkit/", "interop/", "fuzz/", "bench/", "xtask/", "docs/", "packaging/"];
    FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains(['<', '*', '{', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_map_that_leads_nowhere() {
        let text = "one `crates/sip/src/lib.rs`, two `crates/gone.rs`, three `crates/<name>/` and `other`";
        let found = lost_paths(text, |path| path == "crates/sip/src/lib.rs");
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().map(|finding| finding.words.as_str()), Some("crates/gone.rs is not there"));
    }
}
