//! Calls between pairs: INVITE, 200, ACK, BYE, 200, again and again.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use sip::message::{HeaderName, Message, Method, Request, Response, StatusCode};
use sip::transport::{Frame, StreamFramer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::connection::Connection;
use super::measure::Measured;
use super::register::{end, open_all, record};
use super::target::Target;

/// No call of a load takes longer: a lost message is an error, not a wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Phones 0 and 1 call each other, 2 and 3, and so on, until the time is over.
pub(super) async fn pairs(target: Target, phones: u32, length: Duration) -> anyhow::Result<Measured> {
    let mut connections = open_all(&target, 0..phones).await?;
    connections.sort_by_key(Connection::number);
    let measured = Rc::new(RefCell::new(Measured::new("call", target.server)?));
    let began = Instant::now();
    let mut tasks = Vec::new();
    let mut parties = connections.into_iter().map(|connection| Party::new(connection, &target));
    while let (Some(caller), Some(callee)) = (parties.next(), parties.next()) {
        let measured = Rc::clone(&measured);
        tasks.push(tokio::task::spawn_local(call_again(caller, callee, measured, began, length)));
    }
    end(measured, began, tasks).await
}

async fn call_again(
    mut caller: Party,
    mut callee: Party,
    measured: Rc<RefCell<Measured>>,
    began: Instant,
    length: Duration,
) {
    for number in 0.. {
        if began.elapsed() >= length {
            break;
        }
        let start = Instant::now();
        let both = async { tokio::try_join!(caller.call(callee.line, number), callee.be_called()) };
        let outcome = tokio::time::timeout(PATIENCE, both).await;
        let outcome = outcome.context("no answer").and_then(|both| both.map(|_| ()));
        let failed = outcome.is_err();
        record(&measured, start, outcome);
        if failed {
            break;
        }
    }
}

/// One end of the calls of a pair.
struct Party {
    stream: TlsStream<TcpStream>,
    framer: StreamFramer,
    host: String,
    local: std::net::SocketAddr,
    line: u32,
}

impl Party {
    fn new(connection: Connection, target: &Target) -> Self {
        let (host, line) = (target.address.ip().to_string(), target.line + connection.number());
        let local = connection.local();
        Self { stream: connection.into_stream(), framer: StreamFramer::new(), host, local, line }
    }

    /// Calls, and hangs up when the other end has answered.
    async fn call(&mut self, callee: u32, number: u32) -> anyhow::Result<()> {
        let invite = self.invite(callee, number);
        self.send(invite).await?;
        let answered = loop {
            let response = self.response().await?;
            match response.status().as_u16() {
                100..=199 => {}
                200 => break response,
                status => bail!("{status} for an INVITE"),
            }
        };
        let ack = self.in_dialog("ACK", 101, number, &answered)?;
        self.send(ack).await?;
        let bye = self.in_dialog("BYE", 102, number, &answered)?;
        self.send(bye).await?;
        match self.response().await?.status().as_u16() {
            200 => Ok(()),
            status => bail!("{status} for a BYE"),
        }
    }

    /// Answers an INVITE and its BYE.
    async fn be_called(&mut self) -> anyhow::Result<()> {
        loop {
            let request = self.request().await?;
            match request.method() {
                Method::Invite => self.answer(&request).await?,
                Method::Bye => {
                    let ok = Response::reply_to(&request, StatusCode::OK).finish()?;
                    return self.send(ok).await;
                }
                Method::Ack => {}
                _ => {
                    let ok = Response::reply_to(&request, StatusCode::OK).finish()?;
                    self.send(ok).await?;
                }
            }
        }
    }

    async fn answer(&mut self, invite: &Request) -> anyhow::Result<()> {
        let ok = Response::reply_to(invite, StatusCode::OK)
            .to_tag(format!("callee{}", self.line))
            .header(HeaderName::Contact, self.contact())
            .body("application/sdp", self.description())
            .finish()?;
        self.send(ok).await
    }

    fn invite(&self, callee: u32, number: u32) -> Bytes {
        let Self { host, local, line, .. } = self;
        let (contact, sdp) = (self.contact(), self.description());
        format!(
            "INVITE sip:{callee}@{host} SIP/2.0\r\n\
             Via: SIP/2.0/TLS {local};branch=z9hG4bKi{line}x{number}\r\n\
             From: <sip:{line}@{host}>;tag=caller{line}x{number}\r\n\
             To: <sip:{callee}@{host}>\r\n\
             Call-ID: load{line}x{number}@{ip}\r\n\
             Max-Forwards: 70\r\nCSeq: 101 INVITE\r\nContact: {contact}\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len(),
            ip = local.ip(),
        )
        .into()
    }

    fn in_dialog(&self, method: &str, sequence: u32, number: u32, answered: &Response) -> anyhow::Result<Bytes> {
        let Self { host, local, line, .. } = self;
        let to = answered.headers().first(HeaderName::To).context("a 200 without To")?;
        let target = answered.headers().contact().ok().flatten().context("a 200 without Contact")?;
        Ok(format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/TLS {local};branch=z9hG4bK{method}{line}x{number}\r\n\
             From: <sip:{line}@{host}>;tag=caller{line}x{number}\r\nTo: {to}\r\n\
             Call-ID: load{line}x{number}@{ip}\r\n\
             Max-Forwards: 70\r\nCSeq: {sequence} {method}\r\nContent-Length: 0\r\n\r\n",
            uri = String::from_utf8_lossy(target.uri_bytes()),
            to = String::from_utf8_lossy(to),
            ip = local.ip(),
        )
        .into())
    }

    fn contact(&self) -> String {
        format!("<sip:{}@{};transport=tls>", self.line, self.local)
    }

    fn description(&self) -> String {
        let ip = self.local.ip();
        format!(
            "v=0\r\no=load 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 20000 RTP/SAVP 0\r\n\
             a=rtpmap:0 PCMU/8000\r\n\
             a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{:040}\r\na=sendrecv\r\n",
            self.line
        )
    }

    async fn send(&mut self, message: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.stream.write_all(message.as_ref()).await.context("write")?;
        self.stream.flush().await.context("write")
    }

    async fn response(&mut self) -> anyhow::Result<Response> {
        loop {
            match self.message().await? {
                Message::Response(response) => return Ok(response),
                Message::Request(request) => self.acknowledge_other(&request).await?,
            }
        }
    }

    async fn request(&mut self) -> anyhow::Result<Request> {
        loop {
            if let Message::Request(request) = self.message().await? {
                return Ok(request);
            }
        }
    }

    /// A request that comes while a response is awaited, such as a NOTIFY, is answered with 200.
    async fn acknowledge_other(&mut self, request: &Request) -> anyhow::Result<()> {
        if *request.method() == Method::Ack {
            return Ok(());
        }
        let ok = Response::reply_to(request, StatusCode::OK).finish()?;
        self.send(ok).await
    }

    async fn message(&mut self) -> anyhow::Result<Message> {
        let mut chunk = [0; 4096];
        loop {
            match self.framer.next_frame() {
                Some(Frame::Message(message)) => return Ok(message),
                Some(_) => {}
                None => {
                    let length = self.stream.read(&mut chunk).await.context("read")?;
                    if length == 0 {
                        bail!("closed by the server");
                    }
                    self.framer.push(chunk.get(..length).unwrap_or_default());
                }
            }
        }
    }
}
