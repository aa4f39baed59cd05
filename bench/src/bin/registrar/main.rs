//! The registrar against the limit, in turn, each pinned to one processor and the generator to another.
//!
//! Usage: `registrar [--rounds N] [--seconds N] [--gate]`, after `cargo build --release --workspace --bins`.
//!
//! Each round plays the same phones (`ringbearer load`) against a node of ours and against `limit`, which answers a canned
//! 200 on the same runtime and TLS library. What counts is the ratio of the two within a round, and the median of
//! the rounds: the machine may be slow, but it is slow for both. A rate is compared twice, as the generator saw it, and as
//! the server's processor time for one exchange: where the generator is the slower of the two, only the second tells
//! the servers apart. With `--gate` the exit code is 1 when a ratio misses its goal.

mod fleet;
mod server;

use std::process::{Command, ExitCode};

use serde_json::Value;
use server::{Server, program};

/// The generator's processor; the servers have [`server::PROCESSOR`].
const GENERATOR: &str = "1";

/// A load, and what is compared of it.
struct Discipline {
    mode: &'static str,
    phones: u32,
    figures: &'static [Figure],
}

/// A member of the generator's report, and what its ratio to the limit should be.
struct Figure {
    member: &'static str,
    unit: &'static str,
    goal: Goal,
}

#[derive(Clone, Copy)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

const RATE: &str = "per_second";
const PROCESSOR: &str = "server_us";
const MEMORY: &str = "server_bytes_per_connection";

const DISCIPLINES: [Discipline; 3] = [
    Discipline {
        mode: "storm",
        phones: 100,
        figures: &[
            Figure { member: RATE, unit: "/s", goal: Goal::AtLeast(0.7) },
            Figure { member: PROCESSOR, unit: " us", goal: Goal::AtMost(1.0 / 0.7) },
        ],
    },
    Discipline {
        mode: "refresh",
        phones: 500,
        figures: &[
            Figure { member: RATE, unit: "/s", goal: Goal::AtLeast(0.4) },
            Figure { member: PROCESSOR, unit: " us", goal: Goal::AtMost(1.0 / 0.4) },
        ],
    },
    Discipline {
        mode: "hold",
        phones: 5_000,
        figures: &[Figure { member: MEMORY, unit: " octets", goal: Goal::AtMost(1.5) }],
    },
];

struct Options {
    rounds: usize,
    seconds: String,
    is_gate: bool,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!("usage: registrar [--rounds N] [--seconds N] [--gate]");
        return ExitCode::from(2);
    };
    let most = DISCIPLINES.iter().map(|discipline| discipline.phones).max().unwrap_or_default();
    let fleet = fleet::Fleet::provision(most + most.div_ceil(10));
    let missed = DISCIPLINES.iter().filter(|discipline| !compare(discipline, &fleet, &options)).count();
    if options.is_gate && missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn options(mut words: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options { rounds: 5, seconds: "4".into(), is_gate: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rounds" => options.rounds = words.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
            "--seconds" => options.seconds = words.next()?,
            "--gate" => options.is_gate = true,
            _ => return None,
        }
    }
    Some(options)
}

/// Runs the rounds of a discipline and prints them; whether the medians of the ratios reach their goals.
fn compare(discipline: &Discipline, fleet: &fleet::Fleet, options: &Options) -> bool {
    let rounds: Vec<_> = (0..options.rounds)
        .map(|_| {
            // A process of its own for each round: what an earlier one had allocated would hide what this one needs.
            let ours = load(discipline, &Server::node(fleet), fleet, options);
            let limit = load(discipline, &Server::limit(fleet), fleet, options);
            (ours, limit)
        })
        .collect();
    // Not `all`: every figure is printed, the missed ones too.
    discipline.figures.iter().filter(|figure| !figure.is_reached(discipline, &rounds)).count() == 0
}

impl Figure {
    fn is_reached(&self, discipline: &Discipline, rounds: &[(Value, Value)]) -> bool {
        let of = |report: &Value| report[self.member].as_f64().unwrap_or(f64::NAN);
        let ours = spread(rounds.iter().map(|(ours, _)| of(ours)).collect()).1;
        let limit = spread(rounds.iter().map(|(_, limit)| of(limit)).collect()).1;
        let (least, ratio, most) = spread(rounds.iter().map(|(ours, limit)| of(ours) / of(limit)).collect());
        let (is_reached, wanted) = match self.goal {
            Goal::AtLeast(goal) => (ratio >= goal, format!("at least {goal:.2}")),
            Goal::AtMost(goal) => (ratio <= goal, format!("at most {goal:.2}")),
        };
        let Discipline { mode, phones, .. } = discipline;
        println!(
            "{mode:8} {phones:5} phones   ours {ours:9.1}{unit}   limit {limit:9.1}{unit}   \
             ratio {ratio:.2} ({least:.2}-{most:.2}), {wanted}: {verdict}",
            unit = self.unit,
            verdict = if is_reached { "reached" } else { "MISSED" },
        );
        is_reached
    }
}

/// Least, median, most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}

fn load(discipline: &Discipline, server: &Server, fleet: &fleet::Fleet, options: &Options) -> Value {
    let output = Command::new("taskset")
        .args(["-c", GENERATOR])
        .arg(program("ringbearer"))
        .args(["load", discipline.mode, "--json", "--server", &server.address(), "--seconds", &options.seconds])
        .arg("--trust")
        .arg(fleet.certificate())
        .arg("--token")
        .arg(fleet.tokens())
        .args(["--phones", &discipline.phones.to_string(), "--server-pid", &server.id().to_string()])
        .args(server.load_flags())
        .output()
        .expect("taskset runs");
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {words}{}", discipline.mode, String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&words).expect("the report is JSON")
}
