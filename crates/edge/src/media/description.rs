//! A description as it leaves this machine: the lines that change, octet by octet.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sdp::SessionDescription;

use super::plane::OpenerKey;
use super::refusal::{MediaRefusal, not_acceptable};

/// The attribute that brings Expressway-E's key for openers to Expressway-C.
pub(super) const OPENER: &str = "x-ringbearer-opener";

/// Attributes that name addresses beside those of `c=` and `m=`, or belong to such a one.
const GONE: [&[u8]; 8] = [
    b"rtcp",
    b"candidate",
    b"remote-candidates",
    b"end-of-candidates",
    b"ice-ufrag",
    b"ice-pwd",
    b"ice-options",
    OPENER.as_bytes(),
];

/// A stream as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// With port zero.
    Disabled,
    /// Through this machine.
    Relayed { port: u16, opener: Option<OpenerKey> },
}

/// Writes the description with our address and the ports of the lines.
pub(super) fn rewrite(body: &[u8], address: IpAddr, lines: &[Line]) -> Result<Vec<u8>, MediaRefusal> {
    let mut written = Vec::with_capacity(body.len() + 128);
    let mut lines_left = lines.iter();
    let mut current: Option<(&Line, &[u8])> = None;
    for whole in body.split_inclusive(|octet| *octet == b'\n') {
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = whole.get(line.len()..).unwrap_or_default();
        match line {
            [b'm', b'=', ..] => {
                end_of_media(current, &mut written);
                let next = lines_left.next().ok_or_else(unreadable)?;
                current = Some((next, end));
                media(line, next, &mut written).ok_or_else(unreadable)?;
            }
            [b'c', b'=', value @ ..] if !is_zero(value) => {
                written.extend_from_slice(format!("c=IN {}", typed(address)).as_bytes());
            }
            [b'o', b'=', value @ ..] => origin(value, address, &mut written),
            [b'a', b'=', value @ ..] if is_gone(value) => continue,
            _ => written.extend_from_slice(line),
        }
        written.extend_from_slice(end);
    }
    end_of_media(current, &mut written);
    check(&written, address, lines)?;
    Ok(written)
}

/// `m=<media> <port> …`: another port.
fn media(line: &[u8], to: &Line, written: &mut Vec<u8>) -> Option<()> {
    let blank = line.iter().position(|octet| *octet == b' ')?;
    let port = blank + line.get(blank..)?.iter().position(|octet| *octet != b' ')?;
    let rest = port + line.get(port..)?.iter().position(|octet| *octet == b' ')?;
    let number = match to {
        Line::Disabled => 0,
        Line::Relayed { port, .. } => *port,
    };
    written.extend_from_slice(line.get(..port)?);
    written.extend_from_slice(number.to_string().as_bytes());
    written.extend_from_slice(line.get(rest..)?);
    Some(())
}

/// The attribute that we add stands behind all others of its stream.
fn end_of_media(current: Option<(&Line, &[u8])>, written: &mut Vec<u8>) {
    let Some((Line::Relayed { opener: Some(key), .. }, end)) = current else { return };
    let end = if end.is_empty() { b"\r\n" } else { end };
    if !written.ends_with(b"\n") {
        written.extend_from_slice(end);
    }
    written.extend_from_slice(format!("a={OPENER}:{}", STANDARD.encode(key.0)).as_bytes());
    written.extend_from_slice(end);
}

/// `o=<user> <id> <version> <network> <type> <address>`: another address, when this one is private.
fn origin(value: &[u8], address: IpAddr, written: &mut Vec<u8>) {
    written.extend_from_slice(b"o=");
    let fields: Vec<&[u8]> = value.split(|octet| *octet == b' ').filter(|field| !field.is_empty()).collect();
    match fields.as_slice() {
        [user, id, version, network, _, host] if is_private(host) => {
            for field in [user, id, version, network] {
                written.extend_from_slice(field);
                written.push(b' ');
            }
            written.extend_from_slice(typed(address).as_bytes());
        }
        _ => written.extend_from_slice(value),
    }
}

fn is_gone(attribute: &[u8]) -> bool {
    let name = attribute.split(|octet| *octet == b':').next().unwrap_or_default();
    GONE.iter().any(|gone| name.eq_ignore_ascii_case(gone))
        // ice-lite, ice-mismatch, ice-pacing.
        || name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"ice-"))
}

fn is_zero(connection: &[u8]) -> bool {
    last_field(connection).is_some_and(|ip| ip.is_unspecified())
}

fn last_field(value: &[u8]) -> Option<IpAddr> {
    let field = value.split(|octet| *octet == b' ').rfind(|field| !field.is_empty())?;
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// Addresses that mean nothing outside the network or the machine that they are of.
fn is_private(host: &[u8]) -> bool {
    match std::str::from_utf8(host).ok().and_then(|host| host.parse().ok()) {
        Some(IpAddr::V4(ip)) => {
            let is_shared = ip.octets().first_chunk().is_some_and(|[a, b]| *a == 100 && b & 0xc0 == 64);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared
        }
        Some(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        None => false,
    }
}

fn typed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(ip) => format!("IP4 {ip}"),
        IpAddr::V6(ip) => format!("IP6 {ip}"),
    }
}

