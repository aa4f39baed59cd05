//! The whole lab, kept running: what `ringbearer lab` gives a person to try.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::child::Child;
use crate::folder::Folder;

/// The lab proves itself first, which takes half a minute.
const PATIENCE: Duration = Duration::from_secs(150);
/// How long it may take to end what it started.
const FAREWELL: Duration = Duration::from_secs(30);

/// A lab that stays up until it is dropped.
pub struct Lab {
    child: Child,
    folder: PathBuf,
    password: String,
}

impl Lab {
    /// Starts it, and waits until everything is proven.
    pub fn start(folder: &Folder) -> Lab {
        let place = folder.join("lab");
        let mut command = Command::new(crate::ringbearer());
        command.args(["lab", "--json", "--folder"]).arg(&place);
        let mut child = Child::start("lab", folder.path(), &mut command);
        child.wait_for("\"text\":\"try\"", PATIENCE);
        let password = password(&child.words());
        Lab { child, folder: place, password }
    }

    /// Where the lab keeps the state of its members.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The password of everybody in the lab.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Gives the admin shell of a member a command, with what is typed where it asks; answers with what it prints.
    pub fn admin(&self, member: &str, command: &str, answers: &str) -> String {
        crate::edge::admin(&self.folder.join(member).join("admin.sock"), command, answers)
    }

    /// Runs a judge that signs in as a user with the lab's password; answers with the JSON that it prints.
    pub fn ask(&self, user: &str, judge: &mut Command) -> Value {
        ask(&format!("{user}\n{}\n", self.password), judge)
    }
}

/// Runs a judge that reads `input`; answers with the JSON that it prints.
pub fn ask(input: &str, judge: &mut Command) -> Value {
    let mut running = judge.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the judge starts");
    running.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    let output = running.wait_with_output().expect("the judge ends");
    assert!(output.status.success(), "the judge failed: {}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).expect("the judge prints JSON")
}

/// The lab ends its members itself: whoever kills it leaves them behind.
impl Drop for Lab {
    fn drop(&mut self) {
        if !self.child.ended() {
            self.child.interrupt(FAREWELL);
        }
    }
}

fn password(words: &str) -> String {
    let mut objects = words.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let hints = objects.find(|object| object["text"] == "try").expect("what to try");
    let hints = hints["content"].as_str().expect("a text").to_owned();
    let (_, rest) = hints.split_once("; password ").expect("the password");
    rest.split_whitespace().next().expect("a word").to_owned()
}
