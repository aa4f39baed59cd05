//! Who gives commands, and which.

use directory::{Author, Surface};

/// What an administrator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Look at everything, change nothing.
    ReadOnly,
    /// Change everything.
    Full,
}

/// Who gives commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// The name in the audit log: a user ID, or the number of a user of the machine.
    pub name: String,
    /// What the administrator may do.
    pub access: Access,
}

impl Administrator {
    /// One who may change everything.
    #[must_use]
    pub fn full(name: impl Into<String>) -> Self {
        Self { name: name.into(), access: Access::Full }
    }

    /// The author of what the administrator does, for the audit log.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { name: self.name.clone(), surface: Surface::Cli }
    }
}
