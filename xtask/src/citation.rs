//! Citations of RFCs: reading them out of a text, and the registry that knows which RFC has which sections.
//!
//! The one form is `RFC 3261 §17.2.1`; more sections of the same RFC may follow, as in `RFC 3261 §8.2, §17.2`
//! or `RFC 3261 §12–§15`. A citation may run over the end of a comment's line.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::{Failure, workspace};

/// Where the registry lies.
pub(crate) const REGISTRY: &str = "docs/rfc-registry.toml";

/// The RFCs that we may cite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) rfc: Vec<Rfc>,
}

/// One RFC of the registry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rfc {
    pub(crate) number: u32,
    pub(crate) title: String,
    /// What it is to us.
    pub(crate) role: String,
    pub(crate) status: Status,
    /// Every section and appendix that it has, by number.
    sections: String,
    /// What of it is not there, or is otherwise; empty where nothing needs saying.
    #[serde(default)]
    pub(crate) note: String,
}

/// How far we follow an RFC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// All that applies to our roles.
    Followed,
    /// The part that the note names, or all but it.
    Partly,
    /// A later version brings it.
    Planned,
    /// It describes; there is nothing to follow.
    Informative,
}

impl Registry {
    pub(crate) fn read() -> Result<Registry, Failure> {
        let text = workspace::text(Path::new(REGISTRY)).ok_or(format!("{REGISTRY} is missing"))?;
        toml::from_str(&text).map_err(|error| format!("{REGISTRY}: {error}"))
    }

    pub(crate) fn find(&self, number: u32) -> Option<&Rfc> {
        self.rfc.iter().find(|rfc| rfc.number == number)
    }
}

impl Rfc {
    pub(crate) fn has(&self, section: &str) -> bool {
        self.sections.split_whitespace().any(|known| known == section)
    }
}

/// One mention of an RFC in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Citation {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) number: u32,
    pub(crate) sections: Vec<String>,
    /// Whether it has the one form.
    pub(crate) well_formed: bool,
}

/// Every citation in `text`.
pub(crate) fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("RFC") {
        let before = text.get(..at).unwrap_or_default();
        if before.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
            continue;
        }
        if let Some(citation) = citation_at(before, text.get(at + 3..).unwrap_or_default()) {
            found.push(citation);
        }
    }
    found
}

fn citation_at(before: &str, after: &str) -> Option<Citation> {
    let line = before.matches('\n').count() + 1;
    let spaced = skip_space(after);
    let well_spaced = spaced.len() != after.len();
    let digits = spaced.trim_start_matches('-');
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    let number = number.parse().ok()?;
    if rest.starts_with(char::is_alphanumeric) {
        return None;
    }
    let (sections, spelled_out) = sections(rest);
    let well_formed = well_spaced && digits.len() == spaced.len() && !spelled_out;
    Some(Citation { line, number, sections, well_formed })
}

/// The sections that follow an RFC's number, and whether the word "section" stood in for the sign.
fn sections(mut rest: &str) -> (Vec<String>, bool) {
    let mut sections = Vec::new();
    if spells_section(rest) {
        return (sections, true);
    }
    loop {
        let Some(after_sign) = sign(rest, !sections.is_empty()) else {
            return (sections, false);
        };
        let end = after_sign
            .find(|c: char| !(c.is_ascii_digit() || c.is_ascii_uppercase() || c == '.'))
            .unwrap_or(after_sign.len());
        let Some((section, tail)) = after_sign.split_at_checked(end) else {
            return (sections, false);
        };
        let trimmed = section.trim_end_matches('.');
        sections.push(trimmed.to_string());
        if trimmed.len() != section.len() {
            return (sections, false);
        }
        rest = tail;
    }
}

/// What follows the next section sign, where one follows; between two, a comma, a dash or "and" may stand.
fn sign(rest: &str, is_next: bool) -> Option<&str> {
    let mut rest = skip_space(rest);
    if is_next {
        for joint in [",", "–", "-", "and ", "to "] {
            if let Some(after) = rest.strip_prefix(joint) {
                rest = skip_space(after);
                rest = skip_space(rest.strip_prefix("and ").unwrap_or(rest));
                break;
            }
        }
    }
    Some(rest.strip_prefix('§')?.trim_start_matches('§').trim_start_matches(' '))
}

