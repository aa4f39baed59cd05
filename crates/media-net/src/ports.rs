//! A pair of ports: RTP on an even one, RTCP on the next (RFC 3550 §11).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

use tokio::net::UdpSocket;

use crate::error::MediaError;

/// Binds the first free pair at or after a place in the range, which differs from call to call so that
/// the late packets of one call do not meet the next.
pub(crate) async fn bind(
    ip: IpAddr,
    range: RangeInclusive<u16>,
    start: u16,
) -> Result<(UdpSocket, UdpSocket), MediaError> {
    let mut fault = io::Error::from(io::ErrorKind::AddrInUse);
    let even: Vec<u16> = range.clone().filter(|port| port & 1 == 0 && *port < *range.end()).collect();
    let first = usize::from(start) % even.len().max(1);
    for port in even.iter().cycle().skip(first).take(even.len()) {
        match bind_pair(ip, *port).await {
            Ok(pair) => return Ok(pair),
            // An address that is not ours fails on every port.
            Err(other) if other.kind() == io::ErrorKind::AddrNotAvailable => {
                fault = other;
                break;
            }
            Err(other) => fault = other,
        }
    }
    Err(MediaError::NoPorts(range, fault))
}

async fn bind_pair(ip: IpAddr, port: u16) -> io::Result<(UdpSocket, UdpSocket)> {
    let media = UdpSocket::bind(SocketAddr::new(ip, port)).await?;
    let control = UdpSocket::bind(SocketAddr::new(ip, port + 1)).await?;
    Ok((media, control))
}
