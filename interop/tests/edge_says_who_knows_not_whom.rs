//! Scenarios 2 and 3 of the vendor's note on the wire, read by Wireshark's dissectors: who sends the fatal alert
//! `unknown_ca` (RFC 8446 §6) when one side of 5091 does not know the other's authority.

use std::path::PathBuf;

use ringbearer_interop::cluster::NAME;
use ringbearer_interop::edge::Edge;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::tshark::{Capture, alerts};

const NET: u8 = 61;
const PORT: u16 = 5091;
/// RFC 8446 §6: `fatal` and `unknown_ca`, as numbers.
const FATAL: &str = "2";
const UNKNOWN_CA: &str = "48";

#[test]
fn edge_scenario_2_expressway_c_sends_unknown_ca() {
    let folder = Folder::new("edge-unknown-ca-c");
    let edge = Edge::start(&folder, NET);
    let entry = edge.trust_node();
    let capture = Capture::start(&folder, edge.node.address(), PORT);
    edge.inner.admin(&format!("xCommand TrustedCADelete {entry}"));
    edge.restart_service();
    let row = edge.until_zone("Failed: unknown_ca");
    let file = capture.stop();

    assert!(row.contains("unknown_ca sent by us: add the CA that signed the certificate of "), "{row}");
    assert_eq!(unknown_ca(&edge, &file), [address(2)]);
    assert!(edge.inner.log().contains("unknown_ca sent by us"), "{}", edge.inner.log());
    assert!(edge.node.words().contains("peer-says-unknown-ca"), "{}", edge.node.words());
    edge.trust_node();
    edge.until_zone("Active");
}

#[test]
fn edge_scenario_3_unified_cm_sends_unknown_ca() {
    let folder = Folder::new("edge-unknown-ca-ucm");
    let edge = Edge::start(&folder, NET);
    let entry = edge.trust_expressway();
    let capture = Capture::start(&folder, edge.node.address(), PORT);
    edge.node.admin(&format!("set cert delete tomcat-trust {entry}"));
    edge.restart_service();
    let row = edge.until_zone("Failed: unknown_ca");
    let file = capture.stop();

    let said =
        format!("unknown_ca sent by {NAME}: add the CA that signed the certificate of Expressway-C to tomcat-trust");
    assert!(row.contains(&said), "{row}");
    assert_eq!(unknown_ca(&edge, &file), [address(1)]);
    assert!(edge.node.words().contains("certificate-unknown-ca"), "{}", edge.node.words());
    assert!(edge.inner.log().contains("unknown_ca sent by the node"), "{}", edge.inner.log());
    edge.trust_expressway();
    edge.restart_service();
    edge.until_zone("Active");
}

fn address(last: u8) -> String {
    format!("127.0.{NET}.{last}")
}

/// Who sent a fatal `unknown_ca`, each once, with the alerts read by the keys of both ends.
fn unknown_ca(edge: &Edge, capture: &std::path::Path) -> Vec<String> {
    let keys: PathBuf = edge.inner.key_log().with_file_name("all.keys");
    let both = [edge.inner.key_log(), edge.node.key_log()].map(|path| std::fs::read(path).unwrap_or_default());
    std::fs::write(&keys, both.concat()).expect("the keys are written");
    let all = alerts(capture, &keys, PORT);
    let mut senders: Vec<String> = Vec::new();
    for row in &all {
        let [sender, level, description] = &row[..] else { panic!("{row:?}") };
        if description == UNKNOWN_CA {
            assert_eq!(level, FATAL, "{all:?}");
            if !senders.contains(sender) {
                senders.push(sender.clone());
            }
        }
    }
    senders
}
