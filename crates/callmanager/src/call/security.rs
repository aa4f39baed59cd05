//! How well a call is protected, and which media a leg may have.
//!
//! The security of a call is that of its weakest part. `Encrypted`: both legs signal over TLS and all media is
//! SRTP. `Authenticated`: both legs signal over TLS, the media is in clear. `NotAuthenticated`: everything else. It
//! goes out in Call-Info (`security=`) and into the call detail record.
//!
//! A device in OAuth mode has no media in clear. Its calls are refused with 488 instead, unless it agreed to
//! `X-cisco-srtp-fallback` when it registered and the cluster allows it. Keys that came over TLS do not go out
//! over a flow without TLS: with the fallback the offer is made one for RTP without its keys, else it is refused.
//! Our choice: RFC 4568 §5 leaves a media line without a usable crypto attribute to the answerer; here it is
//! refused before the other party hears of it.

use std::fmt;

use sdp::{MediaSecurity, SessionDescription};
use sip::message::Method;

use super::fork::Fork;
use super::{Call, Purpose, Scope};
use crate::flow::{LegId, Listener, Reachable, Transport};
use crate::node_view::NodeView;

/// How well a call is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CallSecurity {
    /// A leg signals in clear.
    #[default]
    NotAuthenticated,
    /// Both legs signal over TLS, media is in clear.
    Authenticated,
    /// Both legs signal over TLS, media is SRTP.
    Encrypted,
}

impl fmt::Display for CallSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotAuthenticated => "NotAuthenticated",
            Self::Authenticated => "Authenticated",
            Self::Encrypted => "Encrypted",
        })
    }
}

/// What the media of one leg must and may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MediaTerms {
    /// The device signals over TLS.
    pub(super) signals_over_tls: bool,
    /// The device is in OAuth mode: SRTP or nothing.
    pub(super) encrypted_only: bool,
    /// Clear media is acceptable all the same: the device agreed and the cluster allows it.
    pub(super) may_fall_back: bool,
}

/// What becomes of a description on its way from one leg to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// It is forwarded.
    Forward,
    /// It is forwarded as one for RTP, without its keys.
    ForwardInClear,
    /// It is refused with 488; why.
    Refuse(&'static str),
}

impl MediaTerms {
    /// The terms of a device where it is registered.
    pub(super) fn of(node: &dyn NodeView, device: &Reachable) -> Self {
        let directory = node.directory();
        let profile = directory.device(device.device.as_str()).and_then(|device| directory.profile_of(device));
        let encrypted_only = matches!(device.listener, Listener::OAuth | Listener::MraOAuth)
            || profile.is_some_and(|profile| profile.oauth_authentication);
        Self {
            signals_over_tls: device.transport == Transport::Tls,
            encrypted_only,
            may_fall_back: device.srtp_fallback && node.running().srtp_fallback_allowed,
        }
    }

    fn refuses_clear_media(self) -> bool {
        self.encrypted_only && !self.may_fall_back
    }
}

/// Judges an offer, or an announced description, on its way between two legs.
pub(super) fn passage_of_offer(offer: &SessionDescription, from: MediaTerms, to: MediaTerms) -> Passage {
    passage(sdp::security_of(offer), from, to)
}

/// Judges an answer against the offer as the answerer got it.
pub(super) fn passage_of_answer(
    offer: &SessionDescription,
    answer: &SessionDescription,
    from: MediaTerms,
    to: MediaTerms,
) -> Passage {
    match passage(sdp::security_of_answer(offer, answer), from, to) {
        // The offer for RTP that a fallback made has no keys, so its answer has none to take away.
        Passage::ForwardInClear => Passage::Refuse("Keys answered over a flow in clear"),
        passage => passage,
    }
}

fn passage(security: MediaSecurity, from: MediaTerms, to: MediaTerms) -> Passage {
    match security {
        MediaSecurity::NoMedia => Passage::Forward,
        MediaSecurity::Clear if from.refuses_clear_media() || to.refuses_clear_media() => {
            Passage::Refuse("Encrypted media required")
        }
        MediaSecurity::Clear => Passage::Forward,
        MediaSecurity::Encrypted if from.signals_over_tls && !to.signals_over_tls => match from.may_fall_back {
            true => Passage::ForwardInClear,
            false => Passage::Refuse("Keys would go out in clear"),
        },
        MediaSecurity::Encrypted => Passage::Forward,
        MediaSecurity::Unusable(_) if from.encrypted_only || to.encrypted_only => {
            Passage::Refuse("No usable crypto attribute")
        }
        MediaSecurity::Unusable(_) => Passage::Forward,
    }
}

