//! The Debian package, on a Debian that never saw it: it comes, runs what it ships, and goes.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ringbearer_interop::child::{Child, wait_until};
use ringbearer_interop::debian::{DebianRoot, succeed};
use ringbearer_interop::debian_package;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::monitor::ask;
use rustix::process::Signal;

const LIMIT: Duration = Duration::from_secs(30);

/// Where a package manager writes for itself.
const OF_THE_PACKAGE_MANAGER: [&str; 11] = [
    "var/log/apt",
    "var/log/dpkg.log",
    "var/lib/apt",
    "var/lib/dpkg",
    "var/cache",
    "run/adduser",
    "etc/passwd-",
    "etc/shadow-",
    "etc/group-",
    "etc/gshadow-",
    "tmp",
];

#[test]
fn the_package_installs_runs_what_it_ships_and_leaves_nothing() {
    let folder = Folder::new("debian");
    let root = DebianRoot::fresh(folder.path());
    let before = root.paths();
    std::fs::copy(debian_package(), root.join("tmp/ringbearer.deb")).expect("it is copied");
    root.run(&["apt-get", "install", "--yes", "--no-install-recommends", "/tmp/ringbearer.deb"]);
    let owner = |path: &str| String::from_utf8(root.run(&["stat", "--format=%U:%G %a", path]).stdout).expect("text");
    for (path, wanted) in [
        ("/usr/bin/ringbearer", "root:root 755\n"),
        ("/etc/ringbearer/ucm.toml", "root:ringbearer 640\n"),
        ("/var/lib/ringbearer", "ringbearer:ringbearer 750\n"),
    ] {
        assert_eq!(owner(path), wanted, "{path}");
    }
    for kind in ["ucm", "expressway-c", "expressway-e"] {
        root.run(&["ringbearer", "config", "check", &format!("/etc/ringbearer/{kind}.toml")]);
    }
    the_unit_is_hardened(&root);
    the_node_runs(&folder, &root);

    root.run(&["apt-get", "remove", "--yes", "ringbearer"]);
    assert!(!root.join("usr/bin/ringbearer").exists());
    for kept in ["etc/ringbearer/ucm.toml", "var/lib/ringbearer/ucm/cluster.db"] {
        assert!(root.join(kept).exists(), "a removal keeps {kept}");
    }
    root.run(&["apt-get", "purge", "--yes", "ringbearer"]);
    let is_of_the_package_manager =
        |path: &Path| OF_THE_PACKAGE_MANAGER.iter().any(|known| path.to_string_lossy().starts_with(known));
    let after = root.paths();
    let left: Vec<&PathBuf> = after.difference(&before).filter(|path| !is_of_the_package_manager(path)).collect();
    assert_eq!(left, Vec::<&PathBuf>::new());
    let users = std::fs::read_to_string(root.join("etc/passwd")).expect("it is there");
    assert!(!users.contains("ringbearer"), "{users}");
}

/// No systemd runs in the root: its own analysis reads the units.
fn the_unit_is_hardened(root: &DebianRoot) {
    for unit in ["ringbearer-ucm.service", "ringbearer-expressway-c.service", "ringbearer-expressway-e.service"] {
        let path = root.join("usr/lib/systemd/system").join(unit);
        let text = std::fs::read_to_string(&path).expect("the unit is installed");
        for setting in ["Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"] {
            assert!(text.contains(setting), "{unit}: {setting}");
        }
        let mut analysis = Command::new("systemd-analyze");
        analysis.args(["security", "--offline=true", "--no-pager", "--threshold=20"]).arg(path);
        if Path::new("/usr/bin/systemd-analyze").exists() {
            succeed(&mut analysis);
        }
    }
}

/// What the unit starts, as the unit's user, with the shipped configuration.
fn the_node_runs(folder: &Folder, root: &DebianRoot) {
    let unit = std::fs::read_to_string(root.join("usr/lib/systemd/system/ringbearer-ucm.service")).expect("the unit");
    let setting = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)).expect("the setting").to_owned();
    let (start, user) = (setting("ExecStart="), setting("User="));
    let socket = root.join("run/notify.sock");
    let manager = UnixDatagram::bind(&socket).expect("the socket is made");
    manager.set_read_timeout(Some(LIMIT)).expect("a limit is set");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).expect("the service may write to it");
    let words: Vec<&str> = start.split_whitespace().collect();
    let mut command = root.command(&[&format!("--userspec={user}:{user}")], &words);
    let mut node = Child::start("installed", folder.path(), command.env("NOTIFY_SOCKET", "/run/notify.sock"));
    let mut buffer = [0; 1024];
    let length = manager.recv(&mut buffer).unwrap_or_else(|_| panic!("nothing was told:\n{}", node.words()));
    let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(told.lines().any(|line| line == "READY=1"), "{told}");
    let address = "127.0.0.1".parse().expect("an address");
    wait_until("the node is ready", LIMIT, || ask(address, "/readyz").is_some_and(|(status, _)| status == 200));
    node.signal(Signal::TERM);
    node.succeed(LIMIT);
    std::fs::remove_file(socket).expect("it is ours");
}
