//! Why the edge refuses, and what it answers.

/// Why a request is refused, or a message dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing yet.
    Unspecified,
}
