//! Who gets into the admin shell over SSH, what they may do there, and what nobody may.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::edge::Edge;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::ssh::{Client, Proof, Said, make_key, said};

/// The client's own exit code.
const OWN: i32 = 255;

fn node(folder: &Folder, address: &str) -> Node {
    let node = Node::start(folder, address);
    for (user, roles) in [("admin", "administrator"), ("erin", "read-only")] {
        node.admin(&format!("set user {user} roles {roles}"));
        node.admin_answering(&format!("set user password {user}"), &format!("{PASSWORD}\n"));
    }
    node
}

#[test]
fn ssh_1_only_who_may_gets_in_and_only_as_far_as_the_role_goes() {
    let folder = Folder::new("ssh-who");
    let node = node(&folder, "127.0.0.63");
    let client = |user: &str, proof: Proof| Client::new(&folder, node.address(), user, proof);
    let password = || Proof::Password(PASSWORD.into());

    // The host key is the one that the node says it is.
    let admin = client("admin", password());
    assert_eq!(admin.run("show version active", "").code, 0);
    assert_eq!(client("admin", Proof::PlainPassword(PASSWORD.into())).run("show version active", "").code, 0);
    let known = Command::new("ssh-keygen").arg("-lf").arg(admin.known_hosts()).output().expect("ssh-keygen runs");
    let known = String::from_utf8(known.stdout).expect("text");
    let own = node.admin("show ssh host-key");
    let fingerprint = own.split(' ').next().expect("a fingerprint");
    assert!(known.contains(fingerprint), "{known} and {own}");

    // Who may only look looks.
    let erin = client("erin", password());
    assert_eq!(erin.run("show user bob", "").code, 0);
    assert_eq!(
        erin.run("unset user bob", ""),
        Said {
            output: String::new(),
            errors:
                "\"unset user\" changes the system: erin may only look. It needs the role Standard CCM Super Users.\n"
                    .into(),
            code: 1
        }
    );
    assert!(node.admin("show user").contains("bob"));

    // Who has no role, or a role of another interface, is told so, and only with the right password.
    for user in ["alice", "axl"] {
        let refused = client(user, password()).run("show user", "");
        assert_eq!((refused.code, refused.output.as_str()), (OWN, ""));
        assert!(refused.errors.contains("this user may not use the admin shell"), "{}", refused.errors);
    }
    for user in ["alice", "admin", "nobody"] {
        let refused = client(user, Proof::Password("wrong-wrong-wrong".into())).run("show user", "");
        assert_eq!((refused.code, refused.output.as_str()), (OWN, ""));
        assert!(!refused.errors.contains("may not"), "{}", refused.errors);
        // Every method may be tried again.
        let methods = "Permission denied (publickey,keyboard-interactive,password)";
        assert!(refused.errors.contains(methods), "{}", refused.errors);
    }

    // A key that nobody added, and one that was taken away.
    let key = make_key(&folder, "erin-key");
    let by_key = client("erin", Proof::Key(key.clone()));
    assert_eq!(by_key.run("show user", "").code, OWN);
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("the public half");
    let added = node.admin(&format!("set ssh key add erin {}", public.trim()));
    assert_eq!(by_key.run("show user", "").code, 0);
    let fingerprint = added.trim().trim_start_matches("erin may sign in with ").trim_end_matches('.');
    // Another user's key is not one's own.
    assert_eq!(client("admin", Proof::Key(key)).run("show user", "").code, OWN);
    node.admin("set user erin active off");
    assert_eq!(by_key.run("show user", "").code, OWN, "a user who is disabled");
    node.admin("set user erin active on");
    node.admin(&format!("set ssh key delete erin {fingerprint}"));
    assert_eq!(by_key.run("show user", "").code, OWN);

    // Who signed in, from where and how, and what was done, stands in the audit log under the user's name.
    assert_eq!(admin.run("set user erin first-name Erin", "").code, 0);
    let audit = node.admin("show audit 100");
    let row = |words: [&str; 3]| audit.lines().any(|line| words.iter().all(|word| line.contains(word)));
    let source = format!("from {}", source(&audit));
    assert!(row(["admin (cli)", "sign in", &format!("{source}, password")]), "{audit}");
    assert!(row(["erin (cli)", "sign in", &format!("{source}, key {fingerprint}")]), "{audit}");
    assert!(row(["admin (cli)", "put", "\"erin\""]), "{audit}");
}

