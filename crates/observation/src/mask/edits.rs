//! A text in which parts are replaced; as long as none is, nothing is copied.

use std::borrow::Cow;

/// Takes replacements from the front of a text to its end.
pub(super) struct Edits<'t> {
    text: &'t str,
    done: usize,
    out: Option<String>,
}

impl<'t> Edits<'t> {
    /// No replacement yet.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, done: 0, out: None }
    }

    /// Replaces what stands between two positions, neither of them before the end of the last replacement.
    pub(super) fn replace(&mut self, from: usize, to: usize, with: &str) {
        let out = self.out.get_or_insert_with(|| String::with_capacity(self.text.len() + with.len()));
        out.push_str(self.text.get(self.done..from).unwrap_or_default());
        out.push_str(with);
        self.done = to;
    }

    /// The text with its replacements.
    pub(super) fn finish(self) -> Cow<'t, str> {
        match self.out {
            None => Cow::Borrowed(self.text),
            Some(mut out) => {
                out.push_str(self.text.get(self.done..).unwrap_or_default());
                Cow::Owned(out)
            }
        }
    }
}
