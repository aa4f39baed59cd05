//! `cargo xtask test`: every check there is, in stages, each with its time, and one plain line at the end.

mod stages;
mod tally;

use std::time::{Duration, Instant};

use crate::Failure;
use stages::{STAGES, Stage};
use tally::Tally;

/// How a stage went.
struct Report {
    name: &'static str,
    tally: Tally,
    failure: Option<Failure>,
    took: Duration,
}

/// Runs the stages that the flags choose, all of them, even after one that failed.
pub(crate) fn run(flags: &[&str]) -> Result<(), Failure> {
    let chosen = choose(flags)?;
    let reports: Vec<Report> = chosen.into_iter().map(run_stage).collect();
    summarise(&reports)
}

fn choose(flags: &[&str]) -> Result<Vec<&'static Stage>, Failure> {
    match flags {
        [] => Ok(STAGES.iter().collect()),
        ["--only", names] => {
            let names = known(names)?;
            Ok(STAGES.iter().filter(|stage| names.contains(&stage.name)).collect())
        }
        ["--skip", names] => {
            let names = known(names)?;
            Ok(STAGES.iter().filter(|stage| !names.contains(&stage.name)).collect())
        }
        _ => Err(format!("usage: cargo xtask test [--only a,b | --skip a,b]\n{}", list())),
    }
}

fn known(names: &str) -> Result<Vec<&str>, Failure> {
    let names: Vec<&str> = names.split(',').collect();
    match names.iter().find(|name| !STAGES.iter().any(|stage| stage.name == **name)) {
        Some(name) => Err(format!("no stage is called {name}\n{}", list())),
        None => Ok(names),
    }
}

fn list() -> String {
    STAGES.iter().map(|stage| format!("  {:<9} {}", stage.name, stage.about)).collect::<Vec<_>>().join("\n")
}

fn run_stage(stage: &'static Stage) -> Report {
    println!("\n=== {}: {}", stage.name, stage.about);
    let start = Instant::now();
    let outcome = crate::tools::ensure(stage.tools).and_then(|()| (stage.run)());
    let took = start.elapsed();
    let (tally, failure) = match outcome {
        Ok(tally) if tally.failed == 0 => (tally, None),
        Ok(tally) => (tally, Some(format!("{} failed", tally.failed))),
        Err(failure) => (Tally { failed: 1, ..Tally::default() }, Some(failure)),
    };
    if let Some(failure) = &failure {
        println!("{}: {failure}", stage.name);
    }
    Report { name: stage.name, tally, failure, took }
}

fn summarise(reports: &[Report]) -> Result<(), Failure> {
    let mut total = Tally::default();
    println!();
    for report in reports {
        let result = if report.failure.is_none() { "ok" } else { "FAILED" };
        println!(
            "{:<9} {result:<7} {:>6} passed {:>8.1} s",
            report.name,
            report.tally.passed,
            report.took.as_secs_f64()
        );
        total = total.plus(report.tally);
    }
    println!("\n{total}");
    let failed: Vec<&str> =
        reports.iter().filter(|report| report.failure.is_some()).map(|report| report.name).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("failed: {}", failed.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(flags: &[&str]) -> Result<Vec<&'static str>, Failure> {
        Ok(choose(flags)?.into_iter().map(|stage| stage.name).collect())
    }

    #[test]
    fn chooses_stages() {
        assert_eq!(names(&["--only", "tidy,fmt"]), Ok(vec!["fmt", "tidy"]));
        assert_eq!(names(&[]).map(|all| all.len()), Ok(STAGES.len()));
        assert_eq!(names(&["--skip", "fuzz"]).map(|all| all.len()), Ok(STAGES.len() - 1));
        assert!(names(&["--only", "nothing"]).is_err());
        assert!(names(&["--fast"]).is_err());
    }
}
