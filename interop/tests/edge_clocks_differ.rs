//! The clock of Expressway-E is five minutes behind that of Expressway-C: phones get a refusal that says so, and both logs and
//! alarms say by how much.

use std::path::PathBuf;
use std::time::Duration;

use ringbearer_interop::edge::Edge;
use ringbearer_interop::edge_phone::Phone;
use ringbearer_interop::folder::Folder;

const NET: u8 = 63;
const SOON: Duration = Duration::from_secs(20);
/// In seconds.
const BEHIND: u64 = 300;

#[test]
fn edge_a_clock_that_differs_is_reported_as_that() {
    let folder = Folder::new("edge-clock");
    // The monotonic clock of a machine is right even when its date is not.
    let preload = format!("LD_PRELOAD={}", libfaketime().display());
    // Not the program `faketime`: it stays in between, and what it started would outlive it.
    let prefix = ["env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME=-300s", &preload];
    let edge = Edge::start_with(&folder, NET, &prefix);
    let mut bob = Phone::outside(&folder, &edge, "bob", &[]);
    let failed = bob.wait_for("registration-failed", SOON);

    let detail = failed["detail"].as_str().expect("a detail");
    let seconds = seconds_of(detail);
    assert!(seconds.is_some_and(|seconds| seconds.abs_diff(BEHIND) <= 5), "{failed}");
    for (name, log) in [("exp-c", edge.inner.log()), ("exp-e", edge.outer.log())] {
        let line = log.lines().rfind(|line| line.contains("clock-skew") || line.contains("Edge clock differs by"));
        assert!(line.is_some(), "{name} does not say it:\n{log}");
    }
    let alarms = edge.inner.admin("xStatus Alarms");
    assert!(alarms.lines().any(|line| line.contains("Raised") && line.contains("clock-skew")), "{alarms}");
}

/// Where Debian's package puts it, whatever the machine's architecture.
fn libfaketime() -> PathBuf {
    let architectures = std::fs::read_dir("/usr/lib").expect("libraries").flatten();
    let mut candidates = architectures.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    candidates.find(|path| path.exists()).expect("libfaketime is installed: cargo xtask test --only interop")
}

/// Of `Edge clock differs by N seconds`.
fn seconds_of(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("Edge clock differs by ")?;
    rest.split_once(" seconds")?.0.trim_start_matches('-').parse().ok()
}
