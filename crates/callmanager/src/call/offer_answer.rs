//! Descriptions on their way from one leg to the other (RFC 3264).
//!
//! We offer and answer nothing ourselves: an offer of one party is the offer that the other one gets, and its answer
//! goes back. What may pass is decided in [`security`], what changes on the way in
//! [`origin`](super::origin).

use sdp::SessionDescription;
use sip::message::{Request, Response, StatusCode};

use super::Call;
use super::compose::Refusal;
use super::description::Description;
use super::security::{self, MediaTerms, Passage};
use crate::flow::LegId;

/// What a called device gets to hear of the asker's offer.
#[derive(Debug)]
pub(super) enum Media {
    /// There is no offer: the device makes it.
    Delayed,
    /// This offer.
    Offer(Description),
}

impl Media {
    pub(super) fn description(&self) -> Option<&Description> {
        match self {
            Self::Delayed => None,
            Self::Offer(offer) => Some(offer),
        }
    }
}

/// The session description of a request, if it has one.
pub(super) fn description(request: &Request) -> Option<Description> {
    body(request.body(), request.headers().content_type().ok().flatten().is_some_and(|kind| kind.is_sdp()))
}

/// The session description of a response, if it has one.
pub(super) fn description_of(response: &Response) -> Option<Description> {
    body(response.body(), response.headers().content_type().ok().flatten().is_some_and(|kind| kind.is_sdp()))
}

fn body(body: &[u8], is_sdp: bool) -> Option<Description> {
    (is_sdp && !body.is_empty()).then(|| Description::copy_from(body))
}

/// What becomes of an offer between a leg and another.
pub(super) fn judge_offer(offer: Option<&Description>, from: MediaTerms, to: MediaTerms) -> Result<Media, Refusal> {
    let Some(offer) = offer else { return Ok(Media::Delayed) };
    let parsed = parse(offer)?;
    match security::passage_of_offer(&parsed, from, to) {
        Passage::Forward => Ok(Media::Offer(offer.clone())),
        Passage::ForwardInClear => Ok(Media::Offer(security::in_clear(offer).into())),
        Passage::Refuse(why) => Err(refused(why)),
    }
}

/// Whether a device may offer this at all, whoever the other party is.
pub(super) fn check_own(request: &Request, terms: MediaTerms) -> Result<(), Refusal> {
    judge_offer(description(request).as_ref(), terms, terms).map(drop)
}

fn parse(description: &[u8]) -> Result<SessionDescription, Refusal> {
    SessionDescription::parse(description).map_err(|error| match error.refusal() {
        sdp::Refusal::NotAcceptableHere => refused("Session description not acceptable"),
        _ => Refusal::new(StatusCode::BAD_REQUEST).because("Malformed session description"),
    })
}

fn refused(why: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE).because(why)
}

impl Call {
    /// Carries an offer of one leg to the other: what the other one is to be sent.
    pub(super) fn carry_offer(&mut self, from: LegId, to: LegId, offer: &Description) -> Result<Description, Refusal> {
        let (from_terms, to_terms) = self.terms(from, to)?;
        let media = judge_offer(Some(offer), from_terms, to_terms)?;
        self.carried(from, to, offer, media.description().unwrap_or(offer))
    }

    /// Carries an answer of one leg to the other, which made the offer.
    pub(super) fn carry_answer(
        &mut self,
        from: LegId,
        to: LegId,
        answer: &Description,
    ) -> Result<Description, Refusal> {
        let (from_terms, to_terms) = self.terms(from, to)?;
        let offer = self.legs.get(&from).and_then(|leg| leg.origin.last().cloned());
        let offer = offer.ok_or_else(|| refused("Answer without offer"))?;
        let (offer, parsed) = (parse(&offer)?, parse(answer)?);
        match security::passage_of_answer(&offer, &parsed, from_terms, to_terms) {
            Passage::Refuse(why) => Err(refused(why)),
            Passage::Forward | Passage::ForwardInClear => {
                self.record_media(security::call_security(&parsed, from_terms, to_terms), security::suites(&parsed));
                self.carried(from, to, answer, answer)
            }
        }
    }

    fn terms(&self, from: LegId, to: LegId) -> Result<(MediaTerms, MediaTerms), Refusal> {
        match (self.legs.get(&from), self.legs.get(&to)) {
            (Some(from), Some(to)) => Ok((from.terms, to.terms)),
            _ => Err(Refusal::new(StatusCode::SERVER_INTERNAL_ERROR)),
        }
    }

    fn carried(
        &mut self,
        from: LegId,
        to: LegId,
        received: &Description,
        sent: &Description,
    ) -> Result<Description, Refusal> {
        if let Some(from) = self.legs.get_mut(&from) {
            from.received = Some(received.clone());
        }
        let to = self.legs.get_mut(&to).ok_or(Refusal::new(StatusCode::SERVER_INTERNAL_ERROR))?;
        Ok(to.origin.write(sent))
    }
}
