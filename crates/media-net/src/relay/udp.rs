//! The relay over UDP: the media plane of an Expressway.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;
use std::{fmt, io, thread};

use edge::media::{
    MediaError, MediaPlane, OpenedStream, PeerMedia, Side, SidePlan, StreamId, StreamPlan, StreamStatistics,
};
use mio::net::UdpSocket;

use super::{
    port_pool::PortPool,
    stream::RelayStream,
    worker::{Sockets, Worker},
};
use crate::session::Random;

/// Where a relay has its ports.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Our address on each side; two sides may have the same.
    pub addresses: Vec<(Side, RelayAddress)>,
    /// The ports of each address.
    pub ports: RangeInclusive<u16>,
    /// Threads that move packets, at least one.
    pub threads: usize,
}

/// Our address on a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayAddress {
    /// The address of the sockets.
    pub bind: IpAddr,
    /// The address that peers use, which is another one behind a static translation.
    pub advertised: IpAddr,
}

impl From<IpAddr> for RelayAddress {
    fn from(bind: IpAddr) -> Self {
        Self { bind, advertised: bind }
    }
}

/// The streams and the ports of a relay, for its status pages.
#[derive(Clone, Debug)]
pub struct RelayCounts(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    streams: AtomicUsize,
    free_pairs: AtomicUsize,
}

impl RelayCounts {
    /// Streams that are open.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.0.streams.load(Ordering::Relaxed)
    }

    /// Pairs of ports that are free, over all addresses.
    #[must_use]
    pub fn free_pairs(&self) -> usize {
        self.0.free_pairs.load(Ordering::Relaxed)
    }
}

/// All streams of a process with their sockets. Dropping it closes them.
pub struct UdpRelay {
    addresses: Vec<(Side, RelayAddress)>,
    pools: HashMap<IpAddr, PortPool>,
    ports_of: HashMap<u64, [(IpAddr, u16); 2]>,
    workers: Vec<(Arc<Worker>, Option<JoinHandle<()>>)>,
    counts: RelayCounts,
    last: u64,
}

impl UdpRelay {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives no thread or no event queue.
    pub fn start(settings: RelaySettings, random: Random) -> io::Result<Self> {
        let mut pools = HashMap::new();
        for (_, address) in &settings.addresses {
            pools.entry(address.bind).or_insert_with(|| PortPool::new(&settings.ports, &mut |bytes| random(bytes)));
        }
        let workers = (0..settings.threads.max(1)).map(|_| start_worker()).collect::<io::Result<_>>()?;
        let counts = RelayCounts(Arc::default());
        let relay = Self { addresses: settings.addresses, pools, ports_of: HashMap::new(), workers, counts, last: 0 };
        relay.count();
        Ok(relay)
    }

    /// What a status page shows.
    #[must_use]
    pub fn counts(&self) -> RelayCounts {
        self.counts.clone()
    }

    fn count(&self) {
        self.counts.0.streams.store(self.ports_of.len(), Ordering::Relaxed);
        self.counts.0.free_pairs.store(self.pools.values().map(PortPool::len).sum(), Ordering::Relaxed);
    }

    fn worker(&self, id: u64) -> Option<&Worker> {
        let place = id as usize % self.workers.len().max(1);
        self.workers.get(place).map(|(worker, _)| worker.as_ref())
    }

    fn address(&self, plan: &SidePlan) -> Result<RelayAddress, MediaError> {
        let known = self.addresses.iter().find(|(side, _)| *side == plan.side);
        known.map(|(_, address)| *address).ok_or(MediaError::Unavailable)
    }

    /// A pair of sockets on ports of the pool. A port that somebody else has is put back behind the others.
    fn bind(&mut self, ip: IpAddr) -> Result<([UdpSocket; 2], u16), MediaError> {
        let pool = self.pools.get_mut(&ip).ok_or(MediaError::Unavailable)?;
        for _ in 0..pool.len() {
            let Some(port) = pool.take() else { break };
            let pair = bind_pair(ip, port);
            match pair {
                Ok(sockets) => return Ok((sockets, port)),
                Err(fault) => {
                    pool.give_back(port);
                    if fault.kind() != io::ErrorKind::AddrInUse {
                        tracing::error!(%fault, %ip, port, "media relay: no socket");
                        return Err(MediaError::Unavailable);
                    }
                }
            }
        }
        Err(MediaError::PortsExhausted)
    }

