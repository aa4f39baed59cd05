//! The media relay of an Expressway.

use std::net::IpAddr;

use anyhow::Context;
use edge::media::Side;
use edge_net::Plane;
use media_net::relay::{RelayAddress, RelayCounts, RelaySettings, UdpRelay};
use runtime::config::MediaSection;

/// Threads that move packets.
const THREADS: usize = 2;

/// Starts the relay on the two sides of this half of the edge; they have one address.
pub(crate) fn start(address: IpAddr, sides: [Side; 2], media: MediaSection) -> anyhow::Result<(Plane, RelayCounts)> {
    let settings = RelaySettings {
        addresses: sides.map(|side| (side, RelayAddress::from(address))).to_vec(),
        ports: media.first_port..=media.last_port,
        threads: THREADS,
    };
    let relay = UdpRelay::start(settings, runtime::random::fill).context("the media relay")?;
    let counts = relay.counts();
    Ok((Plane::new(relay), counts))
}
