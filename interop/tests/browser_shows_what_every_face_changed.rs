//! What is changed in one face of the product is seen in all others and in the audit log, and who is late is told.

use std::process::Command;

use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::folder::Folder;
use ringbearer_interop::ssh::{Client, Proof, make_key};
use serde_json::{Value, json};

#[test]
fn browser_and_every_other_face_show_a_change_made_in_any() {
    let folder = Folder::new("faces");
    let node = Node::start(&folder, "127.0.0.66");
    node.admin("set user admin last-name Admin roles administrator,axl");
    node.admin_answering("set user password admin", &format!("{PASSWORD}\n{PASSWORD}\n"));
    let made = node.admin("utils api token create faces read,write:phones days 1 owner admin");
    let token = made.lines().next().expect("a token").trim();
    let key = make_key(&folder, "admin-key");
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("the public half");
    node.admin(&format!("set ssh key add admin {}", public.trim()));
    let socket = node.admin_socket();
    let shell = [ringbearer_interop::ringbearer(), "admin".into(), "--socket".into(), socket, "-c".into()];
    let ssh = Client::new(&folder, node.address(), "admin", Proof::Key(key)).command(&["-T", "-q"]);
    let words = |command: &Command| -> Vec<String> {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| word.to_str().expect("text").to_owned()).collect()
    };
    let asked = json!({
        "url": node.issuer(), "host": node.address(), "authority": node.tomcat_certificate(),
        "user": "admin", "password": PASSWORD, "token": token, "shell": shell, "ssh": words(&ssh),
    });
    let mut judge = Command::new(ringbearer_interop::python());
    judge.arg(ringbearer_interop::judge("faces.py")).arg(folder.path()).env("XDG_CACHE_HOME", folder.join("cache"));
    let found = ringbearer_interop::lab::ask(&asked.to_string(), &mut judge);
    assert_eq!(found["findings"], json!([]), "{}", node.words());

    // Who did it, through which face.
    let log = |face: &str| -> Value {
        let line = found["audit"][face].as_str().expect("a line");
        let (_, rest) = line.split_once(" GMT ").expect("a time");
        json!(rest.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(log("shell"), "uid 0 (cli) put Phone \"CSFALICE\" changed");
    assert_eq!(log("ssh"), "admin (cli) put Phone \"CSFALICE\" changed");
    assert_eq!(log("web"), "admin (web) put Phone \"CSFALICE\" changed");
    assert_eq!(log("axl"), "admin (axl) put Phone \"CSFALICE\" changed");
    assert_eq!(log("rest"), "admin (rest) put Phone \"CSFALICE\" changed");
}