/// The description as one for RTP: each secure profile becomes its clear one, and the keys go.
pub(super) fn in_clear(description: &[u8]) -> Vec<u8> {
    let mut clear = Vec::with_capacity(description.len());
    for line in description.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"m=") {
            clear.extend_from_slice(String::from_utf8_lossy(line).replacen(" RTP/SAVP", " RTP/AVP", 1).as_bytes());
        } else if !line.starts_with(b"a=crypto:") {
            clear.extend_from_slice(line);
        }
    }
    clear
}

/// The security of a call between two legs with this answer.
pub(super) fn call_security(answer: &SessionDescription, one: MediaTerms, other: MediaTerms) -> CallSecurity {
    if !one.signals_over_tls || !other.signals_over_tls {
        return CallSecurity::NotAuthenticated;
    }
    match sdp::security_of(answer) {
        MediaSecurity::Encrypted => CallSecurity::Encrypted,
        _ => CallSecurity::Authenticated,
    }
}

/// The cipher suites that an answer settles on, each once, as RFC 4568 §6.2 names them.
pub(super) fn suites(answer: &SessionDescription) -> Vec<&'static str> {
    let mut suites: Vec<_> = answer
        .streams()
        .filter(|stream| !stream.is_disabled())
        .filter_map(|stream| stream.crypto_attributes().next()?.ok())
        .map(|attribute| attribute.suite().name())
        .collect();
    suites.dedup();
    suites
}

impl Call {
    /// The security that the call will have if a device takes the offer as it is. `None`: that is not known yet.
    pub(super) fn expected_security(fork: &Fork, called: MediaTerms) -> Option<CallSecurity> {
        let offer = SessionDescription::parse(fork.offer.as_deref()?).ok()?;
        let may_change = fork.terms.may_fall_back || called.may_fall_back;
        (!may_change).then(|| call_security(&offer, fork.terms, called))
    }

    /// Tells a device the security of its call, if it was told another one, by an UPDATE that changes nothing else.
    pub(super) fn tell_security(&mut self, scope: Scope<'_>, id: LegId) {
        let security = self.record.as_ref().map(|record| record.security);
        let Some(leg) = self.legs.get(&id) else { return };
        if leg.told != security && leg.allows_update && leg.path.flow.is_some() {
            self.send_session_request(scope, id, Method::Update, Purpose::Inform, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OAUTH: MediaTerms = MediaTerms { signals_over_tls: true, encrypted_only: true, may_fall_back: false };
    const OAUTH_FALLBACK: MediaTerms = MediaTerms { signals_over_tls: true, encrypted_only: true, may_fall_back: true };
    const PLAIN: MediaTerms = MediaTerms { signals_over_tls: false, encrypted_only: false, may_fall_back: false };

    #[test]
    fn med_3_clear_media_is_refused_for_an_oauth_device_on_either_side() {
        let refused = Passage::Refuse("Encrypted media required");
        assert_eq!(passage(MediaSecurity::Clear, OAUTH, OAUTH), refused);
        assert_eq!(passage(MediaSecurity::Clear, PLAIN, OAUTH), refused);
        assert_eq!(passage(MediaSecurity::Clear, OAUTH, PLAIN), refused);
        assert_eq!(passage(MediaSecurity::Clear, OAUTH_FALLBACK, OAUTH), refused);
        assert_eq!(passage(MediaSecurity::Clear, OAUTH_FALLBACK, PLAIN), Passage::Forward);
        assert_eq!(passage(MediaSecurity::Clear, PLAIN, PLAIN), Passage::Forward);
    }

    #[test]
    fn med_3_keys_do_not_go_out_in_clear() {
        assert_eq!(passage(MediaSecurity::Encrypted, OAUTH, PLAIN), Passage::Refuse("Keys would go out in clear"));
        assert_eq!(passage(MediaSecurity::Encrypted, OAUTH_FALLBACK, PLAIN), Passage::ForwardInClear);
        assert_eq!(passage(MediaSecurity::Encrypted, OAUTH, OAUTH), Passage::Forward);
    }

    #[test]
    fn a_description_in_clear_has_no_secure_profile_and_no_key() {
        let secure =
            b"v=0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\na=ptime:20\r\n";
        assert_eq!(&in_clear(secure)[..], b"v=0\r\nm=audio 4000 RTP/AVP 0\r\na=ptime:20\r\n");
    }
}
