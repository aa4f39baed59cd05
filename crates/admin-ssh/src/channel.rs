//! What runs in a channel: a console, one command, or the commands of a script.

use std::io;
use std::sync::Arc;

use admin_shell::console::{Console, Ended, Input, Size, Tty, clean};
use admin_shell::terminal::{Echo, Terminal, ending};
use admin_shell::{Administrator, Interpreter};
use async_trait::async_trait;
use russh::ChannelId;
use russh::server::Handle;

use crate::input::InputReceiver;
use crate::limits;

/// Extended data of this kind goes to standard error (RFC 4254 §5.2).
const STANDARD_ERROR: u32 = 1;

/// The node's side of a channel.
pub(crate) struct Channel {
    pub(crate) handle: Handle,
    pub(crate) id: ChannelId,
    pub(crate) input: InputReceiver,
    pub(crate) interpreter: Arc<dyn Interpreter>,
    pub(crate) administrator: Administrator,
}

/// What the client asked for.
pub(crate) enum Work {
    /// A shell on a terminal of this size, which begins with a greeting.
    Console(Size, String),
    /// One command on a terminal of this size.
    CommandOnTerminal(Size, String),
    /// One command.
    Command(String),
    /// A shell without a terminal: the commands come as lines, and end at the first that fails.
    Script,
}

impl Channel {
    /// Does it, and closes the channel with the exit code.
    pub(crate) async fn run(self, work: Work) {
        let (handle, id) = (self.handle.clone(), self.id);
        let code = match self.work(work).await {
            Ok(code) => code,
            Err(error) => {
                tracing::debug!(%error, "an administrator's channel is gone");
                1
            }
        };
        // A connection that is gone needs no end.
        let _ = handle.exit_status_request(id, code.into()).await;
        let _ = handle.eof(id).await;
        let _ = handle.close(id).await;
    }

    async fn work(self, work: Work) -> io::Result<u8> {
        match work {
            Work::Console(size, greeting) => match self.console(size).interact(&greeting).await? {
                Ended::Left => Ok(0),
                Ended::Idle => Ok(1),
            },
            Work::CommandOnTerminal(size, line) => self.console(size).execute(line).await,
            Work::Command(line) => self.command(line).await,
            Work::Script => self.script().await,
        }
    }

    fn console(self, size: Size) -> Console<impl Tty> {
        let (interpreter, administrator) = (self.interpreter, self.administrator);
        let tty = ChannelTty { handle: self.handle, id: self.id, input: self.input };
        Console::new(tty, interpreter, administrator, size, Some(limits::IDLE))
    }

    async fn command(mut self, line: String) -> io::Result<u8> {
        let interpreter = Arc::clone(&self.interpreter);
        let administrator = self.administrator.clone();
        let (code, error) = ending(interpreter.execute(&administrator, &line, &mut self).await)?;
        if let Some(error) = error {
            let text = clean(&format!("{error}\n"));
            self.handle.extended_data(self.id, STANDARD_ERROR, text.into_bytes()).await.map_err(gone)?;
        }
        Ok(code)
    }

    async fn script(mut self) -> io::Result<u8> {
        let interpreter = Arc::clone(&self.interpreter);
        let administrator = self.administrator.clone();
        while let Some(line) = self.input.line().await? {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if matches!(line, "exit" | "quit") {
                break;
            }
            let (code, error) = ending(interpreter.execute(&administrator, line, &mut self).await)?;
            if let Some(error) = error {
                let text = clean(&format!("{error}\n"));
                self.handle.extended_data(self.id, STANDARD_ERROR, text.into_bytes()).await.map_err(gone)?;
            }
            if code != 0 {
                return Ok(code);
            }
        }
        Ok(0)
    }
}

#[async_trait]
impl Terminal for Channel {
    async fn print(&mut self, text: &str) -> io::Result<()> {
        self.handle.data(self.id, clean(text).into_bytes()).await.map_err(gone)
    }

    async fn ask(&mut self, prompt: &str, _echo: Echo) -> io::Result<Option<String>> {
        self.print(prompt).await?;
        self.input.line().await
    }
}

struct ChannelTty {
    handle: Handle,
    id: ChannelId,
    input: InputReceiver,
}

#[async_trait]
impl Tty for ChannelTty {
    async fn read(&mut self) -> io::Result<Input> {
        Ok(self.input.next().await)
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.handle.data(self.id, bytes.to_vec()).await.map_err(gone)
    }
}

fn gone<T>(_unsent: T) -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}
