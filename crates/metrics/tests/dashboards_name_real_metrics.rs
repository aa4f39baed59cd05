//! The dashboard and the rules for alerts ask for metrics that there are, with labels that they have.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use ringbearer_metrics::{FAMILIES, Samples, Source, exposition, registry};

const DASHBOARD: &str = include_str!("../../../packaging/grafana/ringbearer.json");
const ALERTS: &str = include_str!("../../../packaging/prometheus/alerts.yml");

/// Every name that begins as ours do.
fn names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (start, _) in text.match_indices("ringbearer_") {
        let rest = &text[start..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        names.insert(rest[..end].to_owned());
    }
    names
}

#[test]
fn every_name_is_one_of_ours() {
    let mut known: BTreeSet<String> = FAMILIES.iter().map(ringbearer_metrics::Family::exposed_name).collect();
    known.insert("ringbearer_build_info".into());
    for (file, text) in [("ringbearer.json", DASHBOARD), ("alerts.yml", ALERTS)] {
        let asked = names(text);
        assert!(asked.len() > 5, "{file}");
        for name in asked {
            assert!(known.contains(&name), "{file} asks for {name}, which there is not");
        }
    }
}

#[test]
fn the_dashboard_is_json_that_shows_most_of_them() {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(panel["title"].is_string() && panel["description"].is_string(), "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            assert!(!names(target["expr"].as_str().unwrap()).is_empty(), "{target}");
        }
    }
    let shown = names(DASHBOARD);
    let missing: Vec<_> =
        FAMILIES.iter().map(|family| family.exposed_name()).filter(|name| !shown.contains(name)).collect();
    assert!(missing.len() < FAMILIES.len() / 2, "{missing:?}");
}

struct Everything;

impl Source for Everything {
    fn collect(&self, samples: &mut Samples) {
        for family in FAMILIES {
            let labels = vec!["x"; family.labels.len()];
            samples.say(family.name, &labels, 1.0);
        }
        samples.counts([("refused", "profile-without-oauth", 3), ("clock-skew", "", 2), ("unknown", "kind", 9)]);
    }
}

#[test]
fn what_is_scraped_has_the_names_that_are_told() {
    let text = exposition(&registry("ucm", "node", Some(Arc::new(Everything)))).unwrap();
    for family in FAMILIES {
        let name = family.exposed_name();
        let labels: Vec<_> = family.labels.iter().map(|label| format!("{label}=\"x\"")).collect();
        let line =
            if labels.is_empty() { format!("{name} 1.0") } else { format!("{name}{{{}}} 1.0", labels.join(",")) };
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    assert!(text.contains("ringbearer_requests_refused_total{reason=\"profile-without-oauth\"} 3.0\n"), "{text}");
    assert!(text.contains("ringbearer_clock_skews_total 2.0\n"), "{text}");
    assert!(text.ends_with("# EOF\n") && !text.contains("unknown"));
}

#[test]
fn met_1_no_label_is_a_persons_or_a_peers() {
    let allowed = ["port", "dialect", "reason", "result", "store", "name", "link", "state", "step", "side"];
    for family in FAMILIES {
        assert!(family.labels.iter().all(|label| allowed.contains(label)), "{}", family.name);
        assert!(!family.help.ends_with('.') && family.help.len() > 4, "{}", family.name);
    }
    let names: BTreeSet<_> = FAMILIES.iter().map(|family| family.name).collect();
    assert_eq!(names.len(), FAMILIES.len());
}
