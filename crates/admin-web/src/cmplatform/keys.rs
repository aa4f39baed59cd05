//! The cluster's token keys, by their hashes: to compare nodes and Expressways, and to make new ones.

use administration::AuthorizationKey;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::KEYS;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{ConfirmPage, Services, back_to, told};

#[derive(Template)]
#[template(path = "cmplatform/keys.html")]
struct KeysPage {
    frame: Frame,
    rows: Vec<(&'static str, &'static str, String)>,
    refusal: Option<String>,
}

/// The title of a key: a key of the catalogues.
fn title(key: AuthorizationKey) -> &'static str {
    let label = |key: &'static str| key;
    match key {
        AuthorizationKey::Signing => label("Signing key"),
        AuthorizationKey::Encryption => label("Encryption key"),
    }
}

/// `GET /cmplatform/keys`
pub(super) async fn get(State(services): State<Services>, frame: Frame) -> Result<Response, PageError> {
    let mut rows = Vec::new();
    for key in AuthorizationKey::ALL {
        rows.push((key.as_str(), title(key), services.administration.key_hash(key).await?));
    }
    let directory = services.repository.load().await?;
    let refusal = services.administration.on_publisher(&directory).err();
    let refusal = refusal.map(|refusal| told(frame.language, &refusal));
    Ok(Page(KeysPage { frame, rows, refusal }).into_response())
}

/// `GET /cmplatform/keys/{key}/regenerate`
pub(super) async fn confirm(frame: Frame, Path(key): Path<String>) -> Result<Response, PageError> {
    let key = AuthorizationKey::find(&key).ok_or(PageError::NotFound)?;
    let title = match key {
        AuthorizationKey::Signing => frame.tr("Regenerate the signing key"),
        AuthorizationKey::Encryption => frame.tr("Regenerate the encryption key"),
    };
    let page = ConfirmPage {
        title: title.to_owned(),
        sentences: vec![
            frame.tr("Every access and refresh token that was issued so far ends, and all users have to sign in again.").to_owned(),
            frame.tr("All nodes take the new key over within seconds. Then refresh the Unified CM servers on each Expressway-C.").to_owned(),
        ],
        action: format!("/cmplatform/keys/{}/regenerate", key.as_str()),
        fields: Vec::new(),
        button: frame.tr("Regenerate").to_owned(),
        back: KEYS.to_owned(),
        frame,
    };
    Ok(page.into_response())
}

/// `POST /cmplatform/keys/{key}/regenerate`
pub(super) async fn regenerate(
    State(services): State<Services>,
    administrator: Administrator,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let key = AuthorizationKey::find(&key).ok_or(PageError::NotFound)?;
    let language = administrator.language;
    match services.administration.regenerate_key(&administrator.author(), key).await {
        Ok(hash) => administrator.tell(Flash::done(language.fill("There is a new key. Its hash: {0}", &[&hash]))),
        Err(error) => administrator.tell(Flash::failed(told(language, &error))),
    }
    Ok(back_to(KEYS))
}
