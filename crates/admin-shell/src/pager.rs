//! Paging: output stops when the window is full, and goes on when the reader says so.

use unicode_width::UnicodeWidthChar;

/// What the reader sees when the window is full.
pub(crate) const MORE: &str = "--More-- (<space> next page, <enter> next line, <q> no more)";

/// What the reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The next page.
    Page,
    /// The next line.
    Line,
    /// Nothing more of this command.
    Quit,
}

/// Counts the rows that a command has filled.
#[derive(Debug)]
pub(crate) struct Pager {
    rows: usize,
    columns: usize,
    filled: usize,
    /// Whether a line may come whatever its height: or a long one would never.
    owed: bool,
    quit: bool,
}

impl Pager {
    /// A pager for a window; one of no rows never stops.
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns: columns.max(1), filled: 0, owed: true, quit: false }
    }

    /// The window has another size from now on.
    pub(crate) fn resize(&mut self, rows: usize, columns: usize) {
        (self.rows, self.columns) = (rows, columns.max(1));
    }

    /// Whether the reader wants no more.
    pub(crate) fn has_quit(&self) -> bool {
        self.quit
    }

    /// Splits what can be shown now from what must wait until the reader has said something.
    pub(crate) fn split<'a>(&mut self, text: &'a str) -> (&'a str, &'a str) {
        let mut shown = 0;
        for line in text.split_inclusive('\n') {
            let height = self.height(line);
            if self.rows > 1 && !self.owed && self.filled + height > self.rows - 1 {
                break;
            }
            self.owed = false;
            self.filled += height;
            shown += line.len();
        }
        text.split_at_checked(shown).unwrap_or((text, ""))
    }

    /// The reader has said something.
    pub(crate) fn wish(&mut self, wish: Wish) {
        self.owed = true;
        match wish {
            Wish::Page => self.filled = 0,
            Wish::Line => self.filled = self.rows.saturating_sub(2),
            Wish::Quit => self.quit = true,
        }
    }

    /// The rows that a line takes.
    fn height(&self, line: &str) -> usize {
        let width: usize = line.chars().map(|c| c.width().unwrap_or(0)).sum();
        width.div_ceil(self.columns).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_row_less_than_the_window() {
        let mut pager = Pager::new(4, 80);
        assert_eq!(pager.split("1\n2\n3\n4\n5\n"), ("1\n2\n3\n", "4\n5\n"));
        pager.wish(Wish::Line);
        assert_eq!(pager.split("4\n5\n"), ("4\n", "5\n"));
        pager.wish(Wish::Page);
        assert_eq!(pager.split("5\n"), ("5\n", ""));
        assert_eq!(pager.split("6\n7\n8\n"), ("6\n7\n", "8\n"), "the pieces of a command add up");
        pager.wish(Wish::Quit);
        assert!(pager.has_quit());
    }

    #[test]
    fn a_long_line_counts_by_its_rows() {
        let mut pager = Pager::new(4, 10);
        let line = format!("{}\n", "x".repeat(21));
        assert_eq!(pager.split(&format!("{line}2\n")), (line.as_str(), "2\n"));
        let mut pager = Pager::new(3, 10);
        let longer = format!("{}\n", "x".repeat(200));
        assert_eq!(pager.split(&longer), (longer.as_str(), ""), "one that is longer than the window is shown at once");
    }

    #[test]
    fn a_line_of_several_rows_comes_when_a_line_is_wished_for() {
        let mut pager = Pager::new(3, 10);
        let long = format!("{}\n", "x".repeat(21));
        let text = format!("1\n2\n{long}4\n");
        assert_eq!(pager.split(&text).0, "1\n2\n");
        pager.wish(Wish::Line);
        assert_eq!(pager.split(&text[4..]), (long.as_str(), "4\n"));
    }

    #[test]
    fn a_window_of_no_rows_never_stops() {
        let text = "x\n".repeat(1000);
        assert_eq!(Pager::new(0, 0).split(&text), (text.as_str(), ""));
    }
}
