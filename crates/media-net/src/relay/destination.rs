//! Addresses that packets may be sent to because signalling says so (MED-4).

use std::net::{IpAddr, SocketAddr};

/// The address, unless no packet of ours has any business there: a group, a broadcast, none at all, port zero, or this
/// machine's loopback when we ourselves are not there.
pub(super) fn usable(address: SocketAddr, local: IpAddr) -> Option<SocketAddr> {
    let ip = address.ip().to_canonical();
    let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    let is_nowhere = ip.is_unspecified() || ip.is_multicast() || is_broadcast || address.port() == 0;
    let is_strangely_near = ip.is_loopback() && !local.is_loopback();
    (!is_nowhere && !is_strangely_near).then_some(SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::usable;

    #[test]
    fn med_4_where_no_packet_is_sent_whatever_is_signalled() {
        let rows = [
            ("224.0.0.1:4000", false),
            ("255.255.255.255:4000", false),
            ("0.0.0.0:4000", false),
            ("[::]:4000", false),
            ("[ff02::1]:4000", false),
            ("127.0.0.1:4000", false),
            ("[::1]:4000", false),
            ("[::ffff:127.0.0.1]:4000", false),
            ("192.0.2.7:0", false),
            ("192.0.2.7:4000", true),
            ("[2001:db8::7]:4000", true),
        ];
        for (address, expected) in rows {
            assert_eq!(usable(address.parse().unwrap(), "192.0.2.1".parse().unwrap()).is_some(), expected, "{address}");
        }
        let loopback = "127.0.5.1:4000".parse().unwrap();
        assert_eq!(usable(loopback, "127.0.0.2".parse().unwrap()), Some(loopback));
    }
}
