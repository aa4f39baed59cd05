//! Every command of docs/operations.md is run, in its order, on a Debian that never saw it.
//!
//! No systemd runs there: a program of the test's own takes the words of `systemctl`, and does by the installed unit's lines what
//! they ask for.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use regex::Regex;
use ringbearer_interop::debian::{DebianRoot, succeed};
use ringbearer_interop::debian_package;
use ringbearer_interop::document::blocks;
use ringbearer_interop::folder::Folder;
use rustix::process::{Pid, Signal, kill_process};

const DOCUMENT: &str = include_str!("../../docs/operations.md");

/// What the page leaves to whoever reads it.
const PASSPHRASE: &str = "printf 'a long passphrase' > /etc/ringbearer/backup-passphrase\n";

/// A node that the service manager started; the passphrase of a restore, which a person would type, as a credential.
const SYSTEMCTL: &str = r#"#!/bin/sh
set -eu
echo "$*" >> /srv/told
of() { sed -n "s/^$2=//p" "/usr/lib/systemd/system/$1.service" | head -n 1; }
user=$(of ringbearer-ucm User)
as_user="setpriv --reuid=$user --regid=$user --clear-groups"
case "$*" in
"enable --now ringbearer-ucm" | "start ringbearer-ucm")
    $as_user $(of ringbearer-ucm ExecStartPre)
    : > /srv/node.log
    $as_user $(of ringbearer-ucm ExecStart) >> /srv/node.log 2>&1 &
    echo $! > /srv/node.pid
    until grep -q '^ready' /srv/node.log; do kill -0 "$(cat /srv/node.pid)"; sleep 0.1; done
    ;;
"status ringbearer-ucm")
    kill -0 "$(cat /srv/node.pid)"
    ;;
"stop ringbearer-ucm")
    kill -TERM "$(cat /srv/node.pid)"
    while kill -0 "$(cat /srv/node.pid)" 2> /dev/null; do sleep 0.1; done
    ;;
"enable --now ringbearer-backup@ucm.timer")
    test -f /usr/lib/systemd/system/ringbearer-backup@.timer
    install -d -m 0700 -o ringbearer -g ringbearer /var/lib/ringbearer/backups
    $as_user $(of ringbearer-backup@ ExecStart | sed 's/%i/ucm/g')
    ;;
*)
    echo "systemctl $*: the test does not know it" >&2
    exit 1
    ;;
esac
"#;

#[test]
fn docs_operations_is_as_it_says() {
    let folder = Folder::new("docs-operations");
    let root = DebianRoot::fresh(folder.path());
    let package = debian_package();
    std::fs::copy(&package, root.join("srv").join(package.file_name().expect("a name"))).expect("it is copied");
    let systemctl = root.join("usr/local/bin/systemctl");
    std::fs::write(&systemctl, SYSTEMCTL).expect("it is written");
    std::fs::set_permissions(&systemctl, PermissionsExt::from_mode(0o755)).expect("it may be run");
    let mut blocks = blocks(DOCUMENT, "sh");
    let restore = blocks.pop().expect("the blocks");
    assert!(restore.contains("backup restore"), "{restore}");

    // The credential that systemd would hand over, and that stands for what a person types at a restore.
    let credentials = "mkdir -p /srv/credentials && printf 'a long passphrase' > /srv/credentials/backup-passphrase\n\
                       chmod -R a+rX /srv && export CREDENTIALS_DIRECTORY=/srv/credentials\n";
    let mut script = format!("set -eu\ncd /srv\n{credentials}");
    for block in &blocks {
        for line in block.lines() {
            script += &format!("{line}\n");
            if line.starts_with("install -m 0600 /dev/null ") {
                script += PASSPHRASE;
            }
        }
    }
    let _started = Started(&root);
    run(&root, &script);
    let listed = String::from_utf8(root.run(&["ls", "/var/lib/ringbearer/backups"]).stdout).expect("text");
    assert_eq!(listed.matches(".ringbearer-backup\n").count(), 1, "{listed}");
    what_stands_on_the_console_is_what_is_said(&root);

    let admin =
        |command: &str| String::from_utf8(root.run(&["ringbearer", "admin", "-c", command]).stdout).expect("text");
    admin("set user mallory");
    run(&root, &format!("set -eu\ncd /srv\n{credentials}{restore}"));
    assert!(!admin("show user").contains("mallory"), "what came after the backup is gone");
    run(&root, "set -eu\nsystemctl stop ringbearer-ucm\n");
    let told = std::fs::read_to_string(root.join("srv/told")).expect("what systemctl was told");
    let written = DOCUMENT.lines().filter(|line| line.starts_with("systemctl ")).count();
    assert_eq!((told.lines().count(), written), (written + 1, 5), "{told}");
}

/// Ends the node that the page started, also when the test does not come to its end.
struct Started<'a>(&'a DebianRoot);

impl Drop for Started<'_> {
    fn drop(&mut self) {
        let id = std::fs::read_to_string(self.0.join("srv/node.pid")).unwrap_or_default();
        if let Some(id) = id.trim().parse().ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

/// Runs a script in the root. What the node prints goes to a file of its own, so that the script has an end.
fn run(root: &DebianRoot, script: &str) {
    std::fs::write(root.join("srv/script"), script).expect("it is written");
    let mut command = root.command(&[], &["sh", "/srv/script"]);
    command.env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    succeed(&mut command);
}

/// The examples of the page, each with its answer; numbers that change are numbers there, too.
fn what_stands_on_the_console_is_what_is_said(root: &DebianRoot) {
    let number = Regex::new("(?m)[0-9]+ (days|s)$").expect("a pattern");
    let plain = |text: &str| number.replace_all(text, "N $1").into_owned();
    let mut tried = 0;
    for block in blocks(DOCUMENT, "console") {
        let mut examples: Vec<(String, String)> = Vec::new();
        for line in block.lines() {
            match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push((command.to_owned(), String::new())),
                (None, Some((_, said))) => *said += &format!("{line}\n"),
                (None, None) => panic!("an answer to nothing: {line}"),
            }
        }
        for (command, said) in examples {
            // The page's example has a slip; curl and jq are not in the root, the node's port is.
            let here = root.join("srv");
            let mut shell = Command::new("sh");
            if command.starts_with("ringbearer ") {
                let slip = "cd /srv && sed -i 's/^#port = 8443$/prot = 8443/' ucm.toml";
                root.run(&["sh", "-c", slip]);
                shell = root.command(&[], &["sh", "-c", &format!("cd /srv && {command} 2>&1")]);
            } else {
                shell.args(["-c", &command]).current_dir(here);
            }
            let output = shell.output().expect("it runs");
            assert_eq!(plain(&String::from_utf8_lossy(&output.stdout)), plain(&said), "{command}");
            tried += 1;
        }
    }
    assert_eq!(tried, 3, "the examples of the page");
}
