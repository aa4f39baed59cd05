//! The last stage of packaging/Containerfile, without an engine: a root that holds the program, the libraries that it names, its
//! configuration and its state folder, and nothing else; the user, the entry point and the command are the file's.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ringbearer_interop::child::{Child, wait_until};
use ringbearer_interop::debian::succeed;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::monitor::ask;
use ringbearer_interop::ringbearer;
use rustix::process::Signal;

const CONTAINERFILE: &str = include_str!("../../packaging/Containerfile");
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn container_runs_without_a_shell() {
    let folder = Folder::new("container");
    let root = folder.join("root");
    let user: u32 = instruction("USER ").split(':').next().and_then(|id| id.parse().ok()).expect("a number");
    put(&ringbearer(), &root, "/usr/bin/ringbearer");
    for library in libraries(&ringbearer()) {
        put(Path::new(&library), &root, &library);
    }
    let example = succeed(Command::new(ringbearer()).args(["config", "example", "ucm"]));
    folder.write("root/etc/ringbearer/ucm.toml", example.stdout);
    let state = root.join("var/lib/ringbearer");
    std::fs::create_dir_all(&state).expect("the folder is made");
    chown(&state, Some(user), Some(user)).expect("this test makes a root for another user: run it as root");

    let words = [list("ENTRYPOINT "), list("CMD ")].concat();
    let mut command = Command::new("chroot");
    command
        .arg(format!("--userspec={user}:{user}"))
        .arg(&root)
        .args(words)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin");
    let mut node = Child::start("contained", folder.path(), &mut command);
    let address = "127.0.0.1".parse().expect("an address");
    wait_until("the node is ready", LIMIT, || ask(address, "/readyz").is_some_and(|(status, _)| status == 200));
    assert_eq!(instruction("STOPSIGNAL "), "SIGTERM");
    node.signal(Signal::TERM);
    node.succeed(LIMIT);
}

/// The last instruction of a kind: that of the last stage.
fn instruction(name: &str) -> &'static str {
    CONTAINERFILE.lines().filter_map(|line| line.strip_prefix(name)).next_back().expect("the instruction")
}

fn list(name: &str) -> Vec<String> {
    serde_json::from_str(instruction(name)).expect("a list of words")
}

fn put(from: &Path, root: &Path, to: &str) {
    let to = root.join(to.trim_start_matches('/'));
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("the folder is made");
    std::fs::copy(from, to).expect("it is copied");
}

/// The libraries that the loader would take, and the loader.
fn libraries(program: &Path) -> Vec<String> {
    let said = succeed(Command::new("ldd").arg(program));
    let said = String::from_utf8(said.stdout).expect("text");
    let paths = said.split_whitespace().filter(|word| word.starts_with('/'));
    paths.map(str::to_owned).collect()
}
