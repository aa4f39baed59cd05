//! A command that runs beside the console, and what it asks of it.
//!
//! A command is never stopped in the middle of what it does: who interrupts it, or goes away, only ends the conversation.
//! The command hears of that at its next word, and stops there. So no restart is left half done, and no row of the audit
//! log is missing.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::terminal::{Echo, Failure, Terminal};
use crate::{Administrator, Interpreter};

/// What a command wants.
pub(crate) enum Request {
    /// Show text; the command goes on when it was shown.
    Print(String, oneshot::Sender<()>),
    /// Ask.
    Ask(String, Echo, oneshot::Sender<Option<String>>),
}

/// A command that runs.
pub(crate) struct Run {
    requests: mpsc::Receiver<Request>,
    outcome: JoinHandle<Result<(), Failure>>,
}

impl Run {
    /// Starts a command.
    pub(crate) fn start(interpreter: Arc<dyn Interpreter>, administrator: Administrator, line: String) -> Self {
        let (sender, requests) = mpsc::channel(1);
        let outcome = tokio::spawn(async move {
            let mut terminal = Distant(sender);
            interpreter.execute(&administrator, &line, &mut terminal).await
        });
        Self { requests, outcome }
    }

    /// What the command wants next; none when it is over. May be given up and called again.
    pub(crate) async fn request(&mut self) -> Option<Request> {
        self.requests.recv().await
    }

    /// How the command ended.
    pub(crate) async fn outcome(self) -> Result<(), Failure> {
        drop(self.requests);
        self.outcome.await.unwrap_or_else(|_| Err(Failure::refused("the command failed; the node's log says more")))
    }
}

/// The terminal of a command: the console is at its other end.
struct Distant(mpsc::Sender<Request>);

impl Distant {
    async fn send<T>(&self, request: Request, answer: oneshot::Receiver<T>) -> io::Result<T> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.send(request).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

#[async_trait]
impl Terminal for Distant {
    async fn print(&mut self, text: &str) -> io::Result<()> {
        let (done, shown) = oneshot::channel();
        self.send(Request::Print(text.to_owned(), done), shown).await
    }

    async fn ask(&mut self, prompt: &str, echo: Echo) -> io::Result<Option<String>> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Ask(prompt.to_owned(), echo, answer), answered).await
    }
}
