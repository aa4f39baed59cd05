//! The media of a call: offers and answers (RFC 3264), and what they settled on.

use std::net::SocketAddr;

use bytes::Bytes;
use sdp::{AudioCapability, Direction, Negotiated, OfferAnswer, Refusal, SdpError, SecurityPolicy, SessionDescription};
use sip::message::{Headers, StatusCode};

use crate::config::DeviceSecurityMode;
use crate::context::Context;
use crate::event::Hold;

/// The media type of a session description.
pub(super) const SDP: &str = "application/sdp";

/// The media of a call.
pub(super) struct Media {
    /// None until the user has said where we receive.
    session: Option<OfferAnswer>,
    /// What the user wants to do.
    pub(super) wanted: Direction,
    /// What the far end has agreed that we do.
    told: Direction,
    /// What our unanswered offer says.
    offered: Direction,
    settled: Option<Negotiated>,
}

impl Media {
    /// Media without an address yet.
    pub(super) fn none() -> Self {
        let both = Direction::SendReceive;
        Self { session: None, wanted: both, told: both, offered: both, settled: None }
    }

    /// Media received at `address`.
    pub(super) fn open(&mut self, address: SocketAddr, context: &mut Context) {
        let encrypted = context.config.sip_oauth_mode || context.config.security_mode == DeviceSecurityMode::Encrypted;
        let security = match (encrypted, context.settings.srtp_fallback) {
            (true, false) => SecurityPolicy::Required,
            (true, true) => SecurityPolicy::Fallback,
            (false, _) => SecurityPolicy::Clear,
        };
        let telephone_event = context.config.telephone_event_payload_type;
        let capability = AudioCapability { security, telephone_event, ..AudioCapability::secure(address) };
        self.session = Some(OfferAnswer::new(capability, context.number()));
    }

    /// An offer of what the user wants.
    pub(super) fn offer(&mut self, context: &mut Context) -> Result<Bytes, SdpError> {
        let session = self.session.as_mut().ok_or(SdpError::OutOfTurn)?;
        let offer = session.offer(self.wanted, &mut *context.random)?;
        self.offered = self.wanted;
        Ok(offer.to_bytes().into())
    }

    /// Whether an offer of ours waits for its answer.
    pub(super) fn is_offer_sent(&self) -> bool {
        self.session.as_ref().is_some_and(OfferAnswer::is_offer_sent)
    }

    /// Whether the far end has to hear of what the user wants.
    pub(super) fn is_behind(&self) -> bool {
        self.wanted != self.told && !self.is_offer_sent()
    }

    /// The user's wish was refused: what was agreed stands.
    pub(super) fn give_in(&mut self) {
        self.wanted = self.told;
    }

    /// Our offer was refused.
    pub(super) fn withdraw(&mut self) {
        if let Some(session) = &mut self.session {
            session.withdraw();
        }
    }

    /// Takes the answer to our offer.
    pub(super) fn receive_answer(&mut self, answer: &SessionDescription) -> Result<(), SdpError> {
        let session = self.session.as_mut().ok_or(SdpError::OutOfTurn)?;
        self.settled = Some(session.receive_answer(answer)?);
        self.told = self.offered;
        Ok(())
    }

    /// Answers an offer with what the user wants.
    pub(super) fn answer(&mut self, offer: &SessionDescription, context: &mut Context) -> Result<Bytes, SdpError> {
        let session = self.session.as_mut().ok_or(SdpError::OutOfTurn)?;
        let (answer, settled) = session.answer(offer, self.wanted, &mut *context.random)?;
        self.told = self.wanted;
        self.settled = Some(settled);
        Ok(answer.to_bytes().into())
    }

    /// What was agreed, and who holds.
    pub(super) fn settled(&self) -> Option<(Negotiated, Hold)> {
        let settled = self.settled.clone()?;
        let hold = Hold { local: !self.told.receives(), remote: !settled.direction.sends() };
        Some((settled, hold))
    }
}

/// The session description of a message, if it has one. The error is the status that refuses it.
pub(super) fn description(headers: &Headers, body: &[u8]) -> Result<Option<SessionDescription>, Unreadable> {
    if body.is_empty() {
        return Ok(None);
    }
    match headers.content_type() {
        Ok(Some(content_type)) if content_type.is_sdp() => {
            SessionDescription::parse(body).map(Some).map_err(Unreadable::Sdp)
        }
        _ => Err(Unreadable::MediaType),
    }
}

/// Why a body is no session description.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is something else.
    MediaType,
    /// It breaks the grammar or a limit.
    Sdp(SdpError),
}

impl Unreadable {
    /// The answer to a request with such a body.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Sdp(error) => refusal(error),
        }
    }

    /// As an error of the media.
    pub(super) fn into_error(self) -> SdpError {
        match self {
            Self::MediaType => SdpError::Syntax(None),
            Self::Sdp(error) => error,
        }
    }
}

/// The answer to an offer that cannot be had.
pub(super) fn refusal(error: &SdpError) -> StatusCode {
    match error.refusal() {
        Refusal::BadRequest => StatusCode::BAD_REQUEST,
        Refusal::NotAcceptableHere => StatusCode::NOT_ACCEPTABLE_HERE,
        Refusal::ServerInternalError => StatusCode::SERVER_INTERNAL_ERROR,
    }
}