fn spells_section(rest: &str) -> bool {
    let rest = skip_space(skip_space(rest).trim_start_matches(','));
    ["section ", "Section ", "sections ", "Sections ", "sec. "]
        .iter()
        .filter_map(|word| rest.strip_prefix(word))
        .any(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}

/// Skips spaces, and the end of a comment's line with the next one's mark.
fn skip_space(text: &str) -> &str {
    let flat = text.trim_start_matches(' ');
    let Some(next_line) = flat.strip_prefix('\n') else {
        return flat;
    };
    let next_line = next_line.trim_start_matches([' ', '\t']);
    for mark in ["//!", "///", "//", "#", "|"] {
        if let Some(rest) = next_line.strip_prefix(mark) {
            return rest.trim_start_matches(' ');
        }
    }
    next_line
}

/// The sections that the code and the documents cite, by RFC.
pub(crate) fn cited_sections<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<u32, Vec<String>> {
    let mut cited: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for citation in texts.flat_map(citations) {
        cited.entry(citation.number).or_default().extend(citation.sections);
    }
    for sections in cited.values_mut() {
        sections.sort_by_key(|section| section_order(section));
        sections.dedup();
    }
    cited
}

/// Orders `9` before `17.2` before `17.10` before `A`.
fn section_order(section: &str) -> Vec<(bool, u32, String)> {
    section
        .split('.')
        .map(|part| match part.parse() {
            Ok(number) => (false, number, String::new()),
            Err(_) => (true, 0, part.to_string()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Citation {
        let mut found = citations(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found.remove(0)
    }

    fn sections_of(text: &str) -> Vec<String> {
        one(text).sections
    }

    #[test]
    fn reads_a_citation() {
        let citation = one("first\nRFC 3261 §17.2.1 says");
        assert_eq!((citation.line, citation.number), (2, 3261));
        assert_eq!(citation.sections, ["17.2.1"]);
        assert!(citation.well_formed);
    }

    #[test]
    fn reads_several_sections() {
        assert_eq!(sections_of("RFC 3261 §8.2, §17.2.1."), ["8.2", "17.2.1"]);
        assert_eq!(sections_of("RFC 3261 §7 §19 §25, and RFC"), ["7", "19", "25"]);
        assert_eq!(sections_of("RFC 3261 §12–§15"), ["12", "15"]);
        assert_eq!(sections_of("RFC 7515 §A.3 shows"), ["A.3"]);
        assert_eq!(sections_of("RFC 6026 does"), Vec::<String>::new());
    }

    #[test]
    fn reads_over_the_end_of_a_line() {
        assert_eq!(sections_of("/// RFC 3261\n    /// §8.1"), ["8.1"]);
        assert_eq!(sections_of("// RFC\n// 3261 §8.1"), ["8.1"]);
    }

    #[test]
    fn ends_at_the_sentence() {
        assert_eq!(sections_of("RFC 3261 §8.1. §9 of ours"), ["8.1"]);
    }

    #[test]
    fn notices_another_form() {
        for text in ["RFC3261", "RFC-3261", "RFC 3261, section 8", "RFC 3261 Section 8.1"] {
            assert!(!one(text).well_formed, "{text}");
        }
        assert!(one("RFC 3261, whose section").well_formed);
    }

    #[test]
    fn ignores_what_is_no_citation() {
        assert_eq!(citations("an RFC, MY_RFC 12, RFC822Name, the RFC editor"), []);
    }

    #[test]
    fn orders_sections_as_a_reader_would() {
        let cited = cited_sections(["RFC 1 §A §17.10 §9 §17.2 §9"].into_iter());
        assert_eq!(cited.get(&1).map(|sections| sections.join(" ")).as_deref(), Some("9 17.2 17.10 A"));
    }
}
