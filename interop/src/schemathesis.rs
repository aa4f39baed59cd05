//! Schemathesis: makes requests of an OpenAPI document, good and bad ones, and judges the answers by it.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

use crate::cluster::Node;
use crate::folder::Folder;

/// What ends a run that goes on for too long, in seconds.
const MOST_SECONDS: &str = "120";

/// Rules between members, and between objects, are not in the document: a request that it allows may break one, or come too late.
const CONFIGURATION: &str = r#"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "412", "422", "429"]

[checks.negative_data_rejection]
expected-statuses = ["4xx"]

[checks.missing_required_header]
expected-statuses = ["4xx"]
"#;

/// Who judges.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The end user whose token it is.
    pub user: &'a str,
    /// The token.
    pub token: &'a str,
    /// What the token is listed by.
    pub token_id: &'a str,
}

/// An answer that the judge got.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// The operation of the document.
    pub operation: String,
    /// The method that was sent, which may be another than the operation's.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// Whether the judge's token was shown.
    pub token: bool,
}

/// What the judge found.
#[derive(Debug)]
pub struct Judgement {
    /// Whether it found nothing.
    pub is_kept: bool,
    /// Its report.
    pub report: String,
    /// Every answer, in order.
    pub answers: Vec<Answer>,
}

impl Judgement {
    /// How often each operation was answered with which status when the token was shown.
    pub fn statuses(&self) -> BTreeMap<&str, BTreeMap<u16, usize>> {
        let mut all: BTreeMap<&str, BTreeMap<u16, usize>> = BTreeMap::new();
        for answer in self.answers.iter().filter(|answer| answer.token) {
            *all.entry(&answer.operation).or_default().entry(answer.status).or_default() += 1;
        }
        all
    }
}

/// Judges a node.
///
/// Left out are the revocation of the token itself, and the event stream, which has no end.
pub fn judge(folder: &Folder, node: &Node, judge: &Judge<'_>) -> Judgement {
    let configuration = folder.write("schemathesis.toml", CONFIGURATION);
    // The node's file is replaced while the judge makes new certificates; what 8443 shows is not, before Tomcat restarts.
    let certificate = std::fs::read(node.tomcat_certificate()).expect("the certificate");
    let certificate = folder.write("trusted.pem", certificate);
    let notes = folder.join("answers.jsonl");
    let output = Command::new(crate::python())
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(configuration)
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", node.issuer()))
        .args(["--header", &format!("Authorization: Bearer {}", judge.token)])
        // The node closes a connection on which nothing is asked for ten seconds; a request must not meet that.
        .args(["--header", "Connection: close"])
        .arg("--tls-verify")
        .arg(certificate)
        .args(["--checks", "all", "--mode", "all", "--max-examples", "12", "--seed", "4", "--max-time", MOST_SECONDS])
        .args(["--exclude-operation-id", "revokeOwnToken", "--exclude-operation-id", "followEvents"])
        .args(["--rate-limit", "auto", "--continue-on-failure", "--no-shrink", "--generation-database", ":memory:"])
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", crate::judge("schemathesis_hooks.py"))
        .env("RINGBEARER_JUDGE_USER", judge.user)
        .env("RINGBEARER_JUDGE_TOKEN", judge.token)
        .env("RINGBEARER_JUDGE_TOKEN_ID", judge.token_id)
        .env("RINGBEARER_JUDGE_NOTES", &notes)
        .env_remove("HTTPS_PROXY")
        .env("NO_PROXY", "*")
        .output()
        .expect("schemathesis runs");
    let report = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let notes = std::fs::read_to_string(notes).unwrap_or_default();
    let answers = notes.lines().map(|line| serde_json::from_str(line).expect("a note")).collect();
    Judgement { is_kept: output.status.success(), report, answers }
}
