//! The relay of the edge: packets of one side out on the other, untouched, and still encrypted.
//!
//! [`RelayStream`] decides for one stream and knows no socket; [`UdpRelay`] has the sockets of all streams and is the
//! [`MediaPlane`](edge::media::MediaPlane) of an Expressway.
//!
//! Our choices:
//! - Every packet is verified under the keys that its sender announced, not only the one that would move a
//!   destination. It costs a microsecond, and it means that nothing that a stranger sends goes further than this
//!   process, that a replay ends here, and that no two streams can be made to feed each other (MED-1, MED-2, MED-4).
//! - Nothing is decrypted: the tag is computed from what is on the wire, and what is sent is what came.
//! - Nothing is answered. A packet that is not authentic is counted, and that is all.
//! - Where packets go on a side is what signalling says, or the source of the latest authentic packet, never both:
//!   the side's [`Trust`](edge::media::Trust).

mod destination;
mod drop_reason;
mod key_ring;
mod opener;
mod port_pool;
mod side;
mod stream;
mod udp;
mod worker;

pub use drop_reason::DropReason;
pub use opener::{OPENER_LENGTH, Opener};
pub use stream::{Component, Opening, RelayStream, Verdict};
pub use udp::{RelayAddress, RelayCounts, RelaySettings, UdpRelay};
