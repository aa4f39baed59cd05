//! What an administrator and a service manager do to a running node: signals, health, backups.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use directory::{Author, DirectoryRepository, Line, Object, Precondition, Surface};
use ringbearer_interop::authlib::take_token;
use ringbearer_interop::child::{Child, wait_until};
use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::edge::admin;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::monitor::ask;
use ringbearer_interop::ringbearer;
use ringbearer_interop::softphone::Softphone;
use rustix::process::Signal;
use store::Store;

const LIMIT: Duration = Duration::from_secs(20);
const PASSPHRASE: &str = "canary of the backup's passphrase";

/// A service manager's end of `NOTIFY_SOCKET`.
struct Manager(UnixDatagram, Vec<String>);

impl Manager {
    fn listen(folder: &Folder) -> Manager {
        let socket = UnixDatagram::bind(folder.join("notify.sock")).expect("the socket is made");
        socket.set_read_timeout(Some(LIMIT)).expect("a limit is set");
        Manager(socket, Vec::new())
    }

    /// Waits until it is told this.
    fn hear(&mut self, text: &str) {
        while !self.1.iter().any(|told| told == text) {
            let mut buffer = [0; 4096];
            let length = self.0.recv(&mut buffer).unwrap_or_else(|_| panic!("not told {text:?}, but {:?}", self.1));
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            self.1.extend(message.lines().map(str::to_owned));
        }
        self.1.clear();
    }
}

fn config(level: &str) -> String {
    format!(
        "[node]\nname = \"operated\"\nusage = \"publisher\"\naddress = \"127.0.0.61\"\nstate = \"state\"\n\
         [cluster]\ndatabase = \"cluster.db\"\ndomain = \"operated.test\"\n[log]\nfile = \"node.txt\"\n{level}"
    )
}

#[test]
fn a_node_tells_its_manager_reloads_rotates_and_ends() {
    let folder = Folder::new("operated");
    let address = "127.0.0.61".parse().expect("an address");
    folder.write("node.toml", config(""));
    let log = || std::fs::read_to_string(folder.join("node.txt")).unwrap_or_default();
    let mut manager = Manager::listen(&folder);
    let mut command = Command::new(ringbearer());
    command.args(["ucm", "--config"]).arg(folder.join("node.toml"));
    command
        .env("NOTIFY_SOCKET", folder.join("notify.sock"))
        .env("WATCHDOG_USEC", "500000")
        .env_remove("RINGBEARER_LOG");
    let mut node = Child::start("node", folder.path(), &mut command);
    manager.hear("READY=1");
    manager.hear("WATCHDOG=1");
    manager.hear("WATCHDOG=1");

    assert_eq!(ask(address, "/livez"), Some((200, "ok\n".into())));
    wait_until("the node is ready", LIMIT, || ask(address, "/readyz").is_some_and(|(status, _)| status == 200));
    let (_, checks) = ask(address, "/readyz").expect("it answers");
    for check in ["database", "lease", "callmanager", "tomcat-certificate", "serving"] {
        assert!(checks.contains(&format!("\"name\":\"{check}\",\"passed\":true")), "{check}: {checks}");
    }

    folder.write("node.toml", config("leevl = \"debug\"\n"));
    node.signal(Signal::HUP);
    manager.hear("RELOADING=1");
    manager.hear("READY=1");
    assert!(log().contains("did you mean `level`?"), "{}", log());
    folder.write("node.toml", config("level = \"debug\"\n").replace("operated.test", "other.test"));
    node.signal(Signal::HUP);
    manager.hear("READY=1");
    assert!(log().contains("taken=[\"log.level\"]"), "{}", log());
    assert!(log().contains("these changes are taken at the next start keys=[\"cluster.domain\"]"), "{}", log());

    let shown = || {
        let command = "openssl s_client -connect 127.0.0.61:8443 </dev/null 2>/dev/null | openssl x509";
        String::from_utf8(Command::new("sh").args(["-c", command]).output().expect("openssl runs").stdout).expect("PEM")
    };
    let certificate = folder.join("state/certificates/tomcat/certificate.pem");
    let before = shown();
    admin(&folder.join("state/admin.sock"), "set cert regen tomcat", "yes\n");
    node.signal(Signal::HUP);
    manager.hear("READY=1");
    let read = std::fs::read_to_string(&certificate).expect("it is there");
    let same = |one: &str, other: &str| one.split_whitespace().eq(other.split_whitespace());
    assert!(same(&shown(), &read) && !same(&before, &read), "the next handshake shows the new certificate");

    std::fs::rename(folder.join("node.txt"), folder.join("node.txt.rotated")).expect("it is renamed");
    node.signal(Signal::USR1);
    wait_until("the log is there again", LIMIT, || log().contains("the log file was opened again"));

    node.signal(Signal::TERM);
    manager.hear("STOPPING=1");
    node.succeed(LIMIT);
}

