//! Schemathesis: makes requests of an OpenAPI document, good and bad ones, and judges the answers by it.

use std::process::Command;

use crate::cluster::Node;
use crate::folder::Folder;

/// What ends a run that goes on for too long, in seconds.
const MOST_SECONDS: &str = "75";

/// Rules between members, and between objects, are not in the document: a request that it allows may break one, or come too late.
const CONFIGURATION: &str = r#"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "412", "422", "429"]

[checks.negative_data_rejection]
expected-statuses = ["4xx"]

[checks.missing_required_header]
expected-statuses = ["4xx"]
"#;

/// Judges a node with a token; answers whether it found nothing, and with its report.
///
/// Left out are the revocation of the token itself, and the event stream, which has no end.
pub fn judge(folder: &Folder, node: &Node, token: &str) -> (bool, String) {
    let configuration = folder.write("schemathesis.toml", CONFIGURATION);
    let output = Command::new(crate::python())
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(configuration)
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", node.issuer()))
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .arg("--tls-verify")
        .arg(node.tomcat_certificate())
        .args(["--checks", "all", "--mode", "all", "--max-examples", "12", "--seed", "4", "--max-time", MOST_SECONDS])
        .args(["--exclude-operation-id", "revokeOwnToken", "--exclude-operation-id", "followEvents"])
        .args(["--rate-limit", "auto", "--continue-on-failure", "--no-shrink", "--generation-database", ":memory:"])
        .current_dir(folder.path())
        .env_remove("HTTPS_PROXY")
        .env("NO_PROXY", "*")
        .output()
        .expect("schemathesis runs");
    let report = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), report)
}
