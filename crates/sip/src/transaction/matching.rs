//! Which transaction a message belongs to: RFC 3261 §17.1.3 and §17.2.3.
//!
//! A transaction is named by a keyed 64-bit hash of what identifies it: top Via branch, sent-by and method, or
//! for clients of RFC 2543, whose branch lacks the magic cookie, the header fields that §17.2.3 lists. Our
//! choice: the hash stands for the identity. Its key is secret and a table is bounded, so nobody can make two
//! transactions meet, and a table entry holds no bytes of the request.
//!
//! Our choice: branch and sent-by are compared byte by byte. ACK, CANCEL and retransmissions copy the Via of
//! their INVITE.
//!
//! Our choice: where an edge names the client that it forwards for, that client is part of the identity, so that two
//! clients of one edge never share a transaction, and none cancels the INVITE of another.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use super::event::ServerKey;
use crate::message::header::Via;
use crate::message::{Method, Request, Response};

/// Names transactions; each layer has its own.
#[derive(Debug, Default)]
pub(super) struct Matching(RandomState);

/// What one request is identified by beyond its own transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestKey(u64);

/// The identity of a client transaction: branch and CSeq method (§17.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BranchKey(u64);

impl Matching {
    /// The server transaction that `request` belongs to. An ACK belongs to its INVITE.
    pub(super) fn server(&self, request: &Request) -> Option<ServerKey> {
        match request.method() {
            Method::Ack => self.server_as(request, &Method::Invite),
            method => self.server_as(request, method),
        }
    }

    /// The INVITE that a CANCEL is for (§9.2).
    pub(super) fn cancelled(&self, cancel: &Request) -> Option<ServerKey> {
        self.server_as(cancel, &Method::Invite)
    }

    fn server_as(&self, request: &Request, method: &Method) -> Option<ServerKey> {
        let via = request.headers().via().ok()?;
        let mut identity = self.identity();
        match via.transaction_branch() {
            Some(branch) => {
                identity.part(branch);
                identity.part(sent_by(&via));
                if let Some(client) = via.edge_flow() {
                    identity.part(client);
                }
            }
            None => self.rfc2543(request, &via, &mut identity)?,
        }
        identity.part(method.as_bytes());
        Some(ServerKey(identity.finish()))
    }

    /// §17.2.3, for a branch without the magic cookie. The To tag is left out: an ACK has that of the response,
    /// and the sequence number tells requests of one dialog apart.
    fn rfc2543(&self, request: &Request, via: &Via<'_>, identity: &mut Identity) -> Option<()> {
        let headers = request.headers();
        identity.part(request.uri_bytes());
        identity.part(headers.from().ok()?.tag().unwrap_or_default());
        identity.part(headers.call_id().ok()?);
        identity.number(headers.cseq().ok()?.sequence);
        identity.part(via.as_bytes());
        Some(())
    }

    /// From tag, Call-ID and CSeq, which name a request whatever path it took (§8.2.2.2), and by which an ACK
    /// finds the INVITE whose 2xx it answers (§13.2.2.4).
    pub(super) fn request(&self, request: &Request, method: &Method) -> Option<RequestKey> {
        let headers = request.headers();
        let mut identity = self.identity();
        identity.part(headers.from().ok()?.tag().unwrap_or_default());
        identity.part(headers.call_id().ok()?);
        identity.number(headers.cseq().ok()?.sequence);
        identity.part(method.as_bytes());
        Some(RequestKey(identity.finish()))
    }

    /// A To tag for a response that the layer makes itself: always the same one for requests of one call
    /// (§8.2.7).
    pub(super) fn tag(&self, request: &Request) -> String {
        let headers = request.headers();
        let mut identity = self.identity();
        identity.part(headers.from().ok().and_then(|from| from.tag()).unwrap_or_default());
        identity.part(headers.call_id().unwrap_or_default());
        format!("{:016x}", identity.finish())
    }

    /// The client transaction that a request of ours begins.
    pub(super) fn client(&self, request: &Request) -> Option<BranchKey> {
        let via = request.headers().via().ok()?;
        Some(self.branch(via.branch()?, request.method()))
    }

    /// The client transaction that a response is for (§17.1.3).
    pub(super) fn response(&self, response: &Response) -> Option<BranchKey> {
        let headers = response.headers();
        let via = headers.via().ok()?;
        let cseq = headers.cseq().ok()?;
        Some(self.branch(via.branch()?, &cseq.method))
    }

    fn branch(&self, branch: &[u8], method: &Method) -> BranchKey {
        let mut identity = self.identity();
        identity.part(branch);
        identity.part(method.as_bytes());
        BranchKey(identity.finish())
    }

    fn identity(&self) -> Identity {
        Identity(self.0.build_hasher())
    }
}

/// The protocol and sent-by of a Via: all before its parameters.
fn sent_by<'a>(via: &Via<'a>) -> &'a [u8] {
    let value = via.as_bytes();
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    value.get(..end).unwrap_or_default()
}

/// The hash in the making. Each part goes in with its length, so that parts cannot run into each other.
struct Identity(<RandomState as BuildHasher>::Hasher);

impl Identity {
    fn part(&mut self, bytes: &[u8]) {
        self.0.write_usize(bytes.len());
        self.0.write(bytes);
    }

    fn number(&mut self, number: u32) {
        self.0.write_u32(number);
    }

    fn finish(self) -> u64 {
        self.0.finish()
    }
}

/// A table by keys that are hashes already.
pub(super) type Table<K, V> = HashMap<K, V, BuildHasherDefault<Hashed>>;

/// Takes a key as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
