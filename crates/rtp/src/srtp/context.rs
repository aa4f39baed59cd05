//! The cryptographic context of one key (RFC 3711 §3.2), around the crate's.

use bytes::{Bytes, BytesMut};
use rtc_rtp::header::{Extension, Header as TransformHeader};
use rtc_srtp::{
    context::Context as TransformContext, crypto::providers::AwsLcRsCrypto, protection_profile::ProtectionProfile,
};
use sdp::{CryptoSuite, MasterKey};

use crate::packet::Header;

/// A context for one direction and one source.
pub(super) struct Context(TransformContext);

impl Context {
    /// Derives the session keys (RFC 3711 §4.3).
    pub(super) fn new(key: &MasterKey) -> Self {
        let profile = match key.suite() {
            CryptoSuite::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
            CryptoSuite::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
            CryptoSuite::AesCm128HmacSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            CryptoSuite::AesCm128HmacSha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
        };
        let context = TransformContext::new(key.key(), key.salt(), profile, None, None, &AwsLcRsCrypto);
        Self(context.expect("a master key has the lengths of its suite"))
    }

    /// Protects a packet; none when the counter is at its end.
    pub(super) fn protect(&mut self, packet: &[u8], header: &Header, length: usize) -> Option<BytesMut> {
        self.0.encrypt_rtp_with_header(packet, &transform_header(header, length)).ok()
    }

    /// Authenticates and decrypts a packet.
    pub(super) fn unprotect(&mut self, packet: &[u8], header: &Header, length: usize) -> Option<BytesMut> {
        self.0.decrypt_rtp_with_header(packet, &transform_header(header, length)).ok()
    }

    /// Protects a control packet.
    pub(super) fn protect_control(&mut self, packet: &[u8]) -> Option<BytesMut> {
        self.0.encrypt_rtcp(packet).ok()
    }

    /// Authenticates and decrypts a control packet.
    pub(super) fn unprotect_control(&mut self, packet: &[u8]) -> Option<BytesMut> {
        self.0.decrypt_rtcp(packet).ok()
    }
}

/// A header of the same length, number and source; the transform uses nothing else of it.
fn transform_header(header: &Header, length: usize) -> TransformHeader {
    const FIXED: usize = 12;
    const EXTENSION: usize = 4;
    let beyond = length - FIXED;
    let extension = beyond >= EXTENSION;
    TransformHeader {
        version: 2,
        sequence_number: header.sequence_number,
        ssrc: header.source,
        extension,
        // A profile that is neither of RFC 8285's is taken as one opaque piece.
        extension_profile: 0,
        extensions: if extension { vec![opaque(beyond - EXTENSION)] } else { Vec::new() },
        ..TransformHeader::default()
    }
}

fn opaque(length: usize) -> Extension {
    static ZEROS: [u8; 512] = [0; 512];
    let payload = match ZEROS.get(..length) {
        Some(zeros) => Bytes::from_static(zeros),
        None => Bytes::from(vec![0; length]),
    };
    Extension { id: 0, payload }
}
