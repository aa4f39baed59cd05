//! An edge of ours around a [`Node`]: Expressway-C and Expressway-E as processes, trusted and set up with the admin shell's
//! commands, so that phones outside can register.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::child::{Child, wait_until};
use crate::cluster::{NAME, Node};
use crate::folder::Folder;

/// The domain of the edge's users.
pub const DOMAIN: &str = "judged.test";

/// Long enough for every state that is asked for on a machine that works.
pub const PATIENCE: Duration = Duration::from_secs(40);

const READY: Duration = Duration::from_secs(20);

/// Which half of the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Expressway-C.
    Inner,
    /// Expressway-E.
    Outer,
}

impl Half {
    /// The half's name, and that of its files.
    pub fn name(self) -> &'static str {
        match self {
            Half::Inner => "exp-c",
            Half::Outer => "exp-e",
        }
    }

    fn subcommand(self) -> &'static str {
        match self {
            Half::Inner => "expressway-c",
            Half::Outer => "expressway-e",
        }
    }
}

/// A half of the edge, running or not.
pub struct Expressway {
    half: Half,
    address: IpAddr,
    folder: PathBuf,
    child: Option<Child>,
    starts: u32,
}

impl Expressway {
    fn new(folder: &Folder, half: Half, address: &str, config: &str) -> Expressway {
        folder.write(format!("{}.toml", half.name()), config);
        let address = address.parse().expect("an address");
        Expressway { half, address, folder: folder.path().to_path_buf(), child: None, starts: 0 }
    }

    /// Starts it, and waits until it is ready. `prefix` is a program that runs it, with that program's arguments.
    pub fn start(&mut self, prefix: &[&str]) {
        self.starts += 1;
        let program = crate::ringbearer();
        let mut command = match prefix {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.arg(self.half.subcommand()).arg("--config").arg(self.path(&format!("{}.toml", self.half.name())));
        let mut child = Child::start(&format!("{}-{}", self.half.name(), self.starts), &self.folder, &mut command);
        child.wait_for("ready", READY);
        self.child = Some(child);
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        self.child = None;
    }

    /// Its process id, when it runs.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Gives its admin shell a command; answers with what it prints.
    pub fn admin(&self, command: &str) -> String {
        self.admin_answering(command, "")
    }

    /// The same, with what is typed where the command asks.
    pub fn admin_answering(&self, command: &str, answers: &str) -> String {
        admin(&self.path(&format!("{}/admin.sock", self.half.name())), command, answers)
    }

    /// Its certificate, as others trust it.
    pub fn certificate(&self) -> PathBuf {
        self.path(&format!("{}/certificates/server/certificate.pem", self.half.name()))
    }

    /// The TLS key log.
    pub fn key_log(&self) -> PathBuf {
        self.path(&format!("{}.keys", self.half.name()))
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path(&format!("{}.log", self.half.name()))).unwrap_or_default()
    }

    /// A port of it.
    pub fn port(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.address, port)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A node and the edge before it.
pub struct Edge {
    /// Unified CM.
    pub node: Node,
    /// Expressway-C.
    pub inner: Expressway,
    /// Expressway-E.
    pub outer: Expressway,
    folder: PathBuf,
}

impl Edge {
    /// Starts all three on loopback addresses, `127.0.<net>.1` to `.3`, and sets them up.
    pub fn start(folder: &Folder, net: u8) -> Edge {
        Edge::start_with(folder, net, &[])
    }

    /// The same, where Expressway-E is run by a program with its arguments.
    pub fn start_with(folder: &Folder, net: u8, outer_prefix: &[&str]) -> Edge {
        let edge = Edge::around(folder, Node::start(folder, &address(net, 1)), net, outer_prefix);
        edge.trust_all();
        edge.discover();
        edge.until_zone("Active");
        edge
    }

    /// Starts all three as they are the first time: nothing is set up, and nobody trusts anybody.
    pub fn start_bare(folder: &Folder, net: u8) -> Edge {
        Edge::around(folder, Node::start_bare(folder, &address(net, 1)), net, &[])
    }

    fn around(folder: &Folder, node: Node, net: u8, outer_prefix: &[&str]) -> Edge {
        let [first, second, third] = [1, 2, 3].map(|last| address(net, last));
        let mut inner = Expressway::new(folder, Half::Inner, &second, &inner_config(&second, &first, &third));
        let mut outer = Expressway::new(folder, Half::Outer, &third, &outer_config(&third));
        outer.start(outer_prefix);
        inner.start(&[]);
        Edge { node, inner, outer, folder: folder.path().to_path_buf() }
    }

    /// Waits until the node's zone has a status with this text; answers with its row.
    pub fn until_zone(&self, text: &str) -> String {
        let name = format!("CEOAuth-{NAME} ");
        let row = || {
            let page = self.inner.admin("xStatus Zones");
            page.lines().find(|line| line.starts_with(&name)).map(str::to_owned).unwrap_or(page)
        };
        wait_until(&format!("the zone says {text:?}"), PATIENCE, || row().contains(text));
        row()
    }

