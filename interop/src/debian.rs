//! A clean Debian, in a folder: made by debootstrap once, kept as a tar, unpacked anew for each test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The release of the packages.
const RELEASE: &str = "bookworm";

/// The root of a Debian system.
pub struct DebianRoot(PathBuf);

impl DebianRoot {
    /// A fresh one in an empty folder. It needs root, as package managers do.
    pub fn fresh(folder: &Path) -> DebianRoot {
        assert!(
            rustix::process::geteuid().is_root(),
            "this test installs a package into a root folder: run it as root"
        );
        let kept = kept();
        let root = folder.join("root");
        std::fs::create_dir_all(&root).expect("the folder is made");
        if kept.exists() {
            succeed(Command::new("tar").arg("-xf").arg(&kept).arg("-C").arg(&root));
        } else {
            let mut debootstrap = Command::new("debootstrap");
            succeed(debootstrap.args(["--variant=minbase", RELEASE]).arg(&root).args(mirror()));
            let beside = kept.with_extension("new");
            std::fs::create_dir_all(kept.parent().expect("a folder")).expect("the folder is made");
            succeed(Command::new("tar").arg("-cf").arg(&beside).arg("-C").arg(&root).arg("."));
            std::fs::rename(beside, kept).expect("it is kept");
        }
        DebianRoot(root)
    }

    /// A path in it.
    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.join(path)
    }

    /// A command in it.
    pub fn command(&self, options: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.args(options).arg(&self.0).args(words);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Runs a command in it to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        succeed(&mut self.command(&[], words))
    }

    /// Every path in it, without following links.
    pub fn paths(&self) -> BTreeSet<PathBuf> {
        let mut paths = BTreeSet::new();
        walk(&self.0, &self.0, &mut paths);
        paths
    }
}

fn walk(root: &Path, folder: &Path, paths: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("root reads everything") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a kind").is_dir() {
            walk(root, &entry.path(), paths);
        }
        paths.insert(entry.path().strip_prefix(root).expect("it is below").to_owned());
    }
}

/// Where the tar is kept: beside what cargo builds.
fn kept() -> PathBuf {
    let binary = crate::ringbearer();
    let target = binary.ancestors().nth(2).expect("target/debug/ringbearer");
    target.join("tools").join(format!("debian-{RELEASE}.tar"))
}

/// The mirror that this machine uses, if it says which.
fn mirror() -> Option<String> {
    let sources = std::fs::read_to_string("/etc/apt/sources.list.d/debian.sources").ok()?;
    let uris = sources.lines().find_map(|line| line.strip_prefix("URIs:"))?;
    uris.split_whitespace().next().map(str::to_owned)
}

/// Runs a command to its end, and wants success.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = [&output.stdout, &output.stderr].map(|words| String::from_utf8_lossy(words).into_owned()).concat();
    assert!(output.status.success(), "{command:?}: {words}");
    output
}
