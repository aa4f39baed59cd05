//! A session description on its way through a call: octets that may hold keys.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

/// The octets of a session description. Its `Debug` form shows how many, and nothing else (threat SEC-1).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Description(Bytes);

impl Description {
    pub(super) fn copy_from(octets: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(octets))
    }
}

impl Deref for Description {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Description {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets.into())
    }
}

impl From<Description> for Bytes {
    fn from(description: Description) -> Self {
        description.0
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<description of {} octets>", self.0.len())
    }
}