    /// Waits until the traversal link and the tunnel are up.
    pub fn until_traversal(&self) {
        wait_until("the traversal is up", PATIENCE, || {
            self.inner.admin("xStatus Traversal").matches("Active").count() == 2
        });
    }

    /// How many phones are registered through it, as Expressway-C says.
    pub fn registered(&self) -> usize {
        let page = self.inner.admin("xStatus MRA");
        let count = page.lines().find_map(|line| line.strip_suffix(" registered"));
        count.expect("a count").trim().parse().expect("a number")
    }

    /// Streams that a half relays now.
    pub fn streams(&self, half: Half) -> usize {
        let page = match half {
            Half::Inner => self.inner.admin("xStatus Media"),
            Half::Outer => self.outer.admin("xStatus Media"),
        };
        let row = page.lines().find(|line| line.starts_with("Streams open")).expect("a row");
        row.split_whitespace().last().expect("a count").parse().expect("a number")
    }

    /// A file with every certificate that a phone has to trust.
    pub fn trust(&self) -> PathBuf {
        let pem = [self.node.tomcat_certificate(), self.outer.certificate()].map(|path| read(&path)).concat();
        let path = self.folder.join("trust.pem");
        std::fs::write(&path, pem).expect("the file is written");
        path
    }

    /// Lets Expressway-C believe the node's tomcat certificate; answers with the name of the entry.
    pub fn trust_node(&self) -> String {
        let pem = read(&self.node.tomcat_certificate());
        let said = self.inner.admin_answering("xCommand TrustedCAAdd", &pem);
        let name = said.lines().find_map(|line| line.strip_suffix(" added to the trusted CA list."));
        name.unwrap_or_else(|| panic!("{said}")).to_owned()
    }

    /// Lets the node believe Expressway-C's certificate; answers with the name of the entry. It holds from the next restart of
    /// the service.
    pub fn trust_expressway(&self) -> String {
        let said = self.node.admin_answering("set cert import trust tomcat", &read(&self.inner.certificate()));
        let name = said.lines().find_map(|line| line.strip_suffix(".pem imported.")?.strip_prefix("tomcat-trust/"));
        name.unwrap_or_else(|| panic!("{said}")).to_owned()
    }

    /// Restarts the CallManager service: connections are made anew.
    pub fn restart_service(&self) {
        self.node.admin("utils service restart Cisco CallManager");
    }

    fn trust_all(&self) {
        self.outer.admin_answering("xCommand TrustedCAAdd", &read(&self.inner.certificate()));
        self.inner.admin_answering("xCommand TrustedCAAdd", &read(&self.outer.certificate()));
        self.trust_node();
        self.trust_expressway();
        self.restart_service();
        self.until_traversal();
    }

    fn discover(&self) {
        let password = "an-account-of-its-own";
        self.node.admin("set user axl last-name AXL roles axl");
        self.node.admin_answering("set user password axl", &format!("{password}\n{password}\n"));
        let add = format!("xCommand UnifiedCMServerAdd Address: {NAME} AxlUsername: axl TlsVerifyMode: On");
        self.inner.admin_answering(&add, &format!("{password}\n"));
    }
}

fn address(net: u8, last: u8) -> String {
    format!("127.0.{net}.{last}")
}

/// Gives a command to the admin shell on a socket.
pub fn admin(socket: &Path, command: &str, answers: &str) -> String {
    let mut shell = Command::new(crate::ringbearer())
        .args(["admin", "--socket"])
        .arg(socket)
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the admin shell runs");
    // A command that asks nothing may be over before it reads.
    let _ = shell.stdin.take().expect("a pipe").write_all(answers.as_bytes());
    let output = shell.wait_with_output().expect("the admin shell ends");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command}: {words}{}", String::from_utf8_lossy(&output.stderr));
    words
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn inner_config(address: &str, node: &str, edge: &str) -> String {
    format!(
        "[node]
kind = \"expressway-c\"
name = \"exp-c\"
address = \"{address}\"
state = \"exp-c\"

[hosts]
\"{NAME}\" = \"{node}\"

[expressway-c]
edge = \"{edge}:7001\"
edge-name = \"exp-e.{DOMAIN}\"
domain = \"{DOMAIN}\"
danger-tls-key-log = \"exp-c.keys\"

[ssh]
port = 2222

[certificates]
names = [\"exp-c.{DOMAIN}\"]

[log]
file = \"exp-c.log\"
"
    )
}

fn outer_config(address: &str) -> String {
    format!(
        "[node]
kind = \"expressway-e\"
name = \"exp-e\"
address = \"{address}\"
state = \"exp-e\"

[expressway-e]
domain = \"{DOMAIN}\"
tls-verify-subject-name = \"exp-c.{DOMAIN}\"
danger-tls-key-log = \"exp-e.keys\"

[ssh]
port = 2222

[certificates]
names = [\"exp-e.{DOMAIN}\"]

[log]
file = \"exp-e.log\"
"
    )
}
