//! No panic on an input path: what clippy's lints do not reach.
//!
//! Clippy refuses `unwrap`, indexing and `panic!`, but can be silenced on the spot, does not look into macros'
//! arguments, and does not know the library calls that panic on a wrong length. Where such a call is right,
//! a comment on its line or just above begins with `Cannot panic:` and says why.

use super::Finding;
use super::tree::{File, Tree};
use crate::source::{Kind, Source};

const RULE: &str = "panics";

const BANDS: [&str; 3] = ["protocol", "domain", "adapters"];

/// Lints that may not be silenced on the spot.
const LINTS: [&str; 6] =
    ["unwrap_used", "indexing_slicing", "string_slice", "panic", "unreachable", "arithmetic_side_effects"];

const MACROS: [&str; 7] = ["panic", "unreachable", "todo", "unimplemented", "assert", "assert_eq", "assert_ne"];

/// Methods that panic on a wrong length or position, with the one that does not.
const METHODS: [(&str, &str); 14] = [
    ("unwrap", "`?`, `let … else` or `unwrap_or`"),
    ("unwrap_err", "`match`"),
    ("expect_err", "`match`"),
    ("split_at", "`split_at_checked`"),
    ("split_at_mut", "`split_at_mut_checked`"),
    ("copy_from_slice", "`extend_from_slice`, `try_into` or `get_mut`"),
    ("clone_from_slice", "`extend_from_slice` or `get_mut`"),
    ("copy_within", "`get_mut`"),
    ("swap_remove", "`pop` or `retain`"),
    ("split_to", "a length that was checked"),
    ("get_u8", "`first`"),
    ("get_u16", "`first_chunk`"),
    ("get_u32", "`first_chunk`"),
    ("get_u64", "`first_chunk`"),
];

/// An `expect` states an invariant; fewer letters than this state nothing.
const SHORTEST_INVARIANT: usize = 12;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.code(&BANDS) {
        findings.extend(findings_of(file, source));
    }
    findings.extend(packages_without_lints(tree));
    findings
}

fn findings_of(file: &File, source: &Source) -> Vec<Finding> {
    let text = |at: usize| source.tokens.get(at).map_or("", |token| token.text.as_str());
    let mut findings = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        if token.kind != Kind::Word {
            continue;
        }
        let is_method = at > 0 && text(at - 1) == "." && text(at + 1) == "(";
        let word = token.text.as_str();
        let words = if is_method && word == "expect" {
            weak_invariant(text(at + 2))
        } else if is_method {
            METHODS
                .iter()
                .find(|(method, _)| *method == word)
                .map(|(method, instead)| format!("`{method}` panics on some input: {instead}"))
        } else if text(at + 1) == "!" && MACROS.contains(&word) {
            Some(format!("`{word}!` on an input path: answer an error"))
        } else if matches!(word, "allow" | "expect") && text(at + 1) == "(" {
            silenced(source, at + 2)
        } else {
            None
        };
        if let Some(words) = words
            && !is_argued(file, token.line)
        {
            findings.push(Finding::new(RULE, &file.path, token.line, words));
        }
    }
    findings
}

/// `text` is the token after `expect(`. What is no literal may be the argument of a method of that name, not a message.
fn weak_invariant(text: &str) -> Option<String> {
    let is_too_short = text.starts_with('"') && text.len() < SHORTEST_INVARIANT + 2;
    is_too_short.then(|| "`expect` must state the invariant that holds".to_string())
}

/// The lint that `allow(…)` or `expect(…)` silences, where it is one of ours. An `expect` with its reason may.
fn silenced(source: &Source, start: usize) -> Option<String> {
    let is_expectation = source.tokens.get(start.saturating_sub(2)).is_some_and(|token| token.text == "expect");
    let inside = || source.tokens.iter().skip(start).take_while(|token| token.text != ")");
    if is_expectation && inside().any(|token| token.text == "reason") {
        return None;
    }
    inside()
        .find(|token| LINTS.contains(&token.text.as_str()))
        .map(|token| format!("clippy::{} is silenced here", token.text))
}

