//! Loops through devices that send our INVITE back to us (RFC 3261 §16.3 step 4 does this for proxies).
//!
//! Across a B2BUA the Via of the first leg is gone, so a loop is not seen in Via. Two things remain:
//! - Max-Forwards is copied from the incoming INVITE to the outgoing one and decremented (RFC 7332 §5); at 0 the
//!   answer is 483. This bounds every loop.
//! - Our choice: the outgoing INVITE carries `X-Ringbearer-Visited`, the numbers that the call has been to. A device
//!   that passes the INVITE on keeps it; a number that comes up again is answered with 482 at once. A device can
//!   leave the field out or lie in it: that gains it nothing but the end of its own call.

use directory::DirectoryNumber;

use super::limits::{DIVERSIONS, MAX_FORWARDS};

/// The name of our header field.
pub(super) const VISITED: &str = "X-Ringbearer-Visited";

/// The numbers that a call has been to, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Visited(Vec<DirectoryNumber>);

/// The call has been to this number before, or to too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LoopDetected;

impl Visited {
    /// Reads our header field from an incoming INVITE; what is not ours to read is passed over.
    pub(super) fn parse<'a>(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let numbers = values
            .flat_map(|value| value.split(|byte| *byte == b','))
            .filter_map(|number| std::str::from_utf8(number).ok())
            .filter_map(|number| DirectoryNumber::new(number.trim()).ok());
        Self(numbers.take(DIVERSIONS + 1).collect())
    }

    /// Goes on to `number`.
    pub(super) fn enter(&mut self, number: &DirectoryNumber) -> Result<(), LoopDetected> {
        if self.0.contains(number) || self.0.len() > DIVERSIONS {
            return Err(LoopDetected);
        }
        self.0.push(number.clone());
        Ok(())
    }

    /// The value of the header field.
    pub(super) fn value(&self) -> String {
        self.0.iter().map(DirectoryNumber::as_str).collect::<Vec<_>>().join(",")
    }
}

/// The Max-Forwards of the outgoing INVITE, or `None` for 483.
pub(super) fn decrement(max_forwards: Option<u8>) -> Option<u8> {
    max_forwards.unwrap_or(MAX_FORWARDS).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rte_3_a_number_that_comes_up_again_is_a_loop() {
        let mut visited = Visited::parse([b"1001, 1002".as_slice()].into_iter());
        assert_eq!(visited.enter(&DirectoryNumber::new("1003").unwrap()), Ok(()));
        assert_eq!(visited.value(), "1001,1002,1003");
        assert_eq!(visited.enter(&DirectoryNumber::new("1002").unwrap()), Err(LoopDetected));
    }

    #[test]
    fn rte_3_a_chain_of_forwards_has_an_end() {
        let mut visited = Visited::default();
        let numbers = (0..=DIVERSIONS).map(|n| DirectoryNumber::new(&n.to_string()).unwrap());
        assert!(numbers.map(|number| visited.enter(&number)).all(|entered| entered.is_ok()));
        assert_eq!(visited.enter(&DirectoryNumber::new("9999").unwrap()), Err(LoopDetected));
    }

    #[test]
    fn rte_3_max_forwards_goes_down_to_the_end() {
        assert_eq!(decrement(None), Some(69));
        assert_eq!(decrement(Some(1)), Some(0));
        assert_eq!(decrement(Some(0)), None);
    }
}
