//! Secrets go through the node, at the finest log level, and none of them comes out in anything that it writes for people.

use std::path::Path;
use std::process::Command;

use ringbearer_interop::authlib::take_token;
use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::debian::succeed;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::monitor::ask;
use ringbearer_interop::softphone::Softphone;

/// Master keys with salts, of 30 octets each.
const OFFERED_KEY: &str = "Q2FuYXJ5T2ZUaGVDYWxsZXJzTWFzdGVyS2V5QWJj";
const ANSWERED_KEY: &str = "Q2FuYXJ5T2ZUaGVDYWxsZWRzTWFzdGVyS2V5QWJj";

#[test]
fn sec_1_no_secret_in_any_log() {
    let folder = Folder::new("secrets");
    let node = Node::start(&folder, "127.0.0.36");
    let alice = take_token(&folder, &node, "alice");
    let bob = take_token(&folder, &node, "bob");
    let token = |found: &serde_json::Value| found["access_token"].as_str().expect("a token").to_string();
    let (mut caller, _) = Softphone::register(&node, "CSFALICE", "2001", &token(&alice));
    let (mut called, _) = Softphone::register(&node, "CSFBOB", "2002", &token(&bob));
    caller.call("2002", &description(OFFERED_KEY));
    let invite = called.answer(&description(ANSWERED_KEY));
    assert!(invite.contains(OFFERED_KEY), "the key goes from end to end: {invite}");
    let answer = caller.receive_until("SIP/2.0 200 ");
    assert!(answer.contains(ANSWERED_KEY), "the key goes from end to end: {answer}");
    // AUT-6: what alice showed the node, bob does not see.
    assert!(!invite.contains(&token(&alice)), "{invite}");

    let mut canaries = vec![PASSWORD.to_string(), OFFERED_KEY.to_string(), ANSWERED_KEY.to_string()];
    let others = ["carol", "dave", "alice", "bob"].map(|user| take_token(&folder, &node, user));
    for found in [&alice, &bob].into_iter().chain(&others) {
        let secrets = found["secrets"].as_array().expect("what else the client held in its hand");
        canaries.extend(secrets.iter().map(|secret| secret.as_str().expect("text").to_string()));
        canaries.push(token(found));
    }
    canaries.sort();
    canaries.dedup();
    assert!(canaries.len() >= 40, "{} canaries", canaries.len());
    for canary in &canaries {
        assert!(canary.len() > 15, "too short to be found by chance only when it is there: {canary}");
    }
    let outputs = outputs(&folder, &node);
    for (name, text) in &outputs {
        for canary in &canaries {
            assert!(!text.contains(canary.as_str()), "{name} holds {canary}");
        }
    }
    assert!(outputs.iter().any(|(_, text)| text.contains("CSFALICE")), "the log is there, and says something");
}

/// Everything that the node writes for people: its log, what the admin shell and the queries show, its command line.
fn outputs(folder: &Folder, node: &Node) -> Vec<(String, String)> {
    let mut outputs = vec![("the log".to_string(), node.words())];
    for command in [
        "run sql select * from enduser",
        "run sql select * from device",
        "run sql select * from refreshtokendetails",
        "run sql select * from processconfig",
        "show open ports all",
        "show key authz signing",
        "utils sipOAuth-mode status",
        "show audit 1000",
    ] {
        outputs.push((command.to_string(), node.admin(command)));
    }
    let command_line = Path::new("/proc").join(node.id().to_string()).join("cmdline");
    outputs.push(("the command line".to_string(), std::fs::read_to_string(command_line).expect("it runs")));
    for path in ["/metrics", "/readyz"] {
        let (_, text) = ask(node.address(), path).expect("the monitor's listener answers");
        outputs.push((path.to_string(), text));
    }
    let (archive, passphrase) = (folder.join("node.backup"), folder.write("passphrase", PASSWORD));
    let mut backup = Command::new(ringbearer_interop::ringbearer());
    backup.args(["backup", "create", "--config"]).arg(folder.join("node.toml")).arg("--output").arg(&archive);
    let words = succeed(backup.arg("--passphrase-file").arg(passphrase));
    outputs.push(("the words of the backup".to_string(), String::from_utf8_lossy(&words.stdout).into_owned()));
    let octets = std::fs::read(archive).expect("it is there");
    outputs.push(("the backup".to_string(), octets.into_iter().map(char::from).collect()));
    outputs.push((
        "the configuration".to_string(),
        std::fs::read_to_string(folder.join("node.toml")).expect("it is there"),
    ));
    outputs
}

fn description(key: &str) -> String {
    format!(
        "v=0\no=- 1 1 IN IP4 127.0.0.47\ns=-\nc=IN IP4 127.0.0.47\nt=0 0\nm=audio 16384 RTP/SAVP 0\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\na=sendrecv\n"
    )
}
