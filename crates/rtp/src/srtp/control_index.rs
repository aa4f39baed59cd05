//! What a protected control packet says in clear.

use sdp::CryptoSuite;

use crate::error::RtpError;

/// The source and the index of a protected control packet (RFC 3711 §3.4, RFC 7714 §9.2).
pub(super) fn control_index(packet: &[u8], suite: CryptoSuite) -> Result<(u32, u64), RtpError> {
    const ENCRYPTED: u32 = 1 << 31;
    // With AEAD the tag stands before the index word; else the HMAC of 80 bits behind it.
    let (before_index, behind_index) = match suite {
        CryptoSuite::AeadAes256Gcm | CryptoSuite::AeadAes128Gcm => (16, 0),
        CryptoSuite::AesCm128HmacSha1_80 | CryptoSuite::AesCm128HmacSha1_32 => (0, 10),
    };
    let version_and_source = packet.first_chunk::<8>().filter(|_| packet.len() >= 8 + before_index + 4 + behind_index);
    let Some([flags, _, _, _, s0, s1, s2, s3]) = version_and_source else { return Err(RtpError::Malformed) };
    if flags >> 6 != 2 {
        return Err(RtpError::Malformed);
    }
    let word = packet
        .len()
        .checked_sub(behind_index)
        .and_then(|end| packet.get(..end))
        .and_then(|before| before.last_chunk())
        .ok_or(RtpError::Malformed)?;
    let word = u32::from_be_bytes(*word);
    if word & ENCRYPTED == 0 {
        return Err(RtpError::Unencrypted);
    }
    Ok((u32::from_be_bytes([*s0, *s1, *s2, *s3]), u64::from(word & !ENCRYPTED)))
}
