//! Headless Chromium sets up a publisher with an empty database and both halves of an edge, by clicking alone: the five steps
//! on premises and the three for clients outside. Then phones register, inside and outside, and the pages show them.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use ringbearer_interop::cluster::PASSWORD;
use ringbearer_interop::edge::Edge;
use ringbearer_interop::edge_phone::Phone;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::lab::ask;
use serde_json::{Value, json};

const NET: u8 = 76;
const SOON: Duration = Duration::from_secs(20);

#[test]
fn browser_an_office_is_set_up_from_nothing_and_its_phones_register() {
    let folder = Folder::new("browser-nothing");
    let edge = Edge::start_bare(&folder, NET);
    let codes = ["state", "exp-c", "exp-e"].map(|member| folder.join(member).join("setup-code"));
    judged(&edge, "set-up", &codes);

    let mut alice = Phone::inside(&folder, &edge, "alice", &[]);
    alice.wait_for("registered", SOON);
    let mut bob = Phone::outside(&folder, &edge, "bob", &[]);
    bob.wait_for("registered", SOON);
    let found = judged(&edge, "seen", &[]);
    let registered = json!({
        "CSFALICE": ["alice", "SIP Phone OAuth Port"],
        "CSFBOB": ["bob", "SIP Mobile and Remote Access OAuth Port"],
    });
    assert_eq!((&found["registered"], &found["outside"]), (&registered, &json!([["bob", "CSFBOB"]])));
}

fn judged(edge: &Edge, part: &str, codes: &[PathBuf]) -> Value {
    let screenshots = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
    // Those of Expressway-E are for its own machine alone, unless it is told otherwise.
    let pages = [format!("https://{}", edge.inner.port(7443)), "https://127.0.0.1:7443".to_owned()];
    let mut command = Command::new(ringbearer_interop::python());
    command.arg(ringbearer_interop::judge("browser_from_nothing.py")).arg(screenshots).arg(part);
    command.arg(edge.node.issuer()).args(pages).args(codes);
    let found = ask(&format!("root\n{PASSWORD}\n"), &mut command);
    assert_eq!(found["findings"], json!([]), "{found:#}");
    found
}