    fn give_back(&mut self, ip: IpAddr, port: u16) {
        if let Some(pool) = self.pools.get_mut(&ip) {
            pool.give_back(port);
        }
    }

    fn open_stream(&mut self, plan: &StreamPlan) -> Result<OpenedStream, MediaError> {
        let [outer, inner] = &plan.sides;
        let (outer, inner) = (self.address(outer)?, self.address(inner)?);
        let (outer_sockets, outer_port) = self.bind(outer.bind)?;
        let (inner_sockets, inner_port) = match self.bind(inner.bind) {
            Ok(bound) => bound,
            Err(fault) => {
                drop(outer_sockets);
                self.give_back(outer.bind, outer_port);
                return Err(fault);
            }
        };
        let bound = [(outer.bind, outer_port), (inner.bind, inner_port)];
        let id = self.last + 1;
        let stream = RelayStream::new(plan, [outer.bind, inner.bind]);
        let sockets: Sockets = [outer_sockets, inner_sockets];
        let inserted = self.worker(id).map(|worker| worker.insert(id, stream, sockets));
        if !matches!(inserted, Some(Ok(()))) {
            bound.into_iter().for_each(|(ip, port)| self.give_back(ip, port));
            return Err(MediaError::Unavailable);
        }
        self.last = id;
        self.ports_of.insert(id, bound);
        Ok(OpenedStream {
            stream: StreamId(id),
            local: [(outer.advertised, outer_port), (inner.advertised, inner_port)],
        })
    }
}

impl MediaPlane for UdpRelay {
    fn open(&mut self, plan: StreamPlan) -> Result<OpenedStream, MediaError> {
        let opened = self.open_stream(&plan);
        self.count();
        opened
    }

    fn update(&mut self, stream: StreamId, side: Side, peer: PeerMedia) {
        if let Some(worker) = self.worker(stream.0) {
            worker.with(stream.0, |relayed| relayed.set_peer(Instant::now(), side, &peer));
        }
    }

    fn last_heard(&self, stream: StreamId) -> Option<Instant> {
        self.worker(stream.0)?.with(stream.0, |relayed| relayed.last_heard()).flatten()
    }

    fn close(&mut self, stream: StreamId) -> StreamStatistics {
        let closed = self.worker(stream.0).and_then(|worker| worker.remove(stream.0));
        for (ip, port) in self.ports_of.remove(&stream.0).into_iter().flatten() {
            self.give_back(ip, port);
        }
        self.count();
        closed.map(|stream| stream.statistics()).unwrap_or_default()
    }
}

impl Drop for UdpRelay {
    fn drop(&mut self) {
        for (worker, thread) in &mut self.workers {
            worker.end();
            if let Some(thread) = thread.take() {
                // A thread that panicked has said so.
                let _ = thread.join();
            }
        }
    }
}

impl fmt::Debug for UdpRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpRelay").field("addresses", &self.addresses).field("counts", &self.counts).finish()
    }
}

fn start_worker() -> io::Result<(Arc<Worker>, Option<JoinHandle<()>>)> {
    let (worker, poll) = Worker::new()?;
    let running = worker.clone();
    let thread = thread::Builder::new().name("media-relay".into()).spawn(move || running.run(poll))?;
    Ok((worker, Some(thread)))
}

fn bind_pair(ip: IpAddr, port: u16) -> io::Result<[UdpSocket; 2]> {
    let rtcp = port.checked_add(1).ok_or(io::ErrorKind::AddrInUse)?;
    Ok([UdpSocket::bind(SocketAddr::new(ip, port))?, UdpSocket::bind(SocketAddr::new(ip, rtcp))?])
}
