//! Instructions by valgrind's callgrind: the same count on a busy machine as on a quiet one.

use std::process::{Command, Stdio};

/// Two lengths of a run: what starting and ending the process costs is in both.
const FEW: u64 = 500;
const MANY: u64 = 2_500;

/// The instructions that one message costs a row of the table, named as `--repeat` wants it.
///
/// # Errors
/// When valgrind is not there, or does not say what it counted.
pub fn each(row: &str) -> Result<f64, String> {
    let (few, many) = (count(row, FEW)?, count(row, MANY)?);
    Ok((many - few) as f64 / (MANY - FEW) as f64)
}

fn count(row: &str, times: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program's own path: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--repeat", row, &times.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind (Debian's package valgrind): {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    let collected = words.lines().find_map(|line| line.split_once("Collected :"));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    count.filter(|_| output.status.success()).ok_or_else(|| format!("valgrind counted nothing: {words}"))
}
