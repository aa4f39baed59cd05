//! Why a packet went no further.

/// Why a packet went no further. None of these is told to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// Signalling has given no key for this side yet.
    NoKey,
    /// Not protected with a key of this side's peer.
    Forged,
    /// It came before, or is older than the replay list.
    Replayed,
    /// Neither RTP nor RTCP, or cut off.
    Malformed,
    /// A control packet without encryption.
    Unencrypted,
    /// More synchronization sources than a call has use for.
    TooManySources,
    /// An opener that is not the other half's, or an older one.
    Opener,
    /// The other side has nobody to send to yet.
    NoDestination,
    /// The system had no room for it.
    Congested,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::NoKey,
        Self::Forged,
        Self::Replayed,
        Self::Malformed,
        Self::Unencrypted,
        Self::TooManySources,
        Self::Opener,
        Self::NoDestination,
        Self::Congested,
    ];

    /// A stable word for counters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::Forged => "forged",
            Self::Replayed => "replayed",
            Self::Malformed => "malformed",
            Self::Unencrypted => "unencrypted",
            Self::TooManySources => "too_many_sources",
            Self::Opener => "opener",
            Self::NoDestination => "no_destination",
            Self::Congested => "congested",
        }
    }
}

/// How many packets were dropped, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Drops([u64; DropReason::ALL.len()]);

impl Drops {
    pub(super) fn count(&mut self, reason: DropReason) {
        if let Some(count) = self.0.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// Those that happened.
    pub(super) fn list(&self) -> Vec<(&'static str, u64)> {
        let all = DropReason::ALL.iter().zip(self.0);
        all.filter(|(_, count)| *count > 0).map(|(reason, count)| (reason.code(), count)).collect()
    }
}
