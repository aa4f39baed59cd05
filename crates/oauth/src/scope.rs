//! Scopes (RFC 6749 §3.3): a set of words, written with single spaces.

use std::collections::BTreeSet;
use std::fmt;

/// A set of scopes, not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Reads `scope-token *( SP scope-token )`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let in_token = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let valid = |token: &str| !token.is_empty() && token.bytes().all(in_token);
        text.split(' ').map(|token| valid(token).then(|| token.to_owned())).collect::<Option<_>>().map(Self)
    }

    /// Whether each of these scopes is one of the others.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, token) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(token)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_sets() {
        let scope = Scope::parse("b a b").unwrap();
        assert_eq!(scope.to_string(), "a b");
        assert!(Scope::parse("a").unwrap().is_within(&scope));
        assert!(!Scope::parse("a c").unwrap().is_within(&scope));
        for text in ["", " ", "a  b", " a", "a ", "a\"b", "a\\b", "a\tb", "ä"] {
            assert_eq!(Scope::parse(text), None, "{text:?}");
        }
    }
}
