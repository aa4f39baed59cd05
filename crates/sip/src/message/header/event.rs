//! Event and Subscription-State (RFC 6665 §8.2).

use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// The value of Event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event package, with its templates.
    pub package: &'a [u8],
    /// The parameters, as `id`.
    pub parameters: Parameters<'a>,
}

/// The value of Subscription-State.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionState<'a> {
    /// `active`, `pending`, `terminated`, or another token.
    pub state: &'a [u8],
    /// The parameters, as `expires` and `reason`.
    pub parameters: Parameters<'a>,
}

impl<'a> SubscriptionState<'a> {
    /// Whether the subscription has ended.
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case(b"terminated")
    }
}

/// `token *( SEMI generic-param )`
fn parse(value: &[u8]) -> Option<(&[u8], Parameters<'_>)> {
    let end = syntax::find(value, b';').unwrap_or(value.len());
    let (token, parameters) = value.split_at_checked(end)?;
    let token = syntax::trim_end(token);
    Some((syntax::is_token(token).then_some(token)?, Parameters::parse(parameters)?))
}

impl Headers {
    /// Event.
    pub fn event(&self) -> Result<Option<Event<'_>>, Violation> {
        let event = self.parsed(HeaderName::Event, parse)?;
        Ok(event.map(|(package, parameters)| Event { package, parameters }))
    }

    /// Subscription-State.
    pub fn subscription_state(&self) -> Result<Option<SubscriptionState<'_>>, Violation> {
        let state = self.parsed(HeaderName::SubscriptionState, parse)?;
        Ok(state.map(|(state, parameters)| SubscriptionState { state, parameters }))
    }
}
