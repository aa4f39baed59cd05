//! One media description, read for its meaning.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Media, Session};

use crate::{
    codec::{self, Format},
    crypto::{CryptoAttribute, CryptoViolation},
    direction::Direction,
    error::SdpError,
    security::chosen,
};

/// How the transport protocol of an `m=` line protects the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// `RTP/AVP`, `RTP/AVPF`: in clear.
    Clear,
    /// `RTP/SAVP`, `RTP/SAVPF` without a DTLS prefix: SRTP with SDES keys (RFC 4568 §5).
    Sdes,
    /// `UDP/TLS/RTP/SAVP` and its like: SRTP with DTLS keys (RFC 5764 §8).
    Dtls,
    /// Not RTP.
    NotRtp,
}

/// A media description within its session.
#[derive(Clone, Copy)]
pub struct MediaStream<'a> {
    session: &'a Session,
    pub(crate) media: &'a Media,
}

impl<'a> MediaStream<'a> {
    pub(crate) fn new(session: &'a Session, media: &'a Media) -> Self {
        Self { session, media }
    }

    /// Is it an audio stream?
    pub fn is_audio(&self) -> bool {
        self.media.media.eq_ignore_ascii_case("audio")
    }

    /// Is the stream refused or ended (RFC 3264 §6, §8.2)?
    pub fn is_disabled(&self) -> bool {
        self.media.port == 0
    }

    /// How the stream is protected.
    pub fn protection(&self) -> Protection {
        let protocol = self.media.proto.to_ascii_uppercase();
        match protocol.as_str() {
            "RTP/AVP" | "RTP/AVPF" => Protection::Clear,
            "RTP/SAVP" | "RTP/SAVPF" => Protection::Sdes,
            _ if protocol.ends_with("/TLS/RTP/SAVP") || protocol.ends_with("/TLS/RTP/SAVPF") => Protection::Dtls,
            _ if protocol.contains("RTP/SAVP") => Protection::Sdes,
            _ if protocol.contains("RTP/") => Protection::Clear,
            _ => Protection::NotRtp,
        }
    }

    /// Is the transport protocol `RTP/SAVP` or `RTP/SAVPF` and nothing around it (RFC 4568 §5, RFC 5124 §4)?
    pub fn is_secure_profile(&self) -> bool {
        ["RTP/SAVP", "RTP/SAVPF"].iter().any(|protocol| self.media.proto.eq_ignore_ascii_case(protocol))
    }

    /// Does the `m=` line name more ports than one (RFC 8866 §5.14)?
    pub fn has_port_range(&self) -> bool {
        self.media.num_ports.is_some_and(|ports| ports != 1)
    }

    /// The value of an attribute of this stream.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self.media.attributes.iter().find(|known| known.attribute.eq_ignore_ascii_case(name))?;
        found.value.as_deref()
    }

    /// The port where the stream wants its control packets: that of `a=rtcp` (RFC 3605 §2.1), else the next one. An
    /// address there is passed over: our choice, since nobody but the peer itself is sent to.
    pub fn control_port(&self) -> u16 {
        let port = self.attribute("rtcp").and_then(|value| value.split_ascii_whitespace().next()?.parse().ok());
        port.unwrap_or_else(|| self.media.port.saturating_add(1))
    }

    /// The direction: the stream's own, else the session's, else both ways (RFC 8866 §6.7).
    pub fn direction(&self) -> Direction {
        let of = |attributes: &'a [sdp_types::Attribute]| {
            attributes.iter().find_map(|attribute| Direction::from_attribute(&attribute.attribute))
        };
        of(&self.media.attributes).or_else(|| of(&self.session.attributes)).unwrap_or_default()
    }

    /// Is the peer on hold: no audio wanted from us, or the old form with a zero address
    /// (RFC 3264 §8.4)?
    pub fn is_hold(&self) -> bool {
        !self.direction().receives() || self.address().is_ok_and(|address| address.ip().is_unspecified())
    }

    /// Where the stream wants its packets: an IP address, never a name, never a group.
    pub fn address(&self) -> Result<SocketAddr, SdpError> {
        let connection = self.media.connections.first().or(self.session.connection.as_ref());
        let ip: IpAddr = connection
            .and_then(|connection| connection.connection_address.parse().ok())
            .filter(|ip: &IpAddr| !ip.is_multicast() && !is_broadcast(ip))
            .ok_or(SdpError::AddressNotUnicast)?;
        Ok(SocketAddr::new(ip, self.media.port))
    }

    /// Is there a certificate fingerprint for DTLS, here or for the session (RFC 8122 §5)?
    pub fn has_fingerprint(&self) -> bool {
        self.media.has_attribute("fingerprint") || self.session.has_attribute("fingerprint")
    }

    /// The formats that we know, in the writer's order of preference.
    pub fn formats(&self) -> Vec<Format> {
        codec::formats(self.media)
    }

    /// The one attribute of an answered stream, as it fits those of the offer (RFC 4568 §5.1.2, §7.1.3): a tag that was
    /// offered, with its suite, and another key.
    pub fn chosen_crypto(&self, offered: &[CryptoAttribute]) -> Result<CryptoAttribute, CryptoViolation> {
        chosen(offered.iter().cloned(), self).map(|(_, answered)| answered)
    }

    /// The crypto attributes in order, each readable or not.
    pub fn crypto_attributes(&self) -> impl Iterator<Item = Result<CryptoAttribute, CryptoViolation>> + 'a {
        let media = self.media;
        media.get_attribute_values("crypto").map(|value| CryptoAttribute::parse(value.unwrap_or_default()))
    }
}

fn is_broadcast(ip: &IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}
