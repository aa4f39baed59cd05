//! What the user types: lines of a pipe, lines of a terminal, and a password that is not shown.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

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

/// The lines that come; the channel closes with the input. A thread reads them, because a read from a terminal
/// cannot be given up.
pub(crate) fn lines(interactive: bool) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || match interactive {
        true => edited_lines(&sender),
        false => plain_lines(&sender),
    });
    receiver
}

fn plain_lines(sender: &mpsc::Sender<String>) {
    let mut input = std::io::stdin().lock();
    loop {
        let mut line = String::new();
        let read = std::io::Read::take(&mut input, LINE).read_line(&mut line);
        if !matches!(read, Ok(length) if length > 0) || sender.blocking_send(line).is_err() {
            return;
        }
    }
}

/// With history and editing, as people expect at a prompt.
fn edited_lines(sender: &mpsc::Sender<String>) {
    let Ok(mut editor) = rustyline::DefaultEditor::new() else { return plain_lines(sender) };
    while let Ok(line) = editor.readline("phone> ") {
        let _ = editor.add_history_entry(line.as_str());
        if sender.blocking_send(line).is_err() {
            return;
        }
    }
}
