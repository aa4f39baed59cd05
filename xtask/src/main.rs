//! The project's tasks.
//!
//! ```text
//! cargo xtask test [--only a,b] [--skip a,b]   every check there is, in stages
//! cargo xtask tidy                             the rules that no compiler checks
//! cargo xtask fuzz [target] [--seconds N]      coverage-guided fuzzing on the stable toolchain
//! cargo xtask deb [--binary F] [--output DIR]  the Debian package
//! cargo xtask compliance                       write docs/rfc-compliance.md from the registry and the citations
//! cargo xtask threats                          write docs/threats.md from docs/threats.toml and the tests
//! ```

mod citation;
mod compliance;
mod deb;
mod fuzz;
mod source;
mod test;
mod threats;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

/// A task's failure, in words for the person at the terminal.
type Failure = String;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test", flags @ ..] => test::run(flags),
        ["tidy"] => tidy::run(),
        ["fuzz", flags @ ..] => fuzz::run(flags),
        ["deb", flags @ ..] => deb::run(flags),
        ["compliance"] => compliance::write(),
        ["threats"] => threats::write(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "usage: cargo xtask <task>

  test [--only a,b] [--skip a,b]   every check there is, in stages
  tidy                             the rules that no compiler checks
  fuzz [target] [--seconds N]      coverage-guided fuzzing
  deb [--binary F] [--output DIR]  the Debian package
  compliance                       write docs/rfc-compliance.md
  threats                          write docs/threats.md";
