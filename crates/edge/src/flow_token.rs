//! Flow tokens (RFC 5626 §5.2, EDG-3): made here, read here, believed by nobody else.
//!
//! A token is 33 octets in base64url, 44 characters: what it names (1), its number (8), a nonce (8) that depends on the
//! peer's address, and the first 16 octets of an HMAC-SHA256 over the proxy's role and all of these. So a token that
//! this process made is told from a forged one also when its flow is gone: the first answer is `430`, the other `403`.
//!
//! A flow keeps its token from beginning to end. When the key is rotated, the token of a flow that lives is still
//! the one that the flow has; older keys are kept to tell a dead flow from a forgery.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::flow::FlowToken;
use crate::key::Key;
use crate::media::Role;

/// Keys of which tokens are still recognised. Our choice.
const OLDER_KEYS: usize = 7;

const OCTETS: usize = 33;
const TAG: usize = 16;

/// What a token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    /// A phone's flow; on C, the flow of a phone at E.
    Phone(u64),
    /// The traversal link, whichever connection it is at the time.
    Traversal,
    /// A connection to a Unified CM node.
    Zone(u64),
}

/// The keys of one proxy.
#[derive(Debug)]
pub(crate) struct FlowTokens {
    role: Role,
    current: Key,
    older: VecDeque<Key>,
}

impl FlowTokens {
    pub(crate) fn new(role: Role, secret: &[u8; 32]) -> Self {
        Self { role, current: Key::derive(secret, "flow token"), older: VecDeque::new() }
    }

    /// Makes tokens with another key from now on.
    pub(crate) fn rotate(&mut self, secret: &[u8; 32]) {
        let older = std::mem::replace(&mut self.current, Key::derive(secret, "flow token"));
        self.older.push_front(older);
        self.older.truncate(OLDER_KEYS);
    }

    /// Makes the token of a flow whose peer has this address.
    pub(crate) fn mint(&self, named: Named, peer: &str) -> FlowToken {
        let (kind, number) = named.to_parts();
        let nonce: [u8; 8] = self.current.short_tag(&[b"nonce", &[kind], &number.to_be_bytes(), peer.as_bytes()]);
        let mut octets = Vec::with_capacity(OCTETS);
        octets.push(kind);
        octets.extend_from_slice(&number.to_be_bytes());
        octets.extend_from_slice(&nonce);
        octets.extend_from_slice(&tag(&self.current, self.role, &octets));
        FlowToken::from(URL_SAFE_NO_PAD.encode(octets).as_str())
    }

    /// What a text would name if it were one of our tokens: to be compared with the token that the flow has.
    pub(crate) fn claim(text: &[u8]) -> Option<Named> {
        let (body, _) = decode(text)?;
        let (kind, number) = body.split_first()?;
        Named::from_parts(*kind, u64::from_be_bytes(*number.first_chunk()?))
    }

    /// Whether this proxy made the token, with the key of now or one of the older ones.
    pub(crate) fn is_ours(&self, text: &[u8]) -> bool {
        let Some((body, written)) = decode(text) else {
            return false;
        };
        std::iter::once(&self.current).chain(&self.older).any(|key| {
            // Compared without a shortcut, so that its time says nothing of how many octets are right.
            let differences = tag(key, self.role, &body).iter().zip(&written).fold(0, |all, (a, b)| all | (a ^ b));
            differences == 0
        })
    }
}

/// Whether two tokens are the same, in a time that does not depend on where they differ.
pub(crate) fn is_same(one: &FlowToken, other: &[u8]) -> bool {
    let one = one.as_str().as_bytes();
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn tag(key: &Key, role: Role, body: &[u8]) -> [u8; TAG] {
    let role: &[u8] = match role {
        Role::ExpresswayE => b"E",
        Role::ExpresswayC => b"C",
    };
    key.short_tag(&[role, body])
}

/// What is signed, and the tag. Only the one text that encodes these octets is read.
fn decode(text: &[u8]) -> Option<([u8; OCTETS - TAG], [u8; TAG])> {
    let octets = URL_SAFE_NO_PAD.decode(text).ok()?;
    let octets: &[u8; OCTETS] = octets.as_slice().try_into().ok()?;
    Some((*octets.first_chunk()?, *octets.last_chunk()?))
}

impl Named {
    const fn to_parts(self) -> (u8, u64) {
        match self {
            Self::Phone(number) => (1, number),
            Self::Traversal => (2, 0),
            Self::Zone(number) => (3, number),
        }
    }

    const fn from_parts(kind: u8, number: u64) -> Option<Self> {
        match (kind, number) {
            (1, number) => Some(Self::Phone(number)),
            (2, 0) => Some(Self::Traversal),
            (3, number) => Some(Self::Zone(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> FlowTokens {
        FlowTokens::new(Role::ExpresswayE, &[7; 32])
    }

    #[test]
    fn edg_3_a_token_with_any_character_changed_is_not_ours() {
        let tokens = tokens();
        let token = tokens.mint(Named::Phone(41), "203.0.113.9:4711");
        assert!(tokens.is_ours(token.as_str().as_bytes()));
        assert_eq!(token.as_str().len(), 44);
        for index in 0..44 {
            for replacement in *b"AZaz09-_=. \0" {
                let mut forged = token.as_str().as_bytes().to_vec();
                if forged[index] == replacement {
                    continue;
                }
                forged[index] = replacement;
                assert!(!tokens.is_ours(&forged), "{index}");
            }
        }
        for forged in [&b""[..], b"A", &token.as_str().as_bytes()[..43], &[token.as_str().as_bytes(), b"A"].concat()] {
            assert!(!tokens.is_ours(forged));
        }
    }

    #[test]
    fn edg_3_a_token_is_bound_to_role_number_and_peer() {
        let tokens = tokens();
        let token = tokens.mint(Named::Phone(41), "203.0.113.9:4711");
        assert_eq!(FlowTokens::claim(token.as_str().as_bytes()), Some(Named::Phone(41)));
        assert!(!FlowTokens::new(Role::ExpresswayC, &[7; 32]).is_ours(token.as_str().as_bytes()));
        assert_ne!(token, tokens.mint(Named::Phone(41), "203.0.113.9:4712"));
        assert_ne!(token, tokens.mint(Named::Phone(42), "203.0.113.9:4711"));
        assert_ne!(token, tokens.mint(Named::Zone(41), "203.0.113.9:4711"));
    }

    #[test]
    fn edg_3_a_rotated_key_recognises_older_tokens() {
        let mut tokens = tokens();
        let token = tokens.mint(Named::Phone(1), "a");
        for round in 0..OLDER_KEYS {
            tokens.rotate(&[round as u8; 32]);
            assert!(tokens.is_ours(token.as_str().as_bytes()), "{round}");
        }
        tokens.rotate(&[99; 32]);
        assert!(!tokens.is_ours(token.as_str().as_bytes()));
    }
}
