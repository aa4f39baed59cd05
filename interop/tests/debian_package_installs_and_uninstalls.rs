//! The Debian package, on a Debian that never saw it: it comes, runs what it ships, and goes.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ringbearer_interop::child::{Child, wait_until};
use ringbearer_interop::debian::{DebianRoot, succeed};
use ringbearer_interop::debian_package;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::monitor::ask;
use rustix::process::Signal;

const LIMIT: Duration = Duration::from_secs(30);

/// Where a package manager, and the analysis of units, write for themselves.
const OF_OTHERS: [&str; 12] = [
    "var/log/apt",
    "var/log/dpkg.log",
    "var/lib/apt",
    "var/lib/dpkg",
    "var/cache",
    "run/adduser",
    "run/systemd/systemd-units-load",
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
    what_it_ships_is_whole(&root);
    the_manual_reads(&root);
    the_shell_completes(&root);
    the_units_are_hardened(&root);
    no_node_is_found(&root);
    the_node_runs(&folder, &root);

    root.run(&["apt-get", "remove", "--yes", "ringbearer"]);
    assert!(!root.join("usr/bin/ringbearer").exists());
    for kept in ["etc/ringbearer/ucm.toml", "var/lib/ringbearer/ucm/cluster.db"] {
        assert!(root.join(kept).exists(), "a removal keeps {kept}");
    }
    root.run(&["apt-get", "purge", "--yes", "ringbearer"]);
    let is_of_others = |path: &Path| OF_OTHERS.iter().any(|known| path.to_string_lossy().starts_with(known));
    let after = root.paths();
    let left: Vec<&PathBuf> = after.difference(&before).filter(|path| !is_of_others(path)).collect();
    assert_eq!(left, Vec::<&PathBuf>::new());
    let users = std::fs::read_to_string(root.join("etc/passwd")).expect("it is there");
    assert!(!users.contains("ringbearer"), "{users}");
}

/// What it prints, in the root.
fn printed(root: &DebianRoot, words: &[&str]) -> String {
    String::from_utf8(root.run(words).stdout).expect("text")
}

/// The digests of the package are those of what lies there.
fn what_it_ships_is_whole(root: &DebianRoot) {
    assert_eq!(printed(root, &["dpkg", "--verify", "ringbearer"]), "");
    let listed = printed(root, &["cat", "/var/lib/dpkg/info/ringbearer.md5sums"]);
    assert!(listed.lines().any(|line| line.ends_with("  usr/bin/ringbearer")), "{listed}");
    root.run(&["sh", "-c", "cd / && md5sum --quiet --check /var/lib/dpkg/info/ringbearer.md5sums"]);
}

/// Every page is set without a warning, and says what it is of.
fn the_manual_reads(root: &DebianRoot) {
    let pages = printed(root, &["sh", "-c", "ls /usr/share/man/man1/ringbearer*.1.gz"]);
    let wanted = ["ringbearer", "ringbearer-ucm", "ringbearer-backup-create"];
    for name in wanted {
        assert!(pages.contains(&format!("/{name}.1.gz\n")), "{pages}");
    }
    for page in pages.lines() {
        let name = page.rsplit('/').next().and_then(|file| file.strip_suffix(".1.gz")).expect("a page");
        let indexed = printed(root, &["lexgrog", page]);
        assert!(indexed.starts_with(&format!("{page}: \"{name} - ")), "{indexed}");
        let set = succeed(root.command(&[], &["man", "--warnings", "--local-file", page]).env("LC_ALL", "C.UTF-8"));
        assert_eq!(String::from_utf8_lossy(&set.stderr), "", "{page}");
        let set = String::from_utf8(set.stdout).expect("text");
        assert!(set.contains("SYNOPSIS") && set.contains(&format!("{name}(1)")), "{set}");
    }
}

/// The completion that bash loads knows the subcommands.
fn the_shell_completes(root: &DebianRoot) {
    let script = ". /usr/share/bash-completion/completions/ringbearer\n\
                  COMP_WORDS=(ringbearer backup ver) COMP_CWORD=2\n_ringbearer ringbearer ver backup\n\
                  echo \"${COMPREPLY[@]}\"";
    assert_eq!(printed(root, &["bash", "-c", script]), "verify\n");
    for other in ["usr/share/fish/vendor_completions.d/ringbearer.fish", "usr/share/zsh/vendor-completions/_ringbearer"]
    {
        let text = std::fs::read_to_string(root.join(other)).expect("it is installed");
        assert!(text.contains("expressway-e"), "{other}: {text}");
    }
}

/// No systemd runs in the root, but its own analysis reads the units: it knows every setting, and finds little exposed.
fn the_units_are_hardened(root: &DebianRoot) {
    let services = ["ringbearer-ucm", "ringbearer-expressway-c", "ringbearer-expressway-e", "ringbearer-backup@ucm"];
    for service in services {
        let path = format!("/usr/lib/systemd/system/{service}.service");
        root.run(&["systemd-analyze", "verify", "--man=no", &path]);
        let analysis = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", &path];
        root.run(&analysis);
    }
    root.run(&["systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/ringbearer-backup@ucm.timer"]);
}

/// Without a node the shell says where it looked.
fn no_node_is_found(root: &DebianRoot) {
    let output = root.command(&[], &["ringbearer", "admin", "-c", "show version active"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "ringbearer admin: no node runs here: nothing answers on /var/lib/ringbearer/ucm/admin.sock, \
         /var/lib/ringbearer/expressway-c/admin.sock or /var/lib/ringbearer/expressway-e/admin.sock. \
         Start one, or name it with --config FILE or --socket PATH\n"
    );
}

/// What the unit starts, as the unit's user, with the shipped configuration.
fn the_node_runs(folder: &Folder, root: &DebianRoot) {
    let unit = std::fs::read_to_string(root.join("usr/lib/systemd/system/ringbearer-ucm.service")).expect("the unit");
    let setting = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)).expect("the setting").to_owned();
    let (before, start, user) = (setting("ExecStartPre="), setting("ExecStart="), setting("User="));
    let as_user = format!("--userspec={user}:{user}");
    succeed(&mut root.command(&[&as_user], &before.split_whitespace().collect::<Vec<_>>()));
    let socket = root.join("run/notify.sock");
    let manager = UnixDatagram::bind(&socket).expect("the socket is made");
    manager.set_read_timeout(Some(LIMIT)).expect("a limit is set");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).expect("the service may write to it");
    let words: Vec<&str> = start.split_whitespace().collect();
    let mut command = root.command(&[&as_user], &words);
    let mut node = Child::start("installed", folder.path(), command.env("NOTIFY_SOCKET", "/run/notify.sock"));
    let mut buffer = [0; 1024];
    let length = manager.recv(&mut buffer).unwrap_or_else(|_| panic!("nothing was told:\n{}", node.words()));
    let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(told.lines().any(|line| line == "READY=1"), "{told}");
    let address = "127.0.0.1".parse().expect("an address");
    wait_until("the node is ready", LIMIT, || ask(address, "/readyz").is_some_and(|(status, _)| status == 200));
    let said = printed(root, &["ringbearer", "admin", "-c", "show version active"]);
    assert_eq!(said, format!("Active Master Version: {}\n", env!("CARGO_PKG_VERSION")));
    node.signal(Signal::TERM);
    node.succeed(LIMIT);
    std::fs::remove_file(socket).expect("it is ours");
}
