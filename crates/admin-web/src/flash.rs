//! Messages that one request leaves for the next page of its browser session.

/// How a message is meant. It is told by a word and a sign, not by its colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It is done.
    Done,
    /// It is done, and there is something to do yet.
    Notice,
    /// It is not done.
    Failed,
}

/// A message, in the language of whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub mood: Mood,
    /// What it says.
    pub text: String,
    /// Where to go on, if anywhere: the text of the link and its path.
    pub link: Option<(String, String)>,
}

impl Flash {
    /// It is done.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        Self { mood: Mood::Done, text: text.into(), link: None }
    }

    /// It is done, and there is something to do yet.
    #[must_use]
    pub fn notice(text: impl Into<String>) -> Self {
        Self { mood: Mood::Notice, text: text.into(), link: None }
    }

    /// It is not done.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self { mood: Mood::Failed, text: text.into(), link: None }
    }

    /// The message with a link behind it.
    #[must_use]
    pub fn with_link(mut self, text: impl Into<String>, path: impl Into<String>) -> Self {
        self.link = Some((text.into(), path.into()));
        self
    }

    /// The word before the text: a key of the catalogues.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.mood {
            Mood::Done => "Done",
            Mood::Notice => "Notice",
            Mood::Failed => "Not done",
        }
    }

    /// The name of its style.
    #[must_use]
    pub fn style(&self) -> &'static str {
        match self.mood {
            Mood::Done => "done",
            Mood::Notice => "notice",
            Mood::Failed => "failed",
        }
    }
}
