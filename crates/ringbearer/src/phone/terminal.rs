//! What the user types: lines of a pipe, lines of a terminal, and a password that is not shown.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use rustyline::ExternalPrinter;
use tokio::sync::mpsc;

use super::reporter::Reporter;
use super::secret::Secret;

/// Lines that may wait.
const WAITING: usize = 64;

/// The longest line that is taken.
const LINE: u64 = 65_536;

/// Is a person at the keyboard?
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal()
}

/// The password: the first line of standard input, or asked for at a terminal.
pub(crate) fn password(user: &str) -> anyhow::Result<Secret> {
    if !is_interactive() {
        return line();
    }
    let mut prompt = std::io::stderr();
    write!(prompt, "password of {user}: ")?;
    prompt.flush()?;
    let before = tcgetattr(std::io::stdin()).context("the terminal")?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(std::io::stdin(), OptionalActions::Now, &hidden)?;
    let password = line();
    tcsetattr(std::io::stdin(), OptionalActions::Now, &before)?;
    writeln!(prompt)?;
    password
}

fn line() -> anyhow::Result<Secret> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("standard input")?;
    anyhow::ensure!(!line.is_empty(), "no password on standard input");
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::from(line))
}

/// The lines of a pipe; the channel closes with it. A thread reads them, because a read of standard input cannot be
/// given up.
pub(crate) fn plain_lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = String::new();
            let read = std::io::Read::take(&mut input, LINE).read_line(&mut line);
            if !matches!(read, Ok(length) if length > 0) || sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The lines of a terminal, with editing and history; what the phone tells stands above them.
pub(crate) fn edited_lines(reporter: &Reporter) -> mpsc::Receiver<String> {
    let Ok(mut editor) = rustyline::DefaultEditor::new() else { return plain_lines() };
    if let Ok(mut printer) = editor.create_external_printer() {
        reporter.write_over(Box::new(move |line| {
            let _ = printer.print(line);
        }));
    }
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        while let Ok(line) = editor.readline("phone> ") {
            let _ = editor.add_history_entry(line.as_str());
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
