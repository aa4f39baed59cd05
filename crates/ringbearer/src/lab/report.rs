//! What the lab says while it works: a line a step for people, a JSON object a step for programs.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

/// Says how far the lab is.
pub(crate) struct Report {
    json: bool,
    started: Instant,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, started: Instant::now() }
    }

    /// Begins a chapter of steps.
    pub(crate) fn chapter(&self, title: &str) {
        if self.json {
            self.object(&json!({ "chapter": title }));
        } else {
            println!("\n{title}");
        }
    }

    /// Does one step: shown while it runs, ticked when it is done, named in the error when it fails.
    pub(crate) async fn step<T>(&self, name: &str, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let began = Instant::now();
        let spinner = self.spinner(name);
        let outcome = work.await;
        spinner.finish_and_clear();
        let seconds = began.elapsed().as_secs_f64();
        let error = outcome.as_ref().err().map(|error| format!("{error:#}"));
        if self.json {
            self.object(&json!({ "step": name, "ok": error.is_none(), "seconds": seconds, "error": error }));
        } else {
            println!("  {} {name} ({seconds:.2} s)", if error.is_none() { "✓" } else { "✗" });
        }
        outcome.with_context(|| name.to_owned())
    }

    /// A text to read: a ladder, a checklist, the output of a command.
    pub(crate) fn text(&self, kind: &str, text: &str) {
        if self.json {
            self.object(&json!({ "text": kind, "content": text }));
        } else {
            for line in text.lines() {
                println!("    {line}");
            }
        }
    }

    /// The last line.
    pub(crate) fn end(&self, outcome: &anyhow::Result<()>) {
        let seconds = self.started.elapsed().as_secs_f64();
        match outcome {
            Ok(()) if self.json => self.object(&json!({ "end": "ok", "seconds": seconds })),
            Ok(()) => println!("\nAll of it held, in {seconds:.1} s."),
            Err(error) if self.json => {
                self.object(&json!({ "end": "failed", "error": format!("{error:#}"), "seconds": seconds }))
            }
            Err(error) => println!("\nThe lab failed after {seconds:.1} s: {error:#}"),
        }
    }

    fn object(&self, value: &serde_json::Value) {
        println!("{value}");
    }

    fn spinner(&self, name: &str) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        // Drawn on standard error, and only when that is a terminal.
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg}") {
            spinner.set_style(style);
        }
        spinner.set_message(name.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(100));
        spinner
    }
}
