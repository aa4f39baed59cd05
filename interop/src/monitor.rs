//! What a monitor asks a node.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};

/// The status and the body of a path on the monitor's listener of a Unified CM node; none while nobody listens.
pub fn ask(address: IpAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(SocketAddr::new(address, 9464)).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
