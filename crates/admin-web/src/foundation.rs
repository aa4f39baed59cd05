//! What all pages of a node share, and the router that puts it around them.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{get, post};
use runtime::clock::Reading;

use crate::account::Accounts;
use crate::session::{Limits, Sessions};
use crate::set_up_code::SetUpCode;
use crate::surface::{Menu, Surface};
use crate::{assets, guard, language, set_up, sign_in};

/// What the pages are told about their node.
pub struct Settings {
    /// The product, as the vendor's administration calls its like.
    pub product: &'static str,
    /// The node's name.
    pub node: String,
    /// Where one goes after signing in.
    pub home: &'static str,
    /// How long sessions last.
    pub sessions: Limits,
    /// The code that making the first administrator asks for.
    pub set_up_code: SetUpCode,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

/// What all pages share.
pub(crate) struct Foundation {
    pub(crate) product: &'static str,
    pub(crate) node: String,
    pub(crate) home: &'static str,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) sessions: Sessions,
    pub(crate) set_up_code: SetUpCode,
    pub(crate) clock: Box<dyn Fn() -> Reading + Send + Sync>,
    pub(crate) menus: Vec<Menu>,
    /// Of this process: a form that was loaded before it began is out of date.
    pub(crate) form_key: hmac::Key,
}

/// The pages of a node: its faces, and signing in.
///
/// Handlers find the peer's address as `ConnectInfo<SocketAddr>`; without one, all peers count as one.
pub fn router(settings: Settings, accounts: Arc<dyn Accounts>, surface: Surface) -> Router {
    let random: [u8; 32] = runtime::random::bytes();
    let foundation = Arc::new(Foundation {
        product: settings.product,
        node: settings.node,
        home: settings.home,
        accounts,
        sessions: Sessions::new(settings.sessions),
        set_up_code: settings.set_up_code,
        clock: settings.clock,
        menus: surface.menus,
        form_key: hmac::Key::new(hmac::HMAC_SHA256, &random),
    });
    let home = foundation.home;
    surface
        .router
        .route("/", get(move || async move { Redirect::to(home) }))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/set-up", post(set_up::post))
        .route("/language", post(language::choose))
        .route("/assets/{version}/{name}", get(assets::get))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(from_fn_with_state(foundation, guard::guard))
}
