//! The two directions of a session: under which keys we send and where to, under which we receive and from whom.

use std::net::SocketAddr;

use rtp::{Opened, OutboundStream, RtpError, SrtpReceiver, SrtpSender, g711::Law};
use sdp::{Codec, Negotiated};

use crate::session::Random;

/// For so many ticks after a change of keys the packets under the old one are taken: 5 s.
const KEY_OVERLAP: u32 = 250;

/// How we send.
pub(crate) struct Sending {
    pub(crate) settled: Negotiated,
    /// Where an authenticated packet came from, when that is not where the peer said.
    pub(crate) learned: Option<SocketAddr>,
    pub(crate) stream: OutboundStream,
    pub(crate) srtp: Option<SrtpSender>,
    pub(crate) exhausted: bool,
}

/// How we receive.
pub(crate) struct Receiving {
    pub(crate) settled: Negotiated,
    pub(crate) srtp: Option<SrtpReceiver>,
    pub(crate) overlap: u32,
    pub(crate) heard: bool,
}

impl Sending {
    /// A new key of ours begins a new stream, so that its rollover counter is zero at both ends (RFC 3711 §3.3.1).
    pub(crate) fn under(before: Option<Self>, settled: &Negotiated, random: Random) -> Self {
        match before {
            Some(before) if sent_key(&before.settled) == sent_key(settled) => {
                let moved = before.settled.remote != settled.remote;
                let learned = if moved { None } else { before.learned };
                Self { settled: settled.clone(), learned, ..before }
            }
            _ => Self {
                stream: OutboundStream::new(&mut |bytes| random(bytes)),
                srtp: settled.srtp.as_ref().map(|keys| SrtpSender::new(&keys.send, keys.send_lifetime)),
                settled: settled.clone(),
                learned: None,
                exhausted: false,
            },
        }
    }

    pub(crate) fn destination(&self) -> SocketAddr {
        self.learned.unwrap_or(self.settled.remote)
    }
}

impl Receiving {
    /// Under what was settled now, and whether the key is another one than before. Packets under the key before are
    /// still taken when the peer is where it was: a peer that the call has left is heard no more.
    pub(crate) fn under(before: Option<Self>, settled: &Negotiated) -> (Self, bool) {
        let same_key = before.as_ref().is_some_and(|before| received_key(&before.settled) == received_key(settled));
        let moved = before.as_ref().is_some_and(|before| before.settled.remote != settled.remote);
        let heard = same_key && before.as_ref().is_some_and(|before| before.heard);
        let changes = !same_key && before.is_some();
        let srtp = match (before.and_then(|before| before.srtp), &settled.srtp) {
            (Some(mut receiver), Some(keys)) => {
                receiver.change_key(&keys.receive);
                if moved {
                    receiver.forget_key_before();
                }
                Some(receiver)
            }
            (None, Some(keys)) => Some(SrtpReceiver::new(&keys.receive)),
            (_, None) => None,
        };
        (Self { settled: settled.clone(), srtp, overlap: KEY_OVERLAP, heard }, changes)
    }

    pub(crate) fn tick(&mut self) {
        self.overlap = self.overlap.saturating_sub(1);
        if self.overlap == 0
            && let Some(srtp) = &mut self.srtp
        {
            srtp.forget_key_before();
        }
    }

    /// The packet in clear, when it is the peer's.
    pub(crate) fn open(&mut self, datagram: &[u8], from: SocketAddr) -> Result<Opened, RtpError> {
        match &mut self.srtp {
            Some(srtp) => srtp.unprotect(datagram),
            None if from == self.settled.remote => Ok(Opened { packet: datagram.into(), current: true }),
            None => Err(RtpError::Authentication),
        }
    }
}

fn sent_key(settled: &Negotiated) -> Option<&sdp::MasterKey> {
    settled.srtp.as_ref().map(|keys| &keys.send)
}

fn received_key(settled: &Negotiated) -> Option<&sdp::MasterKey> {
    settled.srtp.as_ref().map(|keys| &keys.receive)
}

/// The settled format, or G.711 under its static number: RFC 3264 §6.1 lets the peer change between the
/// formats of its list.
pub(crate) fn law_of(payload_type: u8, settled: &Negotiated) -> Option<Law> {
    if payload_type == settled.audio.payload_type {
        return Law::of(settled.audio.codec);
    }
    [Codec::Pcma, Codec::Pcmu].into_iter().find(|codec| codec.payload_type() == payload_type).and_then(Law::of)
}