/// What was written is read again: each active stream leads here, whatever the body was like.
fn check(written: &[u8], address: IpAddr, lines: &[Line]) -> Result<(), MediaRefusal> {
    let description = SessionDescription::parse(written)?;
    let leads_here = description.streams().zip(lines).all(|(stream, line)| match line {
        Line::Disabled => stream.is_disabled(),
        Line::Relayed { port, .. } => {
            stream.address().is_ok_and(|to| to.port() == *port && (to.ip() == address || to.ip().is_unspecified()))
        }
    });
    if leads_here && description.streams().count() == lines.len() { Ok(()) } else { Err(unreadable()) }
}

fn unreadable() -> MediaRefusal {
    not_acceptable("the session description is ambiguous")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    fn written(body: &str, lines: &[Line]) -> String {
        String::from_utf8(rewrite(body.as_bytes(), "203.0.113.5".parse().unwrap(), lines).unwrap()).unwrap()
    }

    fn relayed(port: u16) -> Line {
        Line::Relayed { port, opener: None }
    }

    #[test]
    fn what_names_addresses_changes_and_every_other_octet_stays() {
        let body = format!(
            "v=0\r\no=- 7 8 IN IP4 192.168.1.4\r\ns=  two  blanks \r\nb=AS:80\r\nt=0 0\r\na=ice-lite\r\n\
             m=audio 4000 RTP/SAVP 0 101\r\nc=IN IP4 192.168.1.4\r\n{KEY}\r\na=rtcp:4001 IN IP4 192.168.1.4\r\n\
             a=candidate:1 1 UDP 1 192.168.1.4 4000 typ host\r\na=ice-ufrag:x\r\na=rtcp-fb:* nack\r\na=x-unknown: y\r\n\
             m=application 5000 UDP/BFCP *\r\nc=IN IP4 192.168.1.4\r\n"
        );
        let expected = format!(
            "v=0\r\no=- 7 8 IN IP4 203.0.113.5\r\ns=  two  blanks \r\nb=AS:80\r\nt=0 0\r\n\
             m=audio 36000 RTP/SAVP 0 101\r\nc=IN IP4 203.0.113.5\r\n{KEY}\r\na=rtcp-fb:* nack\r\na=x-unknown: y\r\n\
             m=application 0 UDP/BFCP *\r\nc=IN IP4 203.0.113.5\r\n"
        );
        assert_eq!(written(&body, &[relayed(36_000), Line::Disabled]), expected);
    }

    #[test]
    fn a_public_origin_the_zero_address_and_bare_line_feeds_stay() {
        let body = format!(
            "v=0\no=- 7 8 IN IP4 198.51.100.4\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\nm=audio 4000 RTP/SAVP 0\n{KEY}\n\
             m=video 4002 RTP/SAVP 97\nc=IN IP4 10.0.0.1\n{KEY}"
        );
        let expected = format!(
            "v=0\no=- 7 8 IN IP4 198.51.100.4\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\nm=audio 36000 RTP/SAVP 0\n{KEY}\n\
             a=x-ringbearer-opener:BwcHBwcHBwcHBwcHBwcHBw==\n\
             m=video 36002 RTP/SAVP 97\nc=IN IP4 203.0.113.5\n{KEY}"
        );
        let opener = Some(OpenerKey([7; 16]));
        assert_eq!(written(&body, &[Line::Relayed { port: 36_000, opener }, relayed(36_002)]), expected);
    }

    #[test]
    fn an_opener_of_a_peer_is_taken_out_and_ours_is_added_last() {
        let body = format!(
            "v=0\r\no=- 7 8 IN IP4 192.0.2.4\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n\
             a=X-Ringbearer-Opener:AAAA\r\n{KEY}"
        );
        let line = Line::Relayed { port: 36_000, opener: Some(OpenerKey([7; 16])) };
        let expected = format!(
            "v=0\r\no=- 7 8 IN IP4 192.0.2.4\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\nm=audio 36000 RTP/SAVP 0\r\n\
             {KEY}\r\na=x-ringbearer-opener:BwcHBwcHBwcHBwcHBwcHBw==\r\n"
        );
        assert_eq!(written(&body, &[line]), expected);
    }

    #[test]
    fn origins_are_private_or_not() {
        for private in ["10.1.2.3", "172.31.0.1", "192.168.0.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fd00::1"] {
            assert!(is_private(private.as_bytes()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "0.0.0.0", "phone.example"] {
            assert!(!is_private(public.as_bytes()), "{public}");
        }
    }
}
