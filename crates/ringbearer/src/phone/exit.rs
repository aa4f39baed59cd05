//! How the phone ends, in exit codes that scripts know.

use std::process::ExitCode;

/// An end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Exit {
    /// As the user asked.
    #[default]
    Done,
    /// The command line cannot be followed: a file is missing or of another form.
    Usage,
    /// No node can be reached.
    Unreachable,
    /// The user or the device was refused.
    Refused,
    /// The nodes' certificates are not trusted, or TLS failed otherwise.
    Tls,
    /// A fault of ours.
    Internal,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Refused => 4,
            Self::Tls => 5,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