#[test]
fn a_node_that_is_told_to_stop_lets_a_call_end() {
    let folder = Folder::new("drained");
    let mut node = Node::start(&folder, "127.0.0.62");
    let tokens = ["alice", "bob"]
        .map(|user| take_token(&folder, &node, user)["access_token"].as_str().expect("a token").to_owned());
    let (mut caller, _) = Softphone::register(&node, "CSFALICE", "2001", &tokens[0]);
    let (mut called, _) = Softphone::register(&node, "CSFBOB", "2002", &tokens[1]);
    caller.call("2002", &description('A'));
    let invite = called.answer(&description('B'));
    let answer = caller.receive_until("SIP/2.0 200 ");
    caller.acknowledge(&answer);
    called.receive_until("ACK ");

    node.child().signal(Signal::TERM);
    let is_draining =
        |answer: Option<(u16, String)>| answer.is_some_and(|(status, body)| status == 503 && body.contains("draining"));
    wait_until("the node drains", LIMIT, || is_draining(ask(node.address(), "/readyz")));
    wait_until("nobody new is accepted", LIMIT, || std::net::TcpStream::connect(node.oauth_port()).is_err());
    caller.register_again(&tokens[0]);
    caller.receive_until("SIP/2.0 200 ");
    assert!(!node.child().ended(), "the call goes on, and so does the node:\n{}", node.words());

    called.hang_up(&invite);
    called.receive_until("SIP/2.0 200 ");
    caller.receive_until("BYE ");
    // It goes without an answer, as a phone does whose battery is empty.
    drop(caller);
    let words = node.child().succeed(LIMIT);
    assert!(words.contains("drained"), "{words}");
}

#[test]
fn a_backup_under_load_holds_everything_that_was_acknowledged() {
    let folder = Folder::new("backed-up");
    let mut node = Node::start(&folder, "127.0.0.63");
    folder.write("passphrase", PASSPHRASE);
    let backup = |words: &[&str], config: &Path| {
        let mut command = Command::new(ringbearer());
        command.arg("backup").args(words).arg("--config").arg(config);
        command.arg("--passphrase-file").arg(folder.join("passphrase")).output().expect("it runs")
    };
    let archive = folder.join("node.backup");
    let (written, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let before = std::thread::scope(|scope| {
        let load = scope.spawn(|| write_lines(&folder.join("cluster.db"), &written, &is_over));
        wait_until("there is load", LIMIT, || written.load(Ordering::SeqCst) > 50);
        let before = written.load(Ordering::SeqCst);
        let made = backup(&["create", "--output", &archive.to_string_lossy()], &folder.join("node.toml"));
        is_over.store(true, Ordering::SeqCst);
        load.join().expect("the load ends");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        before
    });

    // SEC-1: nothing of it is to be read.
    let octets = std::fs::read(&archive).expect("it is there");
    let key = std::fs::read_to_string(folder.join("state/certificates/tomcat/key.pem")).expect("a key");
    for secret in [PASSWORD, PASSPHRASE, key.lines().nth(1).expect("PEM"), "$argon2id$", "SQLite format 3"] {
        assert!(!octets.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }

    let refused = backup(&["restore", &archive.to_string_lossy()], &folder.join("node.toml"));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("the node runs: stop the node first"), "{words}");
    node.kill();

    let elsewhere = Folder::new("restored");
    let text = std::fs::read_to_string(folder.join("node.toml")).expect("it is there");
    let config = elsewhere.write("node.toml", text);
    let restored = backup(&["restore", &archive.to_string_lossy()], &config);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let store = Store::open(&elsewhere.join("cluster.db")).expect("the database opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let directory = runtime.block_on(store.load()).expect("it loads");
    for number in 0..before {
        let number = number_of(number);
        assert!(directory.line(&number).is_some(), "{number} was acknowledged before the backup began");
    }
    assert_eq!(runtime.block_on(store.damage()).expect("it reads"), Vec::<String>::new());
    assert_eq!(runtime.block_on(store.audit_break()).expect("it reads"), None);
    assert_eq!(std::fs::read_to_string(elsewhere.join("state/certificates/tomcat/key.pem")).expect("a key"), key);
    drop(store);
    let mut command = Command::new(ringbearer());
    command.args(["ucm", "--config"]).arg(&config);
    Child::start("restored", elsewhere.path(), &mut command).wait_for("ready", LIMIT);
}

fn number_of(line: usize) -> String {
    format!("7{line:05}")
}

/// A description with a key of its own: the same in both directions is refused.
fn description(key: char) -> String {
    let key = key.to_string().repeat(40);
    format!(
        "v=0\no=- 1 1 IN IP4 127.0.0.47\ns=-\nc=IN IP4 127.0.0.47\nt=0 0\nm=audio 16384 RTP/SAVP 0\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\na=sendrecv\n"
    )
}

/// Adds lines one after the other, and counts what was acknowledged.
fn write_lines(database: &Path, written: &AtomicUsize, is_over: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = Store::open(database).expect("the database opens");
    let author = Author { name: "load".into(), surface: Surface::System };
    while !is_over.load(Ordering::SeqCst) {
        let line = Line::new(number_of(written.load(Ordering::SeqCst)).parse().expect("a number"));
        let put = store.put(&author, vec![(Object::Line(line), Precondition::Absent)]);
        runtime.block_on(put).expect("it is acknowledged");
        written.fetch_add(1, Ordering::SeqCst);
    }
}
