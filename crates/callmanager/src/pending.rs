//! Stand-ins for the `sip` types that are landing at this moment.

use bytes::Bytes;

#[derive(Debug, Clone)]
pub struct Request(pub Bytes);
#[derive(Debug, Clone)]
pub struct Response(pub Bytes);
/// `sip::transaction::ServerKey`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerKey(pub u64);