/// The client's address: the node's own, as everything is on the loopback interface.
fn source(audit: &str) -> String {
    let line = audit.lines().find(|line| line.contains("sign in")).expect("a sign-in");
    let rest = line.split("from ").nth(1).expect("a source");
    rest.split(',').next().expect("an address").to_owned()
}

#[test]
fn oau_6_who_guesses_is_locked_out_and_told_how_long() {
    let folder = Folder::new("ssh-lock");
    let node = node(&folder, "127.0.0.64");
    let guesser = Client::new(&folder, node.address(), "admin", Proof::Password("wrong-wrong-wrong".into()));
    for _ in 0..5 {
        assert_eq!(guesser.run("show user", "").code, OWN);
    }
    let locked = guesser.run("show user", "");
    assert_eq!(locked.code, OWN);
    assert!(locked.errors.contains("too many failed sign-ins: try again in "), "{}", locked.errors);
    // The right password does not help now, nor does the lock hold another user up.
    let right = Client::with_password(&folder, node.address(), "admin").run("show user", "");
    assert!(right.errors.contains("too many failed sign-ins"), "{}", right.errors);
    assert_eq!(Client::with_password(&folder, node.address(), "erin").run("show user", "").code, 0);
}

#[test]
fn ssh_1_nothing_but_the_shell_is_there() {
    let folder = Folder::new("ssh-nothing");
    let node = node(&folder, "127.0.0.65");
    let admin = Client::with_password(&folder, node.address(), "admin");
    // No forwarding to a port of the node, no subsystem.
    let forwarded = said(&mut admin.command(&["-W", &format!("{}:6970", node.address())]), "");
    assert_eq!(forwarded.code, OWN);
    assert!(forwarded.errors.contains("administratively prohibited"), "{}", forwarded.errors);
    let subsystem = said(admin.command(&["-s"]).arg("sftp"), "");
    assert_eq!(subsystem.code, OWN);
    assert!(subsystem.errors.contains("subsystem request failed"), "{}", subsystem.errors);
    let reverse = said(&mut admin.command(&["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1"]), "");
    assert_eq!(reverse.code, OWN);
    assert!(reverse.errors.contains("remote port forwarding failed"), "{}", reverse.errors);
    // What a shell of Unix would make of it is the shell's here.
    let injected = admin.run("show version active; id", "");
    assert_eq!((injected.code, injected.output.as_str()), (2, ""));
    // A script without a terminal ends at the first command that fails.
    let script = said(&mut admin.command(&["-T"]), "# a comment\nshow version active\nnonsense\nshow version active\n");
    assert_eq!((script.code, script.output.lines().count()), (2, 1), "{script:?}");
    // A command on a terminal, which has no window.
    let on_terminal = said(admin.command(&["-tt"]).arg("show version active"), "");
    assert_eq!(on_terminal.code, 0, "{on_terminal:?}");
    assert!(on_terminal.output.ends_with("\r\n"), "{on_terminal:?}");
    // A client that offers only what is old finds no key exchange.
    let old = said(admin.command(&["-o", "KexAlgorithms=diffie-hellman-group14-sha256"]).arg("show user"), "");
    assert_eq!(old.code, OWN);
    assert!(old.errors.contains("no matching key exchange method"), "{}", old.errors);
}

