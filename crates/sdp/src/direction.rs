//! The direction of a stream (RFC 8866 §6.7) and its negotiation (RFC 3264 §6.1, §8.4).

/// Which way media flows, as seen by the endpoint that wrote the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// `a=inactive`
    Inactive,
    /// `a=recvonly`
    ReceiveOnly,
    /// `a=sendonly`
    SendOnly,
    /// `a=sendrecv`, and the default (RFC 8866 §6.7)
    #[default]
    SendReceive,
}

impl Direction {
    /// From what the endpoint does.
    pub fn from_flags(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendReceive,
            (true, false) => Self::SendOnly,
            (false, true) => Self::ReceiveOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// The registered attribute name.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::ReceiveOnly => "recvonly",
            Self::SendOnly => "sendonly",
            Self::SendReceive => "sendrecv",
        }
    }

    /// From an attribute name.
    pub fn from_attribute(name: &str) -> Option<Self> {
        [Self::Inactive, Self::ReceiveOnly, Self::SendOnly, Self::SendReceive]
            .into_iter()
            .find(|direction| name.eq_ignore_ascii_case(direction.attribute()))
    }

    /// Does the endpoint send?
    pub fn sends(self) -> bool {
        matches!(self, Self::SendOnly | Self::SendReceive)
    }

    /// Does the endpoint receive?
    pub fn receives(self) -> bool {
        matches!(self, Self::ReceiveOnly | Self::SendReceive)
    }

    /// The same stream as the other end sees it.
    pub fn reversed(self) -> Self {
        Self::from_flags(self.receives(), self.sends())
    }

    /// What remains when both must agree.
    pub fn and(self, other: Self) -> Self {
        Self::from_flags(self.sends() && other.sends(), self.receives() && other.receives())
    }
}

#[cfg(test)]
mod tests {
    use super::Direction::{self, Inactive, ReceiveOnly, SendOnly, SendReceive};

    #[test]
    fn answer_directions_of_rfc_3264() {
        // RFC 3264 §6.1: an answerer that wants everything answers with the reverse of the offer.
        let rows = [(SendOnly, ReceiveOnly), (ReceiveOnly, SendOnly), (SendReceive, SendReceive), (Inactive, Inactive)];
        for (offered, answered) in rows {
            assert_eq!(offered.reversed().and(SendReceive), answered);
        }
        assert_eq!(SendReceive.reversed().and(SendOnly), SendOnly);
        assert_eq!(SendOnly.reversed().and(SendOnly), Inactive);
    }

    #[test]
    fn attribute_names_in_any_case() {
        assert_eq!(Direction::from_attribute("SendOnly"), Some(SendOnly));
        assert_eq!(Direction::from_attribute("ptime"), None);
    }
}
