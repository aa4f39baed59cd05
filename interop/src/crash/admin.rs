//! The admin shell's socket: a command a line, and what the node says to it.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Value, json};

use super::PATIENCE;

/// An administrator.
pub struct Admin {
    reading: BufReader<UnixStream>,
    writing: UnixStream,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// 0, or 1 when it was refused, or 2.
    pub code: u64,
    /// What was printed.
    pub text: String,
    /// Why it was refused.
    pub error: String,
}

impl Admin {
    /// Connects to the node that has this socket.
    pub fn connect(socket: &Path) -> Result<Admin> {
        let writing = UnixStream::connect(socket)?;
        writing.set_read_timeout(Some(PATIENCE))?;
        Ok(Admin { reading: BufReader::new(writing.try_clone()?), writing })
    }

    /// Runs a command and gives the same answer to each of its questions. An error says that the node is gone, and that
    /// nobody knows what became of the command.
    pub fn run(&mut self, command: &str, answer: &str) -> Result<Outcome> {
        self.send(&json!({ "run": command }))?;
        let mut text = String::new();
        loop {
            let message = self.receive()?;
            if let Some(printed) = message["print"].as_str() {
                text += printed;
            } else if message.get("ask").is_some() {
                self.send(&json!({ "answer": answer }))?;
            } else {
                let end = &message["end"];
                let code = end["code"].as_u64().expect("an end has a code");
                return Ok(Outcome { code, text, error: end["error"].as_str().unwrap_or_default().to_string() });
            }
        }
    }

    /// Runs a command that the node has to carry out.
    pub fn must(&mut self, command: &str, answer: &str) -> Result<String> {
        let outcome = self.run(command, answer)?;
        assert_eq!(outcome.code, 0, "{command}: {}{}", outcome.text, outcome.error);
        Ok(outcome.text)
    }

    /// The rows of a query of one column.
    pub fn query(&mut self, sql: &str) -> Result<Vec<String>> {
        let text = self.must(&format!("run sql {sql}"), "")?;
        Ok(text.lines().skip(2).map(str::to_string).collect())
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        self.writing.write_all(format!("{message}\n").as_bytes())
    }

    fn receive(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.reading.read_line(&mut line)? == 0 || !line.ends_with('\n') {
            return Err(Error::from(ErrorKind::UnexpectedEof));
        }
        Ok(serde_json::from_str(&line)?)
    }
}
