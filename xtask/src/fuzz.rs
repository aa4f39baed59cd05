//! `cargo xtask fuzz`: libFuzzer over `fuzz/fuzz_targets`, on the stable toolchain.
//!
//! rustc can instrument for coverage by itself (`-Cpasses=sancov-module`), so neither nightly nor cargo-fuzz is
//! needed. What cargo-fuzz adds, AddressSanitizer, watches unsafe code, and the crates under test have none.
//! `fuzz/seeds/<target>/` is the corpus in git; what a run finds stays in `fuzz/corpus/`, a crash in `fuzz/artifacts/`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tools::{self, CXX};
use crate::{Failure, workspace};

/// Coverage by edges with counters, the table of program counters, and the operands of comparisons.
const RUSTFLAGS: [&str; 9] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// A message is at most 64 KiB; a little more shows what happens beyond.
const LONGEST_INPUT: u32 = 66_000;

const DEFAULT_SECONDS: u64 = 600;

/// `fuzz [target] [--seconds N]`: each target for N seconds.
pub(crate) fn run(flags: &[&str]) -> Result<(), Failure> {
    let (target, seconds) = match flags {
        [] => (None, DEFAULT_SECONDS),
        ["--seconds", seconds] => (None, number(seconds)?),
        [target] => (Some(*target), DEFAULT_SECONDS),
        [target, "--seconds", seconds] => (Some(*target), number(seconds)?),
        _ => return Err("usage: cargo xtask fuzz [target] [--seconds N]".to_string()),
    };
    let targets = targets()?;
    let chosen: Vec<String> = match target {
        None => targets,
        Some(name) if targets.iter().any(|target| target == name) => vec![name.to_string()],
        Some(name) => {
            return Err(format!("no target is called {name}; there are {}", targets.join(", ")));
        }
    };
    tools::ensure(&[CXX])?;
    fuzz(&chosen, seconds)
}

/// All targets, `seconds` in all.
pub(crate) fn all(seconds: u64) -> Result<(), Failure> {
    let targets = targets()?;
    let share = seconds / targets.len().max(1) as u64;
    fuzz(&targets, share.max(1))
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| format!("{text} is not a number of seconds"))
}

fn folder() -> PathBuf {
    workspace::root().join("fuzz")
}

/// The names of the targets, sorted.
fn targets() -> Result<Vec<String>, Failure> {
    let folder = folder().join("fuzz_targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_string()))
        .collect();
    names.sort();
    Ok(names)
}

fn fuzz(targets: &[String], seconds: u64) -> Result<(), Failure> {
    let programs = build()?;
    let mut findings = Vec::new();
    for target in targets {
        println!("fuzz {target}: {seconds} s");
        if let Err(words) = run_target(&programs.join(target), target, seconds) {
            println!("{words}");
            findings.push(target.as_str());
        }
    }
    match findings.is_empty() {
        true => Ok(()),
        false => Err(format!("a finding in {}; the input is in fuzz/artifacts", findings.join(", "))),
    }
}

/// Builds all targets; answers the folder of their programs.
fn build() -> Result<PathBuf, Failure> {
    let host = host()?;
    let target_directory = workspace::target_directory().join("fuzz");
    // Naming the host as target keeps the flags from build scripts and procedural macros.
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
        .args(["build", "--quiet", "--release", "--locked", "--bins", "--target", &host, "--manifest-path"])
        .arg(folder().join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target_directory)
        .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\u{1f}"))
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cargo build: {error}"))?;
    match status.success() {
        true => Ok(target_directory.join(host).join("release")),
        false => Err("the fuzz targets do not build".to_string()),
    }
}

fn host() -> Result<String, Failure> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_string))
        .ok_or("rustc does not name its host".to_string())
}

/// Runs one target; the end of its words where it found something.
fn run_target(program: &Path, target: &str, seconds: u64) -> Result<(), Failure> {
    let corpus = folder().join("corpus").join(target);
    let artifacts = folder().join("artifacts").join(target);
    let seeds = folder().join("seeds").join(target);
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let output = Command::new(program)
        .arg(&corpus)
        .args(seeds.is_dir().then_some(&seeds))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST_INPUT}"))
        .args(["-timeout=2", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let words = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => {
            println!("  {}", statistics(&words));
            Ok(())
        }
        false => Err(last_lines(&words, 40)),
    }
}

/// libFuzzer's count of runs, and how many inputs it kept.
fn statistics(words: &str) -> String {
    let value = |name: &str| {
        words
            .lines()
            .find_map(|line| line.strip_prefix("stat::")?.split_once(':').filter(|(key, _)| *key == name))
            .map_or("?", |(_, value)| value.trim())
    };
    format!(
        "{} runs, {} a second, {} new inputs",
        value("number_of_executed_units"),
        value("average_exec_per_sec"),
        value("new_units_added")
    )
}

fn last_lines(words: &str, count: usize) -> String {
    let lines: Vec<&str> = words.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(count)).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_libfuzzers_statistics() {
        let words = "Done 12 runs\nstat::number_of_executed_units: 12\nstat::average_exec_per_sec:     6\nstat::new_units_added:          3\n";
        assert_eq!(statistics(words), "12 runs, 6 a second, 3 new inputs");
    }

    #[test]
    fn keeps_the_end() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
    }
}
