//! The node's half of the admin shell: a Unix socket of mode 0600, for the node's own user and root alone.

use super::terminal::{Echo, Terminal, ending};
use super::wire::{FromNode, MOST_LINE, ToNode};
use admin_shell::{Administrator, Interpreter};
use async_trait::async_trait;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// More administrators than these at a time are sent away.
const MOST_SESSIONS: usize = 16;

/// The socket on which administrators are heard.
pub(crate) struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // The next start replaces one that stays.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl AdminSocket {
    /// Makes the socket. One that a node left behind when it died is replaced; one that is in use is not.
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_dead(path) => {
                std::fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            result => result?,
        };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path: path.into() })
    }

    /// Serves administrators until it is dropped.
    pub(crate) async fn serve(self, shell: Arc<dyn Interpreter>) {
        let sessions = Arc::new(Semaphore::new(MOST_SESSIONS));
        loop {
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors: trying again at once would only spin.
                    tracing::warn!(%error, "an administrator cannot be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Some(administrator) = administrator(&stream) else { continue };
            let Ok(permit) = Arc::clone(&sessions).try_acquire_owned() else {
                tracing::warn!(administrator = administrator.name, "too many administrators at a time");
                continue;
            };
            let shell = Arc::clone(&shell);
            tokio::spawn(async move {
                if let Err(error) = serve_one(&*shell, &administrator, stream).await {
                    tracing::debug!(administrator = administrator.name, %error, "an administrator is gone");
                }
                drop(permit);
            });
        }
    }
}

/// Who is at the other end, if it is the node's own user or root.
fn administrator(stream: &UnixStream) -> Option<Administrator> {
    let peer = stream.peer_cred().ok()?;
    let own = rustix::process::geteuid().as_raw();
    if peer.uid() == own || peer.uid() == 0 {
        return Some(Administrator::full(format!("uid {}", peer.uid())));
    }
    tracing::warn!(uid = peer.uid(), "a user who may not administer came to the admin socket");
    None
}

fn is_dead(path: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

async fn serve_one(shell: &dyn Interpreter, administrator: &Administrator, stream: UnixStream) -> io::Result<()> {
    let (reading, writing) = stream.into_split();
    let mut terminal = SocketTerminal { reading: BufReader::new(reading), writing };
    while let Some(message) = terminal.read().await? {
        let line = match message {
            ToNode::Run(line) => line,
            ToNode::Complete(line) => {
                terminal.write(&FromNode::Words(shell.complete(&line).await)).await?;
                continue;
            }
            ToNode::Help(line) => {
                terminal.write(&FromNode::Help(shell.help(&line).await)).await?;
                continue;
            }
            ToNode::Answer(_) => return Err(io::Error::other("an answer without a question")),
        };
        let (code, error) = ending(shell.execute(administrator, &line, &mut terminal).await)?;
        terminal.write(&FromNode::End { code, error }).await?;
    }
    Ok(())
}

struct SocketTerminal {
    reading: BufReader<OwnedReadHalf>,
    writing: OwnedWriteHalf,
}

impl SocketTerminal {
    async fn read(&mut self) -> io::Result<Option<ToNode>> {
        let mut line = String::new();
        let count = (&mut self.reading).take(MOST_LINE).read_line(&mut line).await?;
        if count == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&line)?))
    }

    async fn write(&mut self, message: &FromNode) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.writing.write_all(&line).await
    }
}

#[async_trait]
impl Terminal for SocketTerminal {
    async fn print(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { self.write(&FromNode::Print(text.to_owned())).await }
    }

    async fn ask(&mut self, prompt: &str, echo: Echo) -> io::Result<Option<String>> {
        self.write(&FromNode::Ask { prompt: prompt.to_owned(), hidden: echo == Echo::Hidden }).await?;
        match self.read().await? {
            Some(ToNode::Answer(answer)) => Ok(answer),
            Some(_) => Err(io::Error::other("a command instead of an answer")),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests;
