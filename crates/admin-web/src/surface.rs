//! A face of the administration: its routes, each for reading or for writing, and its place in the menu.
//!
//! The permission is a layer around each route. It asks before the handler runs, and so before anything of the request is
//! looked at but its session and its form token. [`Surface::routes`] names every route with what it asks for, so that a test
//! can try each of them as everybody.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{MethodRouter, get};

use crate::account::Permission;
use crate::error::PageError;
use crate::guard::Context;

/// A part of the menu.
#[derive(Clone, Copy, Debug)]
pub struct Menu {
    /// Its title: a key of the catalogues.
    pub title: &'static str,
    /// Its pages.
    pub items: &'static [MenuItem],
}

/// A page of the menu.
#[derive(Clone, Copy, Debug)]
pub struct MenuItem {
    /// Its title: a key of the catalogues.
    pub title: &'static str,
    /// Where it is.
    pub path: &'static str,
}

/// A route and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path, with `{name}` for what varies.
    pub path: String,
    /// What the account must be allowed.
    pub permission: Permission,
}

/// A face of the administration.
#[derive(Debug, Default)]
pub struct Surface {
    pub(crate) router: Router,
    pub(crate) routes: Vec<Route>,
    pub(crate) menus: Vec<Menu>,
}

impl Surface {
    /// A face whose handlers work on a state.
    #[must_use]
    pub fn over<S: Clone + Send + Sync + 'static>(state: S) -> SurfaceBuilder<S> {
        SurfaceBuilder { router: Router::new(), routes: Vec::new(), menus: Vec::new(), state }
    }

    /// Two faces as one; the other's part of the menu comes behind.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.routes.extend(other.routes);
        self.menus.extend(other.menus);
        self
    }

    /// Every route, with what it asks for.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

/// A face in the making.
#[derive(Debug)]
pub struct SurfaceBuilder<S> {
    router: Router<S>,
    routes: Vec<Route>,
    menus: Vec<Menu>,
    state: S,
}

impl<S: Clone + Send + Sync + 'static> SurfaceBuilder<S> {
    /// A page that every account may see. It answers GET and HEAD alone, whatever is routed.
    #[must_use]
    pub fn read(self, path: &str, handlers: MethodRouter<S, Infallible>) -> Self {
        self.route(path, handlers, Permission::Read)
    }

    /// What only an administrator may do or see.
    #[must_use]
    pub fn write(self, path: &str, handlers: MethodRouter<S, Infallible>) -> Self {
        self.route(path, handlers, Permission::Write)
    }

    /// A short address, with and without a slash at its end, that leads to a page.
    #[must_use]
    pub fn entrance(self, path: &str, to: &'static str) -> Self {
        let lead = || get(async move || Redirect::to(to));
        let slashed = format!("{path}/");
        let own = if slashed == to { self } else { self.read(&slashed, lead()) };
        own.read(path, lead())
    }

    /// A part of the menu.
    #[must_use]
    pub fn menu(mut self, menu: Menu) -> Self {
        self.menus.push(menu);
        self
    }

    /// The face.
    #[must_use]
    pub fn build(self) -> Surface {
        Surface { router: self.router.with_state(self.state), routes: self.routes, menus: self.menus }
    }

    fn route(mut self, path: &str, handlers: MethodRouter<S, Infallible>, permission: Permission) -> Self {
        let guarded = handlers.layer(from_fn_with_state(permission, require));
        self.router = self.router.route(path, guarded);
        self.routes.push(Route { path: path.to_owned(), permission });
        self
    }
}

async fn require(State(permission): State<Permission>, request: Request, next: Next) -> Result<Response, PageError> {
    let context = request.extensions().get::<Context>().ok_or(PageError::SignedOut)?;
    let administrator = context.administrator().ok_or(PageError::SignedOut)?;
    if administrator.permission < permission {
        return Err(PageError::Forbidden);
    }
    if permission == Permission::Read && !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(PageError::Method);
    }
    Ok(next.run(request).await)
}
