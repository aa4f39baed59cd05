//! One phone's TLS connection: a request out, an answer in.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::answer;
use super::request::{Credentials, Registration};
use super::target::Target;

/// A connected phone.
pub(super) struct Connection {
    target: Target,
    number: u32,
    local: SocketAddr,
    stream: TlsStream<TcpStream>,
    registration: Registration,
    request: Vec<u8>,
    received: Vec<u8>,
}

impl Connection {
    /// Opens the connection and does the TLS handshake.
    pub(super) async fn open(target: &Target, number: u32) -> anyhow::Result<Self> {
        let tcp = TcpStream::connect(target.address).await.context("connect")?;
        tcp.set_nodelay(true).context("connect")?;
        let local = tcp.local_addr().context("connect")?;
        let stream = target.tls.connect(target.server_name.clone(), tcp).await.context("TLS handshake")?;
        Ok(Self {
            target: target.clone(),
            number,
            local,
            stream,
            registration: Registration::new(target, number, local),
            request: Vec::with_capacity(4096),
            received: Vec::with_capacity(2048),
        })
    }

    /// The phone's number.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Its own address.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// The TLS stream alone, when nothing is awaited on it.
    pub(super) fn into_stream(self) -> TlsStream<TcpStream> {
        self.stream
    }

    /// REGISTER without credentials: 407 or 401 is the right answer.
    pub(super) async fn be_challenged(&mut self) -> anyhow::Result<()> {
        let status = self.exchange(Credentials::None).await?;
        if self.target.any_answer || matches!(status, 401 | 407) { Ok(()) } else { bail!("{status} for a challenge") }
    }

    /// REGISTER with the token: 200 is the right answer.
    pub(super) async fn register(&mut self) -> anyhow::Result<()> {
        let status = self.exchange(Credentials::Token).await?;
        if !self.target.any_answer && status != 200 {
            bail!("{status} for a REGISTER with token");
        }
        self.registration.registered();
        Ok(())
    }

    /// Ends the TLS connection in order.
    pub(super) async fn close(mut self) {
        // The server may have closed already.
        let _ = self.stream.shutdown().await;
    }

    async fn exchange(&mut self, credentials: Credentials) -> anyhow::Result<u16> {
        self.registration.write(&mut self.request, credentials, self.target.token(self.number));
        self.stream.write_all(&self.request).await.context("write")?;
        self.stream.flush().await.context("write")?;
        loop {
            if let Some((status, length)) = answer::first(&self.received)? {
                self.received.drain(..length);
                if status >= 200 {
                    return Ok(status);
                }
            } else if self.stream.read_buf(&mut self.received).await.context("read")? == 0 {
                bail!("closed by the server");
            }
        }
    }
}
