//! A webhook: where a node says what happens, with a signature of a secret that only the two know.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::{Rule, Violation};
use crate::line::check_text;
use crate::repository::{Author, RepositoryError, Version};

const OBJECT: &str = "Webhook";

/// What a webhook, or whoever follows events, may want to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// Registrations that begin and end.
    Registration,
    /// Calls that begin, are answered and end.
    Call,
    /// Requests that were refused.
    Refusal,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Registration, Self::Call, Self::Refusal];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Call => "call",
            Self::Refusal => "refusal",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A subscription. Its secret is not here: only a [`WebhookRepository`] has it, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Which.
    pub id: Uuid,
    /// What its maker calls it: one of each name.
    pub name: String,
    /// Where it is told; who may be told is the adapter's to check, which knows addresses.
    pub url: String,
    /// Of what it is told, without repetition.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything now.
    pub active: bool,
}

impl Webhook {
    /// The most webhooks of the cluster.
    pub const MOST: usize = 32;

    /// Checks everything but the address.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        if self.name.is_empty() {
            return Err(Violation::new(OBJECT, "Name", Rule::Required));
        }
        check_text(OBJECT, "Name", &self.name, 64)?;
        check_text(OBJECT, "URL", &self.url, 2048)?;
        if self.kinds.is_empty() {
            return Err(Violation::new(OBJECT, "Kinds", Rule::Required));
        }
        Ok(())
    }

    /// The refusal of an address.
    #[must_use]
    pub fn refused_url(reason: &'static str) -> Violation {
        Violation::new(OBJECT, "URL", Rule::Conflict { with: "the rules for addresses", reason })
    }

    /// The refusal of a name that another webhook has.
    #[must_use]
    pub fn duplicate_name(&self) -> Violation {
        Violation::new(OBJECT, "Name", Rule::Duplicate { value: self.name.clone() })
    }

    /// The refusal of one more webhook than there may be.
    #[must_use]
    pub fn too_many() -> Violation {
        Violation::new(OBJECT, "Webhooks", Rule::OutOfRange { least: 0, most: Self::MOST as u64 })
    }
}

/// What became of a change of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookChange {
    /// It is done.
    Done,
    /// There is none of that name.
    Absent,
    /// Somebody changed it since it was read.
    Changed,
}

/// Where webhooks are kept. Each change is a row of the audit log in the same transaction.
#[async_trait]
pub trait WebhookRepository: Send + Sync {
    /// All of them by name, with their versions.
    async fn webhooks(&self) -> Result<Vec<(Webhook, Version)>, RepositoryError>;

    /// Keeps a new one, with its secret.
    async fn add_webhook(&self, author: &Author, webhook: Webhook, secret: Vec<u8>) -> Result<(), RepositoryError>;

    /// Changes one that has this version still, or any.
    async fn change_webhook(
        &self,
        author: &Author,
        webhook: Webhook,
        version: Option<Version>,
    ) -> Result<WebhookChange, RepositoryError>;

    /// Ends one that has this version still, or any.
    async fn remove_webhook(
        &self,
        author: &Author,
        id: Uuid,
        version: Option<Version>,
    ) -> Result<WebhookChange, RepositoryError>;

    /// Its secret, for a signature only.
    async fn webhook_secret(&self, id: Uuid) -> Result<Option<Vec<u8>>, RepositoryError>;
}
