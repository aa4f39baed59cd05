//! The administrator's half without a person at it: one command, or a script.

use super::wire::{FromNode, ToNode};
use admin_shell::console::clean;
use anyhow::{Context, bail};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::io::{BufRead, BufReader, IsTerminal, Write, stderr, stdin, stdout};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A connection to the node.
pub(super) struct Client {
    reading: BufReader<UnixStream>,
    writing: UnixStream,
}

impl Client {
    pub(super) fn connect(socket: &Path) -> anyhow::Result<Self> {
        let stream = UnixStream::connect(socket).with_context(|| {
            format!("no node answers on {}; is it running, and are you its user?", socket.display())
        })?;
        let writing = stream.try_clone()?;
        Ok(Self { reading: BufReader::new(stream), writing })
    }

    /// Runs a command and gives its exit code.
    pub(super) fn run(&mut self, line: &str) -> anyhow::Result<u8> {
        self.send(&ToNode::Run(line.to_owned()))?;
        loop {
            match self.receive()? {
                FromNode::Print(text) => {
                    // What others wrote stays text, whatever the terminal would make of it.
                    print!("{}", clean(&text));
                    stdout().flush()?;
                }
                FromNode::Ask { prompt, hidden } => {
                    let answer = ask(&prompt, hidden)?;
                    self.send(&ToNode::Answer(answer))?;
                }
                FromNode::Words(_) | FromNode::Help(_) => bail!("the node answers what was not asked"),
                FromNode::End { code, error } => {
                    if let Some(error) = error {
                        writeln!(stderr(), "{}", clean(&error))?;
                    }
                    return Ok(code);
                }
            }
        }
    }

    /// Commands from standard input, until one fails.
    pub(super) fn script(&mut self) -> anyhow::Result<u8> {
        while let Some(line) = read_line()? {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if is_end(line) {
                break;
            }
            let code = self.run(line)?;
            if code != 0 {
                return Ok(code);
            }
        }
        Ok(0)
    }

    fn send(&mut self, message: &ToNode) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.writing.write_all(&line).context("the node is gone")
    }

    fn receive(&mut self) -> anyhow::Result<FromNode> {
        let mut line = String::new();
        if self.reading.read_line(&mut line).context("the node is gone")? == 0 {
            bail!("the node closed the connection");
        }
        Ok(serde_json::from_str(&line)?)
    }
}

fn is_end(line: &str) -> bool {
    matches!(line, "exit" | "quit")
}

fn read_line() -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let count = stdin().lock().read_line(&mut line)?;
    Ok((count > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Asks whoever is at standard input. A secret is typed twice at a terminal, since it is not seen.
fn ask(prompt: &str, hidden: bool) -> anyhow::Result<Option<String>> {
    if !stdin().is_terminal() {
        return read_line();
    }
    loop {
        let first = ask_terminal(prompt, hidden)?;
        if !hidden || first.is_none() || first == ask_terminal("Again: ", hidden)? {
            return Ok(first);
        }
        writeln!(stderr(), "The two differ.")?;
    }
}

fn ask_terminal(prompt: &str, hidden: bool) -> anyhow::Result<Option<String>> {
    print!("{prompt}");
    stdout().flush()?;
    if !hidden {
        return read_line();
    }
    let terminal = stdin();
    let shown = tcgetattr(&terminal)?;
    let mut unseen = shown.clone();
    unseen.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &unseen)?;
    let answer = read_line();
    tcsetattr(&terminal, OptionalActions::Flush, &shown)?;
    println!();
    answer
}
