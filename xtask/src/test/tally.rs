//! How many tests passed, failed and were left out, read from what `cargo test` prints.

use std::fmt;

/// A count of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Tally {
    /// A check that is one thing, and holds.
    pub(crate) const ONE: Tally = Tally { passed: 1, failed: 0, skipped: 0 };

    pub(crate) fn plus(self, other: Tally) -> Tally {
        Tally {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    /// The count in one `test result:` line, where this is one.
    pub(crate) fn from_line(line: &str) -> Option<Tally> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |word: &str| {
            counts.split(';').find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok()).unwrap_or(0)
        };
        Some(Tally { passed: count("passed"), failed: count("failed"), skipped: count("ignored") })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { passed, failed, skipped } = self;
        write!(formatter, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cargos_line() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s";
        assert_eq!(Tally::from_line(line), Some(Tally { passed: 12, failed: 3, skipped: 1 }));
        assert_eq!(Tally::from_line("test sip::parses ... ok"), None);
    }

    #[test]
    fn says_the_plain_line() {
        let tally = Tally { passed: 412, failed: 0, skipped: 2 };
        assert_eq!(tally.to_string(), "412 passed, 0 failed, 2 skipped");
    }
}
