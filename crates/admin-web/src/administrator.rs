//! Who asks: the account of the browser session that a request belongs to.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use directory::{Author, Surface};

use crate::account::Permission;
use crate::error::PageError;
use crate::flash::Flash;
use crate::guard::Context;
use crate::language::Language;

/// The account that asks. Handlers of a [`crate::Surface`] always find one, with the permission of their route.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// The account's name.
    pub name: String,
    /// What it may do.
    pub permission: Permission,
    /// The token that its forms carry (`csrf`).
    pub form_token: String,
    /// The language that it reads.
    pub language: Language,
    context: Context,
}

impl Administrator {
    /// The author of what it does, for the audit log.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { name: self.name.clone(), surface: Surface::Web }
    }

    /// Leaves a message for the next page that the browser session sees.
    pub fn tell(&self, flash: Flash) {
        self.context.tell(flash);
    }

    /// Ends every browser session of an account on this node.
    pub fn sign_out_everywhere(&self, account: &str) {
        self.context.foundation().sessions.end_all_of(account);
    }
}

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, PageError> {
        let context = parts.extensions.get::<Context>().cloned().ok_or(PageError::SignedOut)?;
        let signed_in = context.administrator().ok_or(PageError::SignedOut)?;
        let (name, permission) = (signed_in.name.clone(), signed_in.permission);
        let (form_token, language) = (context.form_token().to_owned(), context.language());
        Ok(Self { name, permission, form_token, language, context })
    }
}
