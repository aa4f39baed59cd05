//! The replay list (RFC 3711 §3.3.2): which of the last indices were received.

/// A window of 128 indices behind the highest received one.
#[derive(Debug, Clone, Default)]
pub(super) struct ReplayWindow {
    highest: Option<u64>,
    /// Bit n: `highest - n` was received.
    received: u128,
}

impl ReplayWindow {
    /// Is this index new? Nothing changes: the packet is not authenticated yet.
    pub(super) fn is_new(&self, index: u64) -> bool {
        match self.highest {
            Some(highest) if index <= highest => {
                let behind = highest - index;
                behind < u64::from(u128::BITS) && self.received >> behind & 1 == 0
            }
            _ => true,
        }
    }

    /// Was any index received?
    pub(super) fn is_known(&self) -> bool {
        self.highest.is_some()
    }

    /// Remembers the index of an authenticated packet. True: it is the highest now.
    pub(super) fn accept(&mut self, index: u64) -> bool {
        let highest = self.highest.unwrap_or(index);
        if index >= highest {
            let ahead = u32::try_from(index - highest).unwrap_or(u32::MAX);
            self.received = self.received.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = Some(index);
            return true;
        }
        if let Ok(behind) = u32::try_from(highest - index) {
            self.received |= 1_u128.checked_shl(behind).unwrap_or(0);
        }
        false
    }

    /// The index nearest to the highest received one that ends in these 16 bits
    /// (RFC 3711 §3.3.1).
    pub(super) fn index_of(&self, sequence_number: u16) -> u64 {
        let Some(highest) = self.highest else { return u64::from(sequence_number) };
        let step = sequence_number.wrapping_sub(highest as u16) as i16;
        highest.checked_add_signed(i64::from(step)).unwrap_or(u64::from(sequence_number))
    }
}

#[cfg(test)]
mod tests {
    use super::ReplayWindow;

    #[test]
    fn med_2_each_index_is_taken_once() {
        let mut window = ReplayWindow::default();
        for index in [5, 3, 4, 200, 199, 73] {
            assert!(window.is_new(index), "{index}");
            window.accept(index);
            assert!(!window.is_new(index), "{index}");
        }
        // 200 - 128: out of the window.
        assert!(!window.is_new(72));
        assert!(window.is_new(74));
        window.accept(1_000_000);
        assert!(!window.is_new(200));
        assert!(!window.is_new(1_000_000));
        assert!(window.is_new(999_999));
    }

    #[test]
    fn numbers_extend_over_wraps() {
        let mut window = ReplayWindow::default();
        assert_eq!(window.index_of(65_535), 65_535);
        window.accept(65_535);
        assert_eq!(window.index_of(0), 65_536);
        window.accept(65_537);
        assert_eq!(window.index_of(65_535), 65_535);
        window.accept(u64::from(u32::MAX));
        assert_eq!(window.index_of(3), u64::from(u32::MAX) + 4);
    }
}
