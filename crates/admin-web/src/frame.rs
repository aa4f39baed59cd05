//! What surrounds every page: the menu, who is signed in, the language, messages. A page is a template with a `frame`.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::account::Permission;
use crate::assets;
use crate::error::PageError;
use crate::flash::Flash;
use crate::guard::Context;
use crate::language::Language;
use crate::page::Page;
use crate::surface::{Menu, MenuItem};

/// What `layout.html` asks for.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub language: Language,
    /// The product.
    pub product: &'static str,
    /// The node.
    pub node: String,
    /// The name of the account that is signed in.
    pub who: Option<String>,
    /// The token of the page's forms, in their field `csrf`.
    pub form_token: String,
    /// The messages that waited for this page.
    pub flashes: Vec<Flash>,
    /// The path and query of the page.
    pub path: String,
    menus: Vec<Menu>,
    permission: Option<Permission>,
}

impl Frame {
    pub(crate) fn of(context: &Context) -> Self {
        let foundation = context.foundation();
        let administrator = context.administrator();
        Self {
            language: context.language(),
            product: foundation.product,
            node: foundation.node.clone(),
            who: administrator.map(|account| account.name.clone()),
            form_token: context.form_token().to_owned(),
            flashes: context.take_flashes(),
            path: context.path().to_owned(),
            menus: if administrator.is_some() { foundation.menus.clone() } else { Vec::new() },
            permission: administrator.map(|account| account.permission),
        }
    }

    /// The text in the language of the page.
    #[must_use]
    pub fn tr<'a>(&self, key: &'a str) -> &'a str {
        self.language.tr(key)
    }

    /// The text with `{0}`, `{1}`, … replaced.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[&dyn std::fmt::Display]) -> String {
        self.language.fill(key, values)
    }

    /// The text with `{0}` replaced: for templates.
    #[must_use]
    pub fn say(&self, key: &str, value: impl std::fmt::Display) -> String {
        self.language.fill(key, &[&value])
    }

    /// The text with `{0}` and `{1}` replaced: for templates.
    #[must_use]
    pub fn say_both(&self, key: &str, first: impl std::fmt::Display, second: impl std::fmt::Display) -> String {
        self.language.fill(key, &[&first, &second])
    }

    /// Whether the account may change anything.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.permission == Some(Permission::Write)
    }

    /// The parts of the menu.
    #[must_use]
    pub fn menus(&self) -> &[Menu] {
        &self.menus
    }

    /// Whether the page is this one of the menu, or below it.
    #[must_use]
    pub fn is_at(&self, item: &MenuItem) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        let here = |own: &str| {
            let own = own.trim_end_matches('/');
            path == own || path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'))
        };
        // The longest path that fits is the page.
        let longest = self.menus.iter().flat_map(|menu| menu.items).filter(|item| here(item.path));
        longest.map(|item| item.path).max_by_key(|path| path.len()) == Some(item.path)
    }

    /// The address of a file that pages load.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        format!("/assets/{}/{name}", assets::version())
    }

    /// The languages to choose from.
    #[must_use]
    pub fn languages(&self) -> [Language; 3] {
        Language::ALL
    }

    pub(crate) fn error_page(self, error: &PageError) -> Page<impl Template + use<>> {
        let (title, text) = error.texts();
        let said = match error {
            PageError::Request(said) => said.clone(),
            _ => String::new(),
        };
        Page(ErrorPage { frame: self, status: error.status(), title, text, said })
    }
}

impl<S: Sync> FromRequestParts<S> for Frame {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        let context = parts.extensions.get::<Context>().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(Self::of(context))
    }
}

/// The context itself, for what the foundation serves.
impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        // Cannot panic: the guard is around every route of the foundation.
        Ok(parts.extensions.get::<Self>().cloned().expect("the guard ran"))
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    status: StatusCode,
    title: &'static str,
    text: &'static str,
    said: String,
}

/// The sign-in page, from which one comes back to a path.
pub(crate) fn sign_in_path(next: &str) -> String {
    match next {
        "" | "/" => "/sign-in".to_owned(),
        next => {
            format!("/sign-in?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish())
        }
    }
}
