//! Our own softphone as a process, driven by lines and watched by its events.

use std::io::Write;
use std::process::{ChildStdin, Command};
use std::time::Duration;

use serde_json::Value;

use crate::child::{Child, wait_until};
use crate::cluster::PASSWORD;
use crate::edge::{DOMAIN, Edge};
use crate::folder::Folder;

/// A running phone.
pub struct Phone {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    /// Lines that were looked at.
    read: usize,
}

impl Phone {
    /// A phone in the office.
    pub fn inside(folder: &Folder, edge: &Edge, user: &'static str, more: &[&str]) -> Phone {
        let node = edge.node.address().to_string();
        Phone::start(folder, edge, user, &[&["--node", &node], more].concat())
    }

    /// A phone outside, that knows the edge by its address.
    pub fn outside(folder: &Folder, edge: &Edge, user: &'static str, more: &[&str]) -> Phone {
        let address = edge.outer.port(8443).ip().to_string();
        Phone::start(folder, edge, user, &[&["--edge", &address, "--domain", DOMAIN], more].concat())
    }

    fn start(folder: &Folder, edge: &Edge, user: &'static str, arguments: &[&str]) -> Phone {
        let device = format!("CSF{}", user.to_uppercase());
        let mut command = Command::new(crate::ringbearer());
        command.args(["phone", "--json", "--stay", "--device", &device, "--user", user, "--password-stdin"]);
        command.arg("--trust").arg(edge.trust()).arg("--state").arg(folder.join(format!("{user}.phone")));
        command.args(arguments);
        let (child, input) = Child::start_with_input(user, folder.path(), &mut command);
        let mut phone = Phone { name: user, child, input, read: 0 };
        phone.tell(PASSWORD);
        phone
    }

    /// Gives it a command.
    pub fn tell(&mut self, command: &str) {
        writeln!(self.input, "{command}").expect("the phone reads");
    }

    /// Waits for its next event of a kind; what comes before is read over.
    pub fn wait_for(&mut self, kind: &str, limit: Duration) -> Value {
        self.wait_until(kind, limit, |_| true)
    }

    /// Waits for its next event of a kind of which something holds.
    pub fn wait_until(&mut self, kind: &str, limit: Duration, holds: impl Fn(&Value) -> bool) -> Value {
        let mut found = None;
        let (name, child, read) = (self.name, &self.child, &mut self.read);
        wait_until(&format!("{name} says {kind}"), limit, || {
            let words = child.words();
            // The last line may not be whole yet.
            let whole = words.rfind('\n').map_or("", |end| &words[..end]);
            for (number, line) in whole.lines().enumerate().skip(*read) {
                *read = number + 1;
                let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
                if event["event"] == kind && holds(&event) {
                    found = Some(event);
                    return true;
                }
            }
            false
        });
        found.expect("it was found")
    }

    /// How many packets of its call it has received so far.
    pub fn received(&mut self) -> u64 {
        self.tell("statistics");
        let told = self.wait_for("statistics", Duration::from_secs(5));
        told["statistics"]["received"].as_u64().expect("a count")
    }
}

/// A call from one to the other, until each has heard the other.
pub fn connect(caller: &mut Phone, callee: &mut Phone, number: &str) {
    const SOON: Duration = Duration::from_secs(10);
    caller.tell(&format!("call {number}"));
    callee.wait_for("incoming", SOON);
    callee.tell("answer");
    caller.wait_for("heard", SOON);
    callee.wait_for("heard", SOON);
}
