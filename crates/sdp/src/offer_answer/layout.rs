//! The places of the media descriptions, which no later offer may change (RFC 3264 §8).

use sdp_types::Media;

use crate::description::SessionDescription;

/// What stands at each place: the audio stream, or one that was refused.
#[derive(Debug, Default)]
pub(super) struct Layout {
    places: Vec<Place>,
}

#[derive(Debug)]
enum Place {
    Audio,
    Refused { media: String, protocol: String, format: String },
}

impl Layout {
    /// The layout of a peer's offer of which we take the stream at `audio`.
    pub(super) fn of(offer: &SessionDescription, audio: usize) -> Self {
        let places = offer
            .streams()
            .enumerate()
            .map(|(index, stream)| if index == audio { Place::Audio } else { refused(stream.media) })
            .collect();
        Self { places }
    }

    /// The place of the audio stream; the first of a session that has none yet.
    pub(super) fn audio_place(&self) -> usize {
        self.places.iter().position(|place| matches!(place, Place::Audio)).unwrap_or(0)
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.places.len().max(1)
    }

    /// The media descriptions, with `audio` at its place and port zero at all others.
    pub(super) fn fill(&self, audio: Media) -> Vec<Media> {
        if self.places.is_empty() {
            return vec![audio];
        }
        self.places
            .iter()
            .map(|place| match place {
                Place::Audio => audio.clone(),
                Place::Refused { media, protocol, format } => disabled(media, protocol, format),
            })
            .collect()
    }
}

fn refused(media: &Media) -> Place {
    Place::Refused { media: media.media.clone(), protocol: media.proto.clone(), format: media.fmt.clone() }
}

/// RFC 3264 §6: a refused stream has port zero, and still names its formats.
fn disabled(media: &str, protocol: &str, format: &str) -> Media {
    Media {
        media: media.to_owned(),
        port: 0,
        num_ports: None,
        proto: protocol.to_owned(),
        fmt: format.to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}
