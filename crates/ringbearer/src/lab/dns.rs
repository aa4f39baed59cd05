//! A small DNS server for the lab: the two names by which a phone finds out where it is, and the addresses behind them.
//!
//! It answers SRV, A and AAAA of what a [`View`] has, over UDP on a loopback address: one server with the inside view, one
//! with the outside view. Of names that it has not there are none (`NXDOMAIN`), and of other questions it knows nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::SRV;
use hickory_proto::rr::{Name, RData, Record};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// How long an answer holds, in seconds: short, since the lab changes.
const TIME_TO_LIVE: u32 = 60;
/// The longest question that is read.
const DATAGRAM: usize = 512;

/// What a server answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct View(BTreeMap<String, Vec<RData>>);

impl View {
    /// With a service at a server.
    pub(crate) fn service(mut self, name: &str, port: u16, target: &str) -> Self {
        if let Ok(target) = Name::from_ascii(absolute(target)) {
            self.add(name, RData::SRV(SRV::new(0, 0, port, target)));
        }
        self
    }

    /// With a host at an address.
    pub(crate) fn address(mut self, name: &str, address: IpAddr) -> Self {
        let data = match address {
            IpAddr::V4(address) => RData::A(address.into()),
            IpAddr::V6(address) => RData::AAAA(address.into()),
        };
        self.add(name, data);
        self
    }

    fn add(&mut self, name: &str, data: RData) {
        self.0.entry(absolute(name).to_ascii_lowercase()).or_default().push(data);
    }

    /// The answer to a question, if it is one.
    fn answer(&self, datagram: &[u8]) -> Option<Vec<u8>> {
        let question = Message::from_vec(datagram).ok()?;
        if question.metadata.message_type != MessageType::Query {
            return None;
        }
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.metadata.authoritative = true;
        let [query] = question.queries.as_slice() else {
            answer.metadata.response_code = ResponseCode::FormErr;
            return answer.to_vec().ok();
        };
        answer.add_query(query.clone());
        if question.metadata.op_code != OpCode::Query {
            answer.metadata.response_code = ResponseCode::NotImp;
            return answer.to_vec().ok();
        }
        match self.0.get(&query.name().to_ascii().to_ascii_lowercase()) {
            Some(known) => {
                for data in known.iter().filter(|data| data.record_type() == query.query_type()) {
                    answer.add_answer(Record::from_rdata(query.name().clone(), TIME_TO_LIVE, data.clone()));
                }
            }
            None => answer.metadata.response_code = ResponseCode::NXDomain,
        }
        answer.to_vec().ok()
    }
}

fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// A running server; it ends when this is dropped.
pub(crate) struct DnsServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl DnsServer {
    /// Answers with what a view has.
    ///
    /// # Errors
    /// When the address is taken.
    pub(crate) fn start(address: SocketAddr, view: View) -> anyhow::Result<Self> {
        Self::serve(std::net::UdpSocket::bind(address).with_context(|| format!("DNS on udp {address}"))?, view)
    }

    /// The same on a socket that is bound already, wherever that is.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(crate) fn serve(socket: std::net::UdpSocket, view: View) -> anyhow::Result<Self> {
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        let address = socket.local_addr()?;
        let socket = Arc::new(socket);
        let task = tokio::spawn(async move {
            let mut datagram = [0; DATAGRAM];
            loop {
                // An error is of a datagram before, whose sender has gone.
                let Ok((length, peer)) = socket.recv_from(&mut datagram).await else { continue };
                if let Some(answer) = datagram.get(..length).and_then(|question| view.answer(question)) {
                    let _ = socket.send_to(&answer, peer).await;
                }
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