/// Whether a `Cannot panic:` comment stands on the line or in the comment just above it.
fn is_argued(file: &File, line: usize) -> bool {
    let Some(text) = file.text.as_deref() else {
        return false;
    };
    let lines: Vec<&str> = text.lines().take(line).collect();
    let Some((here, above)) = lines.split_last() else {
        return false;
    };
    let argues = |line: &str| line.contains("// Cannot panic: ");
    argues(here) || above.iter().rev().take_while(|line| line.trim_start().starts_with("//")).any(|line| argues(line))
}

/// A package of the bands takes the workspace's lints.
fn packages_without_lints(tree: &Tree) -> Vec<Finding> {
    let banded = tree.packages.iter().filter(|package| {
        let band = package.band.as_deref().unwrap_or_default();
        BANDS.contains(&band) || band == "product"
    });
    banded
        .filter_map(|package| {
            let manifest = package.folder.join("Cargo.toml");
            let file = tree.files.iter().find(|file| file.path == manifest)?;
            let text = file.text.as_deref()?;
            let takes_them = text.contains("[lints]\nworkspace = true");
            (!takes_them).then(|| Finding::new(RULE, &manifest, 0, "does not take the workspace's lints"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str, code: &str) -> Vec<String> {
        check(&Tree::of("protocol", path, code)).into_iter().map(|finding| finding.words).collect()
    }

    fn in_code(body: &str) -> usize {
        words("crates/sample/src/lib.rs", &format!("fn a() {{ {body} }}")).len()
    }

    #[test]
    fn refuses_what_panics() {
        for body in [
            "x.unwrap();",
            "select! { y = x.unwrap() => {} }",
            "let (a, b) = x.split_at(4);",
            "a.copy_from_slice(b);",
            "buffer.split_to(n);",
            "unreachable!();",
            "assert_eq!(a, b);",
            "x.expect(\"ok\");",
        ] {
            assert_eq!(in_code(body), 1, "{body}");
        }
    }

    #[test]
    fn refuses_a_silenced_lint() {
        assert_eq!(in_code("#[allow(clippy::indexing_slicing)] let a = b[0];"), 1);
        assert_eq!(in_code("#[expect(clippy::unwrap_used)] let a = 1;"), 1);
        assert_eq!(in_code("#[allow(clippy::unwrap_used, reason = \"so\")] let a = 1;"), 1);
        assert_eq!(in_code("#[expect(clippy::unwrap_used, reason = \"it does not compile\")] let a = 1;"), 0);
        assert_eq!(in_code("#[expect(clippy::too_many_lines)] let a = 1;"), 0);
    }

    #[test]
    fn accepts_a_stated_invariant_and_an_argued_call() {
        assert_eq!(in_code("x.expect(\"the table was just filled\");"), 0);
        assert_eq!(in_code("\n// Cannot panic: `n` came from `find`.\nbuffer.split_to(n);"), 0);
        assert_eq!(in_code("\nbuffer.split_to(n); // Cannot panic: `n` came from `find`.\n"), 0);
        assert_eq!(in_code("debug_assert!(a);"), 0);
    }

    #[test]
    fn leaves_tests_alone() {
        let code = "#[cfg(test)] mod tests { #[test] fn a() { b().unwrap(); } }";
        assert_eq!(words("crates/sample/src/lib.rs", code).len(), 0);
        assert_eq!(words("crates/sample/tests/a.rs", "fn a() { b().unwrap(); }").len(), 0);
    }

    #[test]
    fn refuses_a_package_without_the_lints() {
        let manifest = "crates/sample/Cargo.toml";
        assert_eq!(words(manifest, "[package]\n").len(), 1);
        assert_eq!(words(manifest, "[package]\n[lints]\nworkspace = true\n").len(), 0);
    }
}
