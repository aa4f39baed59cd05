//! The sending side of one key.

use bytes::BytesMut;
use sdp::MasterKey;

use super::context::Context;
use crate::{error::RtpError, packet::Header};

/// The most packets under one key: 2^48 RTP, 2^31 RTCP (RFC 3711 §9.2).
const RTP_LIFETIME: u64 = 1 << 48;
const RTCP_LIFETIME: u64 = 1 << 31;

/// Protects the packets of one stream. Use each key for one stream only.
pub struct SrtpSender {
    context: Context,
    left: u64,
    control_left: u64,
}

impl SrtpSender {
    /// From our key, with the lifetime that our description gave it.
    pub fn new(key: &MasterKey, lifetime: Option<u64>) -> Self {
        let lifetime = lifetime.unwrap_or(RTP_LIFETIME);
        Self { context: Context::new(key), left: lifetime.min(RTP_LIFETIME), control_left: lifetime.min(RTCP_LIFETIME) }
    }

    /// Protects an RTP packet.
    pub fn protect(&mut self, packet: &[u8]) -> Result<BytesMut, RtpError> {
        let (header, length) = Header::parse(packet)?;
        let left = self.left.checked_sub(1).ok_or(RtpError::KeyExhausted)?;
        let protected = self.context.protect(packet, &header, length).ok_or(RtpError::KeyExhausted)?;
        self.left = left;
        Ok(protected)
    }

    /// Protects a compound RTCP packet.
    pub fn protect_control(&mut self, packet: &[u8]) -> Result<BytesMut, RtpError> {
        let left = self.control_left.checked_sub(1).ok_or(RtpError::KeyExhausted)?;
        let protected = self.context.protect_control(packet).ok_or(RtpError::Malformed)?;
        self.control_left = left;
        Ok(protected)
    }
}
