//! A phone of the lab: `ringbearer phone` as a child process, driven by lines, watched by its events.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use super::Lab;
use super::ladder::Arrow;
use super::member::{DOMAIN, EDGE_NAME, LabNode};
use super::network::Place;
use super::process::Process;

/// No step of a phone takes longer on a machine that works.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who uses a phone of the lab.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) user: &'static str,
    pub(super) device: &'static str,
    pub(super) line: &'static str,
}

/// The people of the lab.
pub(super) const ALICE: Person = Person { user: "alice", device: "CSFALICE", line: "2001" };
/// Called by alice, and transfers her.
pub(super) const BOB: Person = Person { user: "bob", device: "CSFBOB", line: "2002" };
/// Where bob transfers alice to.
pub(super) const CAROL: Person = Person { user: "carol", device: "CSFCAROL", line: "2003" };

/// Who stays outside; away from the office altogether, or with a laptop that is carried in and out.
pub(super) const DAVE: Person = Person { user: "dave", device: "CSFDAVE", line: "2004" };
/// All of them.
pub(super) const PEOPLE: [Person; 4] = [ALICE, BOB, CAROL, DAVE];

/// How a phone gets to its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The node's address is known.
    Inside,
    /// The domain's DNS names the edge.
    Outside,
    /// A node and the edge are known, and the user says where the phone is.
    Both,
}

/// Something that a phone said.
pub(super) struct Event(Value);

impl Event {
    /// A text of the event; empty when there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a value of the event is this one.
    pub(super) fn is(&self, key: &str, value: impl Into<Value>) -> bool {
        self.0.get(key) == Some(&value.into())
    }

    fn at(&self) -> f64 {
        self.0.get("at").and_then(Value::as_f64).unwrap_or_default()
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// A running phone.
pub(super) struct Phone {
    pub(super) person: Person,
    process: Process,
    messages: Vec<Event>,
    sign_ins: usize,
}

impl Phone {
    /// Starts the phone, signed in with the password. `more` are further arguments.
    pub(super) async fn start(lab: &Lab, person: Person, way: Way, more: &[&str]) -> anyhow::Result<Self> {
        let Lab { folder, network, password, .. } = lab;
        let trust = folder.file("trust.pem");
        let log = folder.file(&format!("{}.phone.log", person.user));
        let state = folder.file(&format!("{}.phone", person.user));
        let place = match way {
            Way::Inside => Place::Inside,
            Way::Outside => Place::Outside,
            Way::Both => Place::Laptop,
        };
        let mut command = network.command(place)?;
        command.args(["phone", "--json", "--device", person.device, "--user", person.user, "--password-stdin"]);
        command.arg("--trust").arg(trust).arg("--log").arg(log).arg("--state").arg(state);
        if way != Way::Outside {
            command.args(["--node", &network.address(LabNode::Publisher).to_string()]);
        }
        if way == Way::Both {
            command.args(["--edge", EDGE_NAME]);
        }
        if way != Way::Inside {
            command.args(["--domain", DOMAIN, "--resolver", &network.resolver(Place::Outside).to_string()]);
        }
        command.args(more);
        let mut process = Process::start(&format!("{}-{}", person.user, more.len()), folder.path(), command)?;
        process.send(password).await?;
        Ok(Self { person, process, messages: Vec::new(), sign_ins: 0 })
    }

    /// Gives the phone a command.
    pub(super) async fn tell(&mut self, command: &str) -> anyhow::Result<()> {
        self.process.send(command).await
    }

    /// Waits for an event of a kind; what comes before it is read over, the SIP messages are kept.
    pub(super) async fn wait_for(&mut self, kind: &str) -> anyhow::Result<Event> {
        self.wait_until(kind, |_| true).await
    }

    /// Waits for an event of a kind of which something holds.
    pub(super) async fn wait_until(&mut self, kind: &str, holds: impl Fn(&Event) -> bool) -> anyhow::Result<Event> {
        let name = self.person.user;
        let waiting = async {
            loop {
                let line = self.process.line().await?;
                let event = serde_json::from_str(&line).with_context(|| format!("{name} said: {line}"))?;
                let event = Event(event);
                self.sign_ins += usize::from(event.is("event", "signed-in"));
                match event.text("event") {
                    "sip" => self.messages.push(event),
                    said if said == kind && holds(&event) => return Ok(event),
                    "error" | "failed" => bail!("{name}: {line}"),
                    _ => {}
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(event) => event,
            Err(_) => bail!("{name} did not say `{kind}` within {} s", PATIENCE.as_secs()),
        }
    }

    /// How often it has said that its user signed in.
    pub(super) fn sign_ins(&self) -> usize {
        self.sign_ins
    }

    /// Waits until the media of its call is on or off hold.
    pub(super) async fn wait_for_hold(&mut self, whose: &str, on: bool) -> anyhow::Result<Event> {
        self.wait_until("media", |media| media.is(whose, on)).await
    }

    /// Forgets the messages so far: the next ladder begins here.
    pub(super) fn begin_ladder(&mut self) {
        self.messages.clear();
    }

    /// The messages since [`Self::begin_ladder`] as arrows between the phone's column and the node's.
    pub(super) fn arrows(&self, phone: usize, node: usize) -> Vec<Arrow> {
        let arrow = |message: &Event| {
            let (from, to) = if message.is("direction", "sent") { (phone, node) } else { (node, phone) };
            let text = message.text("start_line");
            let text = text.strip_suffix(" SIP/2.0").or_else(|| text.strip_prefix("SIP/2.0 ")).unwrap_or(text);
            Arrow { at: message.at(), from, to, text: text.to_owned() }
        };
        self.messages.iter().map(arrow).collect()
    }

    /// Ends the phone as its user would.
    pub(super) async fn quit(mut self) {
        // A phone that has ended already needs no word.
        let _ = self.tell("quit").await;
        self.process.stop().await;
    }
}
