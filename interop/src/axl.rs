//! zeep and ciscoaxl: Python clients of the SOAP interface.

use std::process::Command;

use serde_json::Value;

use crate::cluster::{Node, PASSWORD};
use crate::folder::Folder;

/// Reads our description, and provisions by it; answers with what the script found.
pub fn zeep(folder: &Folder, node: &Node) -> Value {
    let mut command = Command::new(crate::python());
    command.arg(crate::judge("axl_zeep.py")).arg(node.issuer()).arg(node.tomcat_certificate()).args(["axl", "alice"]);
    run(folder, node, &mut command)
}

/// Provisions by the description that the library brings along; answers with what the script found.
pub fn ciscoaxl(folder: &Folder, node: &Node) -> Value {
    let mut command = Command::new(crate::python());
    command
        .arg(crate::judge("axl_ciscoaxl.py"))
        .arg(node.address().to_string())
        .args(["axl", "alice"])
        .env("REQUESTS_CA_BUNDLE", node.tomcat_certificate());
    run(folder, node, &mut command)
}

/// Sets up a deployment from nothing, and asks who is registered; answers with what the script found.
pub fn deployment(folder: &Folder, node: &Node) -> Value {
    let mut command = Command::new(crate::python());
    command
        .arg(crate::judge("axl_deployment.py"))
        .args([&node.address().to_string(), "axl"])
        .env("REQUESTS_CA_BUNDLE", node.tomcat_certificate());
    run(folder, node, &mut command)
}

/// Acts on the node's services over SOAP, and asks who is registered; answers with what the script found, an item an act.
pub fn control_center(folder: &Folder, node: &Node, acts: &[&str]) -> Value {
    let mut command = Command::new(crate::python());
    command
        .arg(crate::judge("control_center.py"))
        .args([&node.address().to_string(), "axl", crate::cluster::NAME])
        .args(acts)
        .env("REQUESTS_CA_BUNDLE", node.tomcat_certificate());
    run(folder, node, &mut command)
}

fn run(folder: &Folder, node: &Node, command: &mut Command) -> Value {
    let password = folder.write("password", PASSWORD);
    // The libraries keep what they read of descriptions.
    command.env("XDG_CACHE_HOME", folder.join("cache")).env_remove("HTTPS_PROXY").env("NO_PROXY", "*");
    command.stdin(std::fs::File::open(password).expect("the password's file opens"));
    let output = command.output().expect("Python runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{}", node.words());
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}
