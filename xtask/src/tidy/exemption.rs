//! The exemptions of `xtask/tidy.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Finding;
use crate::{Failure, workspace};

const FILE: &str = "xtask/tidy.toml";

/// One rule that one file need not keep, or one word of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exemption {
    rule: String,
    path: PathBuf,
    /// Only findings whose words hold this.
    #[serde(default)]
    holds: String,
    /// Why the rule does not serve its purpose here.
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exemptions {
    #[serde(default)]
    exemption: Vec<Exemption>,
}

pub(crate) fn read() -> Result<Vec<Exemption>, Failure> {
    let text = workspace::text(Path::new(FILE)).unwrap_or_default();
    let exemptions: Exemptions = toml::from_str(&text).map_err(|error| format!("{FILE}: {error}"))?;
    Ok(exemptions.exemption)
}

/// The findings that no exemption covers, and one for each exemption that covers none or gives no reason.
pub(crate) fn apply(findings: Vec<Finding>, exemptions: &[Exemption]) -> Vec<Finding> {
    let mut used = vec![false; exemptions.len()];
    let mut kept = Vec::new();
    for finding in findings {
        match exemptions.iter().position(|exemption| exemption.covers(&finding)) {
            Some(at) => used.iter_mut().skip(at).take(1).for_each(|used| *used = true),
            None => kept.push(finding),
        }
    }
    for (exemption, used) in exemptions.iter().zip(used) {
        let path = exemption.path.display();
        if !used {
            kept.push(complaint(format!("exempts {path} from {}, which keeps it", exemption.rule)));
        } else if exemption.reason.trim().is_empty() {
            kept.push(complaint(format!("the exemption of {path} gives no reason")));
        }
    }
    kept
}

impl Exemption {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.path == finding.path && finding.words.contains(&self.holds)
    }
}

fn complaint(words: String) -> Finding {
    Finding::new("exemption", Path::new(FILE), 0, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exemption(rule: &str, reason: &str) -> Exemption {
        Exemption {
            rule: rule.to_string(),
            path: PathBuf::from("a.rs"),
            holds: String::new(),
            reason: reason.to_string(),
        }
    }

    #[test]
    fn a_reasoned_exemption_silences_its_rule_alone() {
        let findings = vec![
            Finding::new("purity", Path::new("a.rs"), 1, "std::fs"),
            Finding::new("panics", Path::new("a.rs"), 2, "panic!"),
        ];
        let kept = apply(findings, &[exemption("purity", "it is the one place")]);
        assert_eq!(kept, [Finding::new("panics", Path::new("a.rs"), 2, "panic!")]);
    }

    #[test]
    fn an_idle_exemption_is_a_finding() {
        let kept = apply(Vec::new(), &[exemption("purity", "once")]);
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn an_exemption_wants_a_reason() {
        let findings = vec![Finding::new("purity", Path::new("a.rs"), 1, "std::fs")];
        assert_eq!(apply(findings, &[exemption("purity", " ")]).len(), 1);
    }
}
