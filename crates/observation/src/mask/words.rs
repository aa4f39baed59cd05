//! A set of words that are looked for in any case, in one pass.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Match, MatchKind};

/// Words of ASCII: what is found stands between characters.
pub(super) struct Words(AhoCorasick);

impl Words {
    pub(super) fn of(words: &[&str]) -> Self {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostFirst)
            .kind(Some(AhoCorasickKind::DFA))
            .build(words);
        Self(automaton.expect("an automaton holds a few short words"))
    }

    /// The first of them from a position on; of two at one place, the one that is named first. A message of one word over and over
    /// takes no longer than another.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Match> {
        self.0.find(Input::new(text).range(from.min(text.len())..))
    }
}
