//! OpenSSH's client against a node's admin shell.

use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::cluster::PASSWORD;
use crate::folder::Folder;

/// The port of the shell.
pub const PORT: &str = "2222";

/// How the client proves who it is.
#[derive(Clone, Debug)]
pub enum Proof {
    /// With a private key.
    Key(PathBuf),
    /// With a password, as a client does that was told nothing: by keyboard-interactive.
    Password(String),
    /// With a password by the method of that name.
    PlainPassword(String),
}

/// A client of one user.
#[derive(Clone, Debug)]
pub struct Client {
    address: IpAddr,
    user: String,
    proof: Proof,
    known_hosts: PathBuf,
    askpass: PathBuf,
}

/// What a command said.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// Standard output.
    pub output: String,
    /// Standard error, without the banner.
    pub errors: String,
    /// The exit code; 255 is the client's own.
    pub code: i32,
}

/// Makes a key pair; answers with the path of the private half, beside which is the public one.
pub fn make_key(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&path).status();
    assert!(made.expect("ssh-keygen runs").success());
    path
}

impl Client {
    /// A client that takes the node's host key at its first connection and no other after that.
    pub fn new(folder: &Folder, address: IpAddr, user: &str, proof: Proof) -> Client {
        let askpass = folder.write("askpass", "#!/bin/sh\nprintf '%s\\n' \"$RINGBEARER_TEST_PASSWORD\"\n");
        make_executable(&askpass);
        Client { address, user: user.into(), proof, known_hosts: folder.join("known_hosts"), askpass }
    }

    /// One with everybody's password.
    pub fn with_password(folder: &Folder, address: IpAddr, user: &str) -> Client {
        Client::new(folder, address, user, Proof::Password(PASSWORD.into()))
    }

    /// Where the host keys are that it knows.
    pub fn known_hosts(&self) -> &Path {
        &self.known_hosts
    }

    /// The client, ready for more arguments; the destination is there.
    pub fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "/dev/null", "-p", PORT, "-o", "ConnectTimeout=20", "-o", "NumberOfPasswordPrompts=1"]);
        command.args(["-o", "StrictHostKeyChecking=accept-new", "-o"]);
        command.arg(format!("UserKnownHostsFile={}", self.known_hosts.display()));
        match &self.proof {
            Proof::Key(path) => {
                command.args(["-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey", "-i"]).arg(path);
            }
            Proof::Password(password) | Proof::PlainPassword(password) => {
                let plain = matches!(self.proof, Proof::PlainPassword(_));
                let method = if plain { "password" } else { "keyboard-interactive" };
                command.args(["-o", "PubkeyAuthentication=no", "-o", &format!("PreferredAuthentications={method}")]);
                command.env("SSH_ASKPASS", &self.askpass).env("SSH_ASKPASS_REQUIRE", "force");
                command.env("RINGBEARER_TEST_PASSWORD", password);
            }
        }
        command.args(options).arg(format!("{}@{}", self.user, self.address));
        command
    }

    /// Runs a command of the shell, with what its questions are answered with.
    pub fn run(&self, line: &str, answers: &str) -> Said {
        said(self.command(&["-T"]).arg(line), answers)
    }
}

/// Runs a program to its end.
pub fn said(command: &mut Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // A program that asks nothing may be over before it reads.
    let _ = child.stdin.take().expect("the input is a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let errors = text(stderr).replace('\r', "");
    let own = |line: &&str| !is_banner(line) && !line.starts_with("Warning: Permanently added");
    let errors = errors.lines().filter(own).map(|line| format!("{line}\n")).collect();
    Said { output: text(stdout), errors, code: status.code().unwrap_or(-1) }
}

/// The two lines that the node says before anybody has signed in.
fn is_banner(line: &str) -> bool {
    line.ends_with(": command line interface.") || line == "For its administrators only; what they do is recorded."
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).expect("the file is ours");
}
