//! authlib: a Python OAuth client that takes a token.

use std::process::Command;

use authorization::SOFTPHONE_CLIENT_ID;
use serde_json::Value;

use crate::cluster::{Node, PASSWORD};
use crate::folder::Folder;

/// Signs a user in, takes tokens, refreshes them, and checks the signature; answers with what the script found.
pub fn take_token(folder: &Folder, node: &Node, user: &str) -> Value {
    let password = folder.write("password", PASSWORD);
    let output = Command::new(crate::python())
        .arg(crate::judge("authlib_token.py"))
        .arg(node.issuer())
        .arg(node.tomcat_certificate())
        .args([SOFTPHONE_CLIENT_ID, user])
        .stdin(std::fs::File::open(password).expect("the password's file opens"))
        .output()
        .expect("Python runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "authlib: {errors}\n{}", node.words());
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}