#[test]
fn ssh_1_who_does_not_sign_in_holds_up_nobody() {
    let folder = Folder::new("ssh-flood");
    let node = node(&folder, "127.0.0.66");
    let address = SocketAddr::new(node.address(), 2222);
    // One source gets no more than half of what is left for newcomers.
    let silent: Vec<TcpStream> = (0..64).filter_map(|_| TcpStream::connect(address).ok()).collect();
    let is_open = |stream: &&TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let mut first = [0; 4];
        let mut reading: &TcpStream = stream;
        std::io::Read::read(&mut reading, &mut first).is_ok_and(|count| count > 0)
    };
    assert_eq!(silent.iter().filter(is_open).count(), 16);
    // Another source still gets in.
    let other: IpAddr = "127.0.0.67".parse().expect("an address");
    let admin = Client::with_password(&folder, node.address(), "admin");
    let bound = said(admin.command(&["-T", "-b", &other.to_string()]).arg("show version active"), "");
    assert_eq!(bound.code, 0, "{bound:?}");
    // Garbage ends a connection, and the node goes on.
    drop(silent);
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff", &[b'x'; 70_000][..]] {
        let mut stream = TcpStream::connect(address).expect("the node listens");
        let _ = std::io::Write::write_all(&mut stream, garbage);
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
    }
    assert_eq!(admin.run("show version active", "").code, 0);
}

#[test]
fn an_expressway_has_its_own_commands_and_its_own_administrators() {
    let folder = Folder::new("ssh-edge");
    let edge = Edge::start_bare(&folder, 69);
    for (expressway, rules) in [(&edge.inner, 0), (&edge.outer, 2)] {
        for (name, role) in [("ada", "Administrator"), ("erin", "ReadOnly")] {
            let add = format!("xCommand AdministratorAdd Name: {name} Role: {role}");
            expressway.admin_answering(&add, &format!("{PASSWORD}\n"));
        }
        let address = expressway.port(2222).ip();
        let client = |name: &str| Client::with_password(&folder, address, name);
        let administrators = client("erin").run("xStatus Administrators", "");
        assert_eq!((administrators.code, administrators.errors.as_str()), (0, ""));
        assert!(administrators.output.contains("ada") && administrators.output.contains("erin"), "{administrators:?}");
        assert_eq!(client("ada").run("xStatus SearchRules", "").code, rules);
        let refused = client("erin").run("xCommand AdministratorDelete Name: ada", "");
        assert_eq!(refused.code, 1);
        assert!(refused.errors.contains("erin may only look"), "{}", refused.errors);
        assert_eq!(client("ada").run("xCommand AdministratorDelete Name: erin", "").code, 0);
        assert_eq!(client("erin").run("xStatus Zones", "").code, OWN);
        // A user of Unified CM is nobody here.
        assert_eq!(client("alice").run("xStatus Zones", "").code, OWN);
    }
}

#[test]
fn a_person_at_a_terminal_finds_a_shell() {
    let folder = Folder::new("ssh-terminal");
    let node = node(&folder, "127.0.0.68");
    let key = make_key(&folder, "admin-key");
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("the public half");
    node.admin(&format!("set ssh key add admin {}", public.trim()));
    let client = Client::new(&folder, node.address(), "admin", Proof::Key(key));
    let ssh = client.command(&["-tt"]);
    let mut judge = Command::new(ringbearer_interop::python());
    judge.arg(ringbearer_interop::judge("ssh_terminal.py")).arg(ssh.get_program()).args(ssh.get_args());
    let judged = said(&mut judge, "");
    assert_eq!((judged.code, judged.output.as_str()), (0, "ok\n"), "{}", judged.errors);
    // The same console is in front of the local socket.
    let mut local = Command::new(ringbearer_interop::python());
    local.arg(ringbearer_interop::judge("ssh_terminal.py")).arg("--local").arg(ringbearer_interop::ringbearer());
    local.args(["admin", "--socket"]).arg(folder.join("state/admin.sock"));
    let judged = said(&mut local, "");
    assert_eq!((judged.code, judged.output.as_str()), (0, "ok\n"), "{}", judged.errors);
}
