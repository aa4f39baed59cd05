//! The programs that the checks need: found, or installed with the system's package manager, or named as missing.
//!
//! Nothing is skipped because a program is not there: a machine with only Rust, git, a C compiler and apt gets
//! the rest by itself, any other is told the names.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Failure, workspace};

/// A program and the Debian package that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
}

pub(crate) const CHROMIUM: Tool = Tool { program: "chromium", package: "chromium" };
pub(crate) const CXX: Tool = Tool { program: "c++", package: "g++" };
pub(crate) const PYTHON: Tool = Tool { program: "python3", package: "python3-venv" };
pub(crate) const OPENSSL: Tool = Tool { program: "openssl", package: "openssl" };
pub(crate) const SSH: Tool = Tool { program: "ssh", package: "openssh-client" };
pub(crate) const SIPP: Tool = Tool { program: "sipp", package: "sip-tester" };
pub(crate) const BARESIP: Tool = Tool { program: "baresip", package: "baresip-core" };
pub(crate) const TSHARK: Tool = Tool { program: "tshark", package: "tshark" };
pub(crate) const FAKETIME: Tool = Tool { program: "faketime", package: "faketime" };
pub(crate) const IP: Tool = Tool { program: "ip", package: "iproute2" };
pub(crate) const NFT: Tool = Tool { program: "nft", package: "nftables" };
pub(crate) const DEBOOTSTRAP: Tool = Tool { program: "debootstrap", package: "debootstrap" };
pub(crate) const STRIP: Tool = Tool { program: "strip", package: "binutils" };
pub(crate) const TCPDUMP: Tool = Tool { program: "tcpdump", package: "tcpdump" };
pub(crate) const VALGRIND: Tool = Tool { program: "valgrind", package: "valgrind" };

/// Sees to it that the tools are there.
pub(crate) fn ensure(tools: &[Tool]) -> Result<(), Failure> {
    let missing = missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if let Some(apt) = apt_get() {
        println!("installing {}", packages.join(" "));
        install(&apt, &packages)?;
    }
    let still = self::missing(tools);
    match still.is_empty() {
        true => Ok(()),
        false => Err(advice(&still)),
    }
}

fn missing(tools: &[Tool]) -> Vec<Tool> {
    tools.iter().copied().filter(|tool| find(tool.program).is_none()).collect()
}

fn advice(missing: &[Tool]) -> Failure {
    let words: Vec<String> =
        missing.iter().map(|tool| format!("{} (Debian's package {})", tool.program, tool.package)).collect();
    format!("missing, and not installed from here: {}", words.join(", "))
}

/// Where a program lies.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// The words that begin an apt-get command with the right to install, where there are such.
fn apt_get() -> Option<Vec<String>> {
    let apt = find("apt-get")?.display().to_string();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root {
        return Some(vec![apt]);
    }
    let sudo = find("sudo")?.display().to_string();
    let allowed =
        Command::new(&sudo).args(["-n", "true"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    allowed.then(|| vec![sudo, "-n".to_string(), apt])
}

fn install(apt: &[String], packages: &[&str]) -> Result<(), Failure> {
    apt_run(apt, &["update", "-q"])?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt_run(apt, &arguments)
}

fn apt_run(apt: &[String], arguments: &[&str]) -> Result<(), Failure> {
    let [first, rest @ ..] = apt else {
        return Ok(());
    };
    let output = Command::new(first)
        .args(rest)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("apt-get: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("apt-get {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// A Python environment of our own with what `requirements` names; answers its folder of programs.
pub(crate) fn python_environment(name: &str, requirements: &str) -> Result<PathBuf, Failure> {
    ensure(&[PYTHON])?;
    let folder = workspace::target_directory().join("tools").join(name);
    let stamp = folder.join("requirements.txt");
    let wanted = workspace::text(Path::new(requirements)).ok_or(format!("{requirements} is missing"))?;
    if std::fs::read_to_string(&stamp).is_ok_and(|present| present == wanted) {
        return Ok(folder.join("bin"));
    }
    println!("installing what {requirements} names");
    create_environment(&folder)?;
    let list = workspace::root().join(requirements);
    run(Command::new(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(list))?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(folder.join("bin"))
}

fn create_environment(folder: &Path) -> Result<(), Failure> {
    let create = || {
        let mut command = Command::new("python3");
        run(command.args(["-m", "venv", "--clear"]).arg(folder))
    };
    let Err(first) = create() else { return Ok(()) };
    // Debian's python3 comes without the part that makes environments.
    match apt_get() {
        Some(apt) => install(&apt, &[PYTHON.package]).and_then(|()| create()),
        None => Err(format!("{first}; Debian's package {} has it", PYTHON.package)),
    }
}

/// Runs a command to its end; its words on failure only.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{}: {}{}",
            command.get_program().display(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_and_names_what_is_not() {
        let absent = Tool { program: "no-such-program", package: "no-such-package" };
        let present = Tool { program: "cargo", package: "cargo" };
        assert_eq!(missing(&[present, absent]), [absent]);
        assert_eq!(
            advice(&[absent]),
            "missing, and not installed from here: no-such-program (Debian's package no-such-package)"
        );
    }
}
