//! Headless Chromium in the lab, whose phones have registered, called, and run into the three scenarios of the vendor's note.
//!
//! One lab serves all judges. Each is a script beside the others in `judges`, and prints what it found; the pictures of the
//! pages are in `target/screenshots`.

use std::path::PathBuf;
use std::process::Command;

use ringbearer_interop::folder::Folder;
use ringbearer_interop::lab::Lab;
use serde_json::Value;

const UCM: &str = "https://127.0.0.11:8443";
const EXPRESSWAY_C: &str = "https://127.0.0.21:7443";
const EXPRESSWAY_E: &str = "https://127.0.0.22:7443";
/// Where phones and browsers outside come in.
const EDGE: &str = "https://127.0.0.22:8443";

/// Each judge with its arguments, after the folder for pictures and the lab's.
const JUDGES: [(&str, &[&str]); 4] = [
    ("browser_pages.py", &["ucm-pub", UCM, "exp-c", EXPRESSWAY_C, "exp-e", EXPRESSWAY_E]),
    ("browser_explains.py", &[UCM, EXPRESSWAY_C]),
    ("browser_security.py", &[UCM, EDGE]),
    ("browser_objects.py", &[UCM]),
];

#[test]
fn browser_the_pages_of_the_lab_are_sound_accessible_explain_and_hold_out() {
    let folder = Folder::new("browser-lab");
    let lab = Lab::start(&folder);
    let password = lab.password();
    let script = "<script>alert(9)</script><img src=x onerror=alert(10)>";
    lab.admin("ucm-pub", &format!("set phone CSFALICE description \"{script}\""), "");
    lab.admin("ucm-pub", "set user reader last-name Reader roles read-only", "");
    lab.admin("ucm-pub", "set user password reader", &format!("{password}\n{password}\n"));
    let mut findings = String::new();
    for (judge, arguments) in JUDGES {
        let mut command = Command::new(ringbearer_interop::python());
        command.arg(ringbearer_interop::judge(judge)).arg(screenshots()).arg(lab.folder()).args(arguments);
        let found = lab.ask("admin", &mut command);
        println!("{judge}: {found:#}");
        for finding in found["findings"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            findings.push_str(&format!("{judge}: {finding}\n"));
        }
    }
    assert!(findings.is_empty(), "{findings}");
}

fn screenshots() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots")
}
