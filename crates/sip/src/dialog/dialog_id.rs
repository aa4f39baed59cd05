//! The name of a dialog (RFC 3261 §12).

use bytes::Bytes;

use crate::message::{Request, Response, Violation};

/// Call-ID, local tag and remote tag. The tags of the two ends are each other's, swapped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DialogId {
    call_id: Bytes,
    local_tag: Bytes,
    remote_tag: Bytes,
}

impl DialogId {
    /// A dialog id of copies of these octets.
    pub fn new(call_id: &[u8], local_tag: &[u8], remote_tag: &[u8]) -> Self {
        Self {
            call_id: Bytes::copy_from_slice(call_id),
            local_tag: Bytes::copy_from_slice(local_tag),
            remote_tag: Bytes::copy_from_slice(remote_tag),
        }
    }

    /// The dialog that a received request belongs to: our tag is in To.
    pub fn of_request(request: &Request) -> Result<Self, Violation> {
        let headers = request.headers();
        let local_tag = headers.to()?.tag().unwrap_or_default();
        let remote_tag = headers.from()?.tag().unwrap_or_default();
        Ok(Self::new(headers.call_id()?, local_tag, remote_tag))
    }

    /// The dialog that a received response belongs to: our tag is in From.
    pub fn of_response(response: &Response) -> Result<Self, Violation> {
        let headers = response.headers();
        let local_tag = headers.from()?.tag().unwrap_or_default();
        let remote_tag = headers.to()?.tag().unwrap_or_default();
        Ok(Self::new(headers.call_id()?, local_tag, remote_tag))
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &Bytes {
        &self.call_id
    }

    /// Our tag.
    pub fn local_tag(&self) -> &Bytes {
        &self.local_tag
    }

    /// The peer's tag.
    pub fn remote_tag(&self) -> &Bytes {
        &self.remote_tag
    }
}
