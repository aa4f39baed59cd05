//! The sockets on which this process really listens, from the kernel's own tables (`/proc/self/fd`, `/proc/self/net`).
//!
//! Our choice: listening TCP and unconnected UDP sockets only. A line has the form of `lsof`'s, as at the vendor, with the
//! command `ccm` and the user `ccmbase` of the service that owns these ports there.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket that waits for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSocket {
    descriptor: u32,
    inode: u64,
    protocol: Protocol,
    address: SocketAddr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Protocol {
    Tcp,
    Udp,
}

/// The open sockets of this process, by port.
///
/// # Errors
///
/// When the kernel does not show them.
pub fn open_sockets() -> io::Result<Vec<OpenSocket>> {
    let descriptors = descriptors()?;
    let mut sockets = Vec::new();
    let tables = [("tcp", Protocol::Tcp), ("tcp6", Protocol::Tcp), ("udp", Protocol::Udp), ("udp6", Protocol::Udp)];
    for (file, protocol) in tables {
        // A kernel without IPv6 has no such table.
        let table = fs::read_to_string(format!("/proc/self/net/{file}")).unwrap_or_default();
        for (inode, address) in table.lines().skip(1).filter_map(|line| waiting(line, protocol)) {
            if let Some(descriptor) = descriptors.get(&inode) {
                sockets.push(OpenSocket { descriptor: *descriptor, inode, protocol, address });
            }
        }
    }
    sockets.sort_by_key(|socket| (socket.address.port(), socket.protocol, socket.address.ip()));
    Ok(sockets)
}

/// The descriptor of each socket's inode.
fn descriptors() -> io::Result<HashMap<u64, u32>> {
    let mut descriptors = HashMap::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        // A descriptor that was closed meanwhile has no link any more.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.to_string_lossy();
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let (Some(Ok(inode)), Some(number)) = (inode.map(str::parse), number) {
            descriptors.insert(inode, number);
        }
    }
    Ok(descriptors)
}

/// The inode and address of a line of the kernel's table, when its socket waits for others.
fn waiting(line: &str, protocol: Protocol) -> Option<(u64, SocketAddr)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, local, _, state, _, _, _, _, _, inode, ..] = fields.as_slice() else {
        return None;
    };
    // TCP_LISTEN, and TCP_CLOSE for a UDP socket that is connected to nobody.
    let waits = match protocol {
        Protocol::Tcp => *state == "0A",
        Protocol::Udp => *state == "07",
    };
    let address = address(local)?;
    waits.then_some((inode.parse().ok()?, address))
}

/// `0100007F:13E2`: the words of an address in the byte order of the machine, the port in hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let (words, []) = ip.as_bytes().as_chunks::<8>() else { return None };
    let mut octets = Vec::with_capacity(16);
    for word in words {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        octets.extend(word.to_ne_bytes());
    }
    let ip = match <[u8; 4]>::try_from(octets.as_slice()) {
        Ok(octets) => IpAddr::V4(Ipv4Addr::from(octets)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(octets.as_slice()).ok()?)),
    };
    Some(SocketAddr::new(ip, port))
}

impl OpenSocket {
    /// Whether it listens for TCP connections on a port.
    #[must_use]
    pub fn listens_on(&self, port: u16) -> bool {
        self.protocol == Protocol::Tcp && self.address.port() == port
    }

    /// The line of `show open ports`.
    #[must_use]
    pub fn line(&self, process: u32) -> String {
        let family = if self.address.is_ipv4() { "IPv4" } else { "IPv6" };
        let (protocol, state) = match self.protocol {
            Protocol::Tcp => ("TCP", " (LISTEN)"),
            Protocol::Udp => ("UDP", ""),
        };
        let name = match self.address.ip() {
            ip if ip.is_unspecified() => format!("*:{}", self.address.port()),
            _ => self.address.to_string(),
        };
        let descriptor = format!("{}u", self.descriptor);
        format!("ccm {process:>10} ccmbase {descriptor:>5} {family} {:>10} 0t0 {protocol} {name}{state}", self.inode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};

    #[test]
    fn what_this_process_listens_on_is_found_and_nothing_else() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp6 = TcpListener::bind("[::1]:0").ok();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
        let (accepted, _) = tcp.accept().unwrap();
        let found: Vec<_> = open_sockets().unwrap().into_iter().map(|s| (s.protocol, s.address)).collect();
        assert!(found.contains(&(Protocol::Tcp, tcp.local_addr().unwrap())));
        assert!(found.contains(&(Protocol::Udp, udp.local_addr().unwrap())));
        if let Some(tcp6) = tcp6 {
            assert!(found.contains(&(Protocol::Tcp, tcp6.local_addr().unwrap())));
        }
        assert!(!found.contains(&(Protocol::Tcp, client.local_addr().unwrap())));
        let port = tcp.local_addr().unwrap();
        assert_eq!(found.iter().filter(|(_, address)| *address == port).count(), 1);
        drop(accepted);
    }

    #[test]
    fn a_udp_socket_listens_for_no_connection() {
        let udp =
            OpenSocket { descriptor: 1, inode: 2, protocol: Protocol::Udp, address: "127.0.0.1:5090".parse().unwrap() };
        assert!(!udp.listens_on(5090));
        let tcp = OpenSocket { protocol: Protocol::Tcp, ..udp };
        assert!(tcp.listens_on(5090) && !tcp.listens_on(5091));
    }

    #[test]
    fn a_line_reads_like_the_seeds() {
        let socket = OpenSocket {
            descriptor: 364,
            inode: 207160,
            protocol: Protocol::Tcp,
            address: "10.48.33.198:5090".parse().unwrap(),
        };
        let line = socket.line(30622);
        let fields: Vec<_> = line.split_whitespace().collect();
        let seed = "ccm 30622 ccmbase 364u IPv4 207160 0t0 TCP 10.48.33.198:5090 (LISTEN)";
        assert_eq!(fields, seed.split(' ').collect::<Vec<_>>());
        let any = OpenSocket { protocol: Protocol::Udp, address: "[::]:5060".parse().unwrap(), ..socket };
        assert!(any.line(1).ends_with("IPv6     207160 0t0 UDP *:5060"), "{}", any.line(1));
    }

    #[test]
    fn lines_of_the_kernel_that_do_not_wait_are_left_out() {
        let listen = "   0: 0100007F:13E2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0";
        let established = listen.replace(" 0A ", " 01 ");
        assert_eq!(waiting(listen, Protocol::Tcp), Some((77, "127.0.0.1:5090".parse().unwrap())));
        assert_eq!(waiting(&established, Protocol::Tcp), None);
        for broken in
            ["", "0: x y", "   0: 0100007F 00000000:0000 0A 0 0 0 0 0 77", "   0: 0100:13E2 0 0A 0 0 0 0 0 77 x"]
        {
            assert_eq!(waiting(broken, Protocol::Tcp), None, "{broken}");
        }
    }
}
