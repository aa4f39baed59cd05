//! Writes what the phone tells: one JSON object a line for scripts, one line of words for people.
//!
//! A thread writes, so that a reader that is slow or asleep never holds up calls; what it does not take in time is lost
//! to it.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::report::{Direction, Report};

/// Lines that may wait for the reader.
const WAITING: usize = 4_096;

/// Writes a line above the prompt that a person is typing at.
pub(crate) type OverPrompt = Box<dyn FnMut(String) + Send>;

/// Where reports go.
#[derive(Clone)]
pub(crate) struct Reporter {
    json: bool,
    lines: SyncSender<Line>,
    prompt: Arc<Mutex<Option<OverPrompt>>>,
}

enum Line {
    Text(String),
    /// All before it is written: says so.
    End(Sender<()>),
}

impl Reporter {
    /// Starts writing to standard output.
    pub(crate) fn start(json: bool) -> Self {
        let (lines, waiting) = sync_channel(WAITING);
        let prompt = Arc::new(Mutex::new(None));
        let over = Arc::clone(&prompt);
        std::thread::spawn(move || write_lines(&waiting, &over));
        Self { json, lines, prompt }
    }

    /// From now on, lines go above the prompt.
    pub(crate) fn write_over(&self, prompt: OverPrompt) {
        *self.prompt.lock().unwrap_or_else(PoisonError::into_inner) = Some(prompt);
    }

    /// Tells a script of a SIP message. A person has the log for that.
    pub(crate) fn message(&self, direction: Direction, message: &[u8]) {
        if self.json {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let line = message.split(|byte| *byte == b'\r').next().unwrap_or_default();
            let start_line = String::from_utf8_lossy(line).into_owned();
            self.report(&Report::Sip { direction, at: since.as_secs_f64(), start_line });
        }
    }

    /// Tells of an event.
    pub(crate) fn report(&self, report: &Report) {
        let line = if self.json { serde_json::to_string(report).unwrap_or_default() } else { report.to_string() };
        let _ = self.lines.try_send(Line::Text(line));
    }

    /// Waits until all is written.
    pub(crate) fn finish(&self) {
        let (written, all) = channel();
        if self.lines.send(Line::End(written)).is_ok() {
            let _ = all.recv();
        }
    }
}

fn write_lines(lines: &Receiver<Line>, prompt: &Mutex<Option<OverPrompt>>) {
    for line in lines {
        match (line, prompt.lock().unwrap_or_else(PoisonError::into_inner).as_mut()) {
            (Line::End(written), _) => {
                let _ = written.send(());
            }
            (Line::Text(text), Some(prompt)) => prompt(format!("{text}\n")),
            (Line::Text(text), None) => {
                let mut output = std::io::stdout().lock();
                // A reader that is gone ends the phone by the end of its input, not here.
                let _ = writeln!(output, "{text}").and_then(|()| output.flush());
            }
        }
    }
}
