//! The interpreter of the node behind the socket.

use std::io;
use std::path::PathBuf;

use admin_shell::terminal::{Echo, Failure, Terminal};
use admin_shell::{Administrator, Interpreter};
use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;

use crate::admin::wire::{FromNode, ToNode};

/// An interpreter at the other end of a socket.
pub(super) struct DistantInterpreter {
    socket: PathBuf,
    /// A connection on which no command runs.
    idle: Mutex<Option<Connection>>,
}

struct Connection(BufReader<UnixStream>);

impl DistantInterpreter {
    pub(super) fn new(socket: PathBuf) -> Self {
        Self { socket, idle: Mutex::new(None) }
    }

    /// A command that was interrupted has its connection still: then there is a new one.
    async fn connection(&self) -> io::Result<Connection> {
        match self.idle.lock().await.take() {
            Some(connection) => Ok(connection),
            None => Ok(Connection(BufReader::new(UnixStream::connect(&self.socket).await?))),
        }
    }

    async fn ask(&self, question: ToNode) -> io::Result<FromNode> {
        let mut connection = self.connection().await?;
        connection.send(&question).await?;
        let answer = connection.receive().await?;
        *self.idle.lock().await = Some(connection);
        Ok(answer)
    }
}

impl Connection {
    async fn send(&mut self, message: &ToNode) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.write_all(&line).await
    }

    async fn receive(&mut self) -> io::Result<FromNode> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the node closed the connection"));
        }
        Ok(serde_json::from_str(&line)?)
    }

    async fn run(&mut self, line: &str, terminal: &mut dyn Terminal) -> Result<(), Failure> {
        self.send(&ToNode::Run(line.to_owned())).await?;
        loop {
            match self.receive().await? {
                FromNode::Print(text) => terminal.print(&text).await?,
                FromNode::Ask { prompt, hidden } => {
                    let echo = if hidden { Echo::Hidden } else { Echo::Shown };
                    let answer = terminal.ask(&prompt, echo).await?;
                    self.send(&ToNode::Answer(answer)).await?;
                }
                FromNode::End { code: 0, .. } => return Ok(()),
                FromNode::End { code, error } => {
                    let reason = error.unwrap_or_default();
                    return Err(if code == 2 { Failure::Usage(reason) } else { Failure::Refused(reason) });
                }
                FromNode::Words(_) | FromNode::Help(_) => {
                    return Err(Failure::Gone(io::Error::other("the node answers what was not asked")));
                }
            }
        }
    }
}

#[async_trait]
impl Interpreter for DistantInterpreter {
    async fn execute(
        &self,
        _administrator: &Administrator,
        line: &str,
        terminal: &mut dyn Terminal,
    ) -> Result<(), Failure> {
        let mut connection = self.connection().await?;
        let outcome = connection.run(line, terminal).await;
        if !matches!(outcome, Err(Failure::Gone(_))) {
            *self.idle.lock().await = Some(connection);
        }
        outcome
    }

    // A node that does not answer is told of when the line is run.
    async fn complete(&self, line: &str) -> Vec<String> {
        match self.ask(ToNode::Complete(line.to_owned())).await {
            Ok(FromNode::Words(words)) => words,
            _ => Vec::new(),
        }
    }

    async fn help(&self, line: &str) -> String {
        match self.ask(ToNode::Help(line.to_owned())).await {
            Ok(FromNode::Help(text)) => text,
            _ => String::new(),
        }
    }
}
