//! Stand-ins for the `sip`, `token` and `directory` types that are landing at this moment.

use bytes::Bytes;

#[derive(Debug, Clone)]
pub struct Request(pub Bytes);
#[derive(Debug, Clone)]
pub struct Response(pub Bytes);
/// `sip::transaction::ServerKey`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerKey(pub u64);
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(pub std::sync::Arc<str>);
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserId(pub std::sync::Arc<str>);
#[derive(Debug)]
pub struct Directory;
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);
#[derive(Debug)]
pub struct VerifiedAccessToken;
#[derive(Debug)]
pub struct AccessTokenError;
