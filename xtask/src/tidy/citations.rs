//! Each citation names an RFC and a section that the registry knows, in the one form.

use super::Finding;
use super::tree::Tree;
use crate::citation::{self, Citation, REGISTRY, Registry, Status};

const RULE: &str = "citation";

const SUFFIXES: [&str; 5] = ["rs", "md", "toml", "sql", "html"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    match Registry::read() {
        Ok(registry) => against(tree, &registry),
        Err(failure) => vec![Finding::new(RULE, REGISTRY.as_ref(), 0, failure)],
    }
}

fn against(tree: &Tree, registry: &Registry) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, text) in citing_texts(tree) {
        for citation in citation::citations(text) {
            findings.extend(
                complaints(&citation, registry)
                    .into_iter()
                    .map(|words| Finding::new(RULE, &file.path, citation.line, words)),
            );
        }
    }
    findings.extend(idle_rows(tree, registry));
    findings
}

/// The files whose citations count: ours, not the registry, what is made from it, or this rule's examples.
pub(crate) fn citing_texts(tree: &Tree) -> impl Iterator<Item = (&super::tree::File, &str)> {
    tree.texts().filter(|(file, _)| {
        let suffix = file.path.extension().and_then(|suffix| suffix.to_str());
        suffix.is_some_and(|suffix| SUFFIXES.contains(&suffix))
            && !file.path.starts_with("xtask")
            && !file.path.ends_with("rfc-registry.toml")
            && !file.path.ends_with("rfc-compliance.md")
    })
}

fn complaints(citation: &Citation, registry: &Registry) -> Vec<String> {
    let number = citation.number;
    let mut words = Vec::new();
    if !citation.well_formed {
        words.push(format!("write it as `RFC {number} §m`"));
    }
    match registry.find(number) {
        None => words.push(format!("RFC {number} is not in {REGISTRY}")),
        Some(rfc) => words.extend(
            citation
                .sections
                .iter()
                .filter(|section| !rfc.has(section))
                .map(|section| format!("RFC {number} has no §{section}")),
        ),
    }
    words
}

/// An RFC that we say to follow, and that nothing cites.
fn idle_rows(tree: &Tree, registry: &Registry) -> Vec<Finding> {
    let cited = citation::cited_sections(citing_texts(tree).map(|(_, text)| text));
    registry
        .rfc
        .iter()
        .filter(|rfc| matches!(rfc.status, Status::Followed | Status::Partly))
        .filter(|rfc| !cited.contains_key(&rfc.number))
        .map(|rfc| {
            let words = format!("RFC {} is said to be followed, and nothing cites it", rfc.number);
            Finding::new(RULE, REGISTRY.as_ref(), 0, words)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let registry: Registry = toml::from_str(
            "[[rfc]]\nnumber = 3261\ntitle = \"SIP\"\nrole = \"the core\"\nstatus = \"planned\"\nsections = \"8 8.1 17 17.2.1\"\n",
        )
        .expect("the registry parses");
        against(&Tree::of("protocol", "crates/sample/src/lib.rs", text), &registry)
            .into_iter()
            .map(|finding| finding.words)
            .collect()
    }

    #[test]
    fn accepts_what_the_registry_knows() {
        assert_eq!(words("// RFC 3261 §17.2.1, §8.1"), Vec::<String>::new());
    }

    #[test]
    fn refuses_an_unknown_rfc_and_an_unknown_section() {
        assert_eq!(words("// RFC 3621 §8"), ["RFC 3621 is not in docs/rfc-registry.toml"]);
        assert_eq!(words("// RFC 3261 §17.2.9"), ["RFC 3261 has no §17.2.9"]);
    }

    #[test]
    fn refuses_another_form() {
        assert_eq!(words("// see RFC3261"), ["write it as `RFC 3261 §m`"]);
    }
}
