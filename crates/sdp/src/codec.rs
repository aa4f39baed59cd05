//! The audio formats of this project: G.711 (RFC 3551 §4.5.14) and telephone events (RFC 4733).

use sdp_types::Media;

/// An audio format that we send or receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 µ-law, static payload type 0.
    Pcmu,
    /// DTMF digits as events (RFC 4733 §2.5.1).
    TelephoneEvent,
}

impl Codec {
    /// The name on the `a=rtpmap` line.
    pub fn encoding_name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
            Self::TelephoneEvent => "telephone-event",
        }
    }

    /// Our payload type: static for G.711 (RFC 3551 §6), 101 by custom for events.
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
            Self::TelephoneEvent => 101,
        }
    }

    /// Is it sound, as opposed to events?
    pub fn is_audio(self) -> bool {
        self != Self::TelephoneEvent
    }

    fn from_static(payload_type: u8) -> Option<Self> {
        [Self::Pcma, Self::Pcmu].into_iter().find(|codec| codec.payload_type() == payload_type)
    }

    /// `PCMU/8000` or `PCMU/8000/1`: all our formats have one channel at 8 kHz.
    fn from_mapping(mapping: &str) -> Option<Self> {
        let mut parts = mapping.trim().split('/');
        let name = parts.next()?;
        if parts.next()? != "8000" || !matches!(parts.next(), None | Some("1")) {
            return None;
        }
        [Self::Pcma, Self::Pcmu, Self::TelephoneEvent]
            .into_iter()
            .find(|codec| name.eq_ignore_ascii_case(codec.encoding_name()))
    }
}

/// A codec under the payload type that a description gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// The codec.
    pub codec: Codec,
}

/// The formats of an `m=` line that we know, in the order of preference there.
pub(crate) fn formats(media: &Media) -> Vec<Format> {
    media
        .fmt
        .split_ascii_whitespace()
        .filter_map(|format| format.parse().ok().filter(|payload_type| *payload_type < 128))
        .filter_map(|payload_type| {
            let codec = match mapping(media, payload_type) {
                Some(mapping) => Codec::from_mapping(mapping),
                None => Codec::from_static(payload_type),
            };
            codec.map(|codec| Format { payload_type, codec })
        })
        .collect()
}

/// The right side of `a=rtpmap:<payload type> <mapping>` (RFC 8866 §6.6).
fn mapping(media: &Media, payload_type: u8) -> Option<&str> {
    media
        .get_attribute_values("rtpmap")
        .flatten()
        .filter_map(|value| value.split_once(' '))
        .find(|(number, _)| number.parse() == Ok(payload_type))
        .map(|(_, mapping)| mapping)
}
