//! What is in the Debian package, and what it says of itself.

use std::path::Path;

use super::words_of;
use crate::{Failure, workspace};

/// The nodes that the package can run.
const KINDS: [&str; 3] = ["ucm", "expressway-c", "expressway-e"];

/// A file of the package, its path without the leading slash.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) mode: u32,
    pub(super) contents: Vec<u8>,
}

/// The package.
pub(super) struct Contents {
    pub(super) data: Vec<File>,
    version: String,
    architecture: &'static str,
    libc: String,
}

impl Contents {
    /// That of a program: `binary` as it was built, to ask it, and `stripped`, to ship it.
    pub(super) fn of(binary: &Path, stripped: &Path) -> Result<Self, Failure> {
        let program = std::fs::read(stripped).map_err(|error| format!("{}: {error}", stripped.display()))?;
        let libc = newest_libc(&program).ok_or("the program names no version of the C library")?;
        let mut data = vec![File { path: "usr/bin/ringbearer".into(), mode: 0o755, contents: program }];
        for kind in KINDS {
            let contents = words_of(binary, &["config", "example", kind])?;
            data.push(File { path: format!("etc/ringbearer/{kind}.toml"), mode: 0o640, contents });
        }
        for (from, to) in PLACES {
            let contents = workspace::text(Path::new(from)).ok_or(format!("{from} is missing"))?.into_bytes();
            data.push(File { path: (*to).into(), mode: 0o644, contents });
        }
        let changes = workspace::text(Path::new("CHANGELOG.md")).ok_or("CHANGELOG.md is missing")?;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let compressed = std::io::Write::write_all(&mut encoder, changes.as_bytes()).and_then(|()| encoder.finish());
        let contents = compressed.map_err(|error| format!("CHANGELOG.md: {error}"))?;
        data.push(File { path: "usr/share/doc/ringbearer/changelog.gz".into(), mode: 0o644, contents });
        let version = String::from_utf8_lossy(&words_of(binary, &["--version"])?).into_owned();
        let version = version.split_whitespace().last().ok_or("the program has no version")?.to_owned();
        Ok(Self { data, version, architecture: architecture()?, libc })
    }

    pub(super) fn file_name(&self) -> String {
        format!("ringbearer_{}_{}.deb", self.version, self.architecture)
    }

    /// The control archive: what the package is, its configuration files, what runs when it comes and goes.
    pub(super) fn control(&self) -> Result<Vec<File>, Failure> {
        let file =
            |path: &str, mode, contents: String| File { path: path.into(), mode, contents: contents.into_bytes() };
        let conffiles = KINDS.iter().map(|kind| format!("/etc/ringbearer/{kind}.toml\n")).collect();
        let mut control = vec![file("control", 0o644, self.description()), file("conffiles", 0o644, conffiles)];
        for script in ["postinst", "prerm", "postrm"] {
            let from = format!("packaging/debian/{script}");
            let text = workspace::text(Path::new(&from)).ok_or(format!("{from} is missing"))?;
            control.push(file(script, 0o755, text));
        }
        Ok(control)
    }

    fn description(&self) -> String {
        let octets: usize = self.data.iter().map(|file| file.contents.len()).sum();
        format!(
            "Package: ringbearer\nVersion: {}\nArchitecture: {}\n\
             Maintainer: Ringbearer maintainers <maintainers@ringbearer.example>\nInstalled-Size: {}\n\
             Depends: libc6 (>= {}), libgcc-s1, adduser\nSection: comm\nPriority: optional\n\
             Description: SIP OAuth mode: softphones register with bearer tokens\n \
             A SIP server where softphones sign in with OAuth access tokens instead of\n \
             client certificates, and every call is encrypted: Unified CM nodes, both\n \
             halves of an edge for mobile and remote access, and the tools around them.\n",
            self.version,
            self.architecture,
            octets.div_ceil(1024),
            self.libc,
        )
    }
}

/// Files of the repository, and where they go.
const PLACES: &[(&str, &str)] = &[
    ("packaging/systemd/ringbearer-ucm.service", "usr/lib/systemd/system/ringbearer-ucm.service"),
    ("packaging/systemd/ringbearer-expressway-c.service", "usr/lib/systemd/system/ringbearer-expressway-c.service"),
    ("packaging/systemd/ringbearer-expressway-e.service", "usr/lib/systemd/system/ringbearer-expressway-e.service"),
    ("packaging/systemd/ringbearer-backup@.service", "usr/lib/systemd/system/ringbearer-backup@.service"),
    ("packaging/systemd/ringbearer-backup@.timer", "usr/lib/systemd/system/ringbearer-backup@.timer"),
    ("packaging/sysusers.conf", "usr/lib/sysusers.d/ringbearer.conf"),
    ("packaging/tmpfiles.conf", "usr/lib/tmpfiles.d/ringbearer.conf"),
    ("packaging/debian/copyright", "usr/share/doc/ringbearer/copyright"),
    ("docs/operations.md", "usr/share/doc/ringbearer/operations.md"),
];

fn architecture() -> Result<&'static str, Failure> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => Err(format!("Debian's name for {other} is not known here")),
    }
}

/// The newest version of the C library whose symbols a program wants, as its symbol versions (`GLIBC_2.34`) say.
fn newest_libc(program: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"GLIBC_2.";
    let minors = program.windows(MARK.len() + 3).filter_map(|window| {
        let digits = window.strip_prefix(MARK)?;
        let length = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
        std::str::from_utf8(digits.get(..length)?).ok()?.parse::<u32>().ok()
    });
    minors.max().map(|minor| format!("2.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_is_the_newest_that_is_asked_for() {
        assert_eq!(newest_libc(b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0").as_deref(), Some("2.34"));
        assert_eq!(newest_libc(b"nothing of that kind"), None);
    }

    /// What hardens a node's unit: taken out, a test fails.
    const HARDENED: [&str; 24] = [
        "Type=notify",
        "User=ringbearer",
        "Restart=on-failure",
        "WatchdogSec=30s",
        "LimitNOFILE=1048576",
        "LimitCORE=0",
        "UMask=0077",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectClock=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectControlGroups=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
    ];

    #[test]
    fn the_units_are_hardened_and_run_what_the_package_ships() {
        for kind in KINDS {
            let unit = workspace::text(Path::new(&format!("packaging/systemd/ringbearer-{kind}.service"))).unwrap();
            let lines: Vec<_> = unit.lines().collect();
            for setting in HARDENED {
                assert!(lines.contains(&setting), "{kind}: {setting}");
            }
            for line in [
                format!("ExecStart=/usr/bin/ringbearer {kind} --config /etc/ringbearer/{kind}.toml"),
                format!("ConditionPathExists=/etc/ringbearer/{kind}.toml"),
                format!("StateDirectory=ringbearer/{kind}"),
            ] {
                assert!(lines.contains(&line.as_str()), "{kind}: {line}");
            }
        }
    }

    #[test]
    fn the_container_runs_the_program_as_nobody_in_particular() {
        let file = workspace::text(Path::new("packaging/Containerfile")).unwrap();
        let instructions: Vec<_> = file.lines().filter(|line| !line.starts_with('#')).collect();
        let stages: Vec<_> = instructions.iter().filter(|line| line.starts_with("FROM ")).collect();
        assert_eq!(stages.len(), 2, "it builds in one image and runs in another");
        assert!(stages.iter().all(|stage| !stage.contains(":latest") && stage.contains(':')), "{stages:?}");
        let last = instructions.iter().rposition(|line| line.starts_with("FROM ")).unwrap();
        let run = &instructions[last..];
        assert!(run.contains(&"USER 65532:65532"), "{run:?}");
        assert!(run.contains(&"ENTRYPOINT [\"/usr/bin/ringbearer\"]"), "{run:?}");
        assert!(
            !run.iter().any(|line| line.starts_with("RUN ") || line.starts_with("ADD ")),
            "there is no shell: {run:?}"
        );
    }
}
