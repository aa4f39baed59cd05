//! What ends a user's tokens and sessions: User Management > End User > Revoke.

use authorization::{RevokeError, UnixTime};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{AuditRecord, EndUser};

use super::CcmAdmin;
use super::edit::path_of;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::submission::Submission;

/// `POST /ccmadmin/end-user/revoke`: all tokens of the user, or those of one client.
pub(super) async fn revoke(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    form: Submission,
) -> Result<Response, PageError> {
    let client = Some(form.text("client")).filter(|client| !client.is_empty());
    let (user, families) = end_tokens(&ccmadmin, &administrator, form.text("name"), client).await?;
    let text = match client {
        Some(client) => {
            let values: [&dyn std::fmt::Display; 3] = [&user, &client, &families];
            administrator.language.fill("The tokens of {0} for {1} were revoked ({2} sign-ins).", &values)
        }
        None => administrator.language.fill("All tokens of {0} were revoked ({1} sign-ins).", &[&user, &families]),
    };
    administrator.tell(Flash::done(text));
    Ok(Redirect::to(&path_of::<EndUser>("edit", &user)).into_response())
}

/// `POST /ccmadmin/end-user/sign-out`: the tokens of all clients, and the browser sessions here.
pub(super) async fn sign_out(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    form: Submission,
) -> Result<Response, PageError> {
    let (user, _) = end_tokens(&ccmadmin, &administrator, form.text("name"), None).await?;
    administrator.sign_out_everywhere(&user);
    administrator.tell(Flash::done(administrator.language.fill("{0} is signed out everywhere.", &[&user])));
    Ok(Redirect::to(&path_of::<EndUser>("edit", &user)).into_response())
}

/// The user in the spelling of the directory, and how many sign-ins came to their end.
async fn end_tokens(
    ccmadmin: &CcmAdmin,
    administrator: &Administrator,
    user: &str,
    client: Option<&str>,
) -> Result<(String, usize), PageError> {
    let directory = ccmadmin.repository.load().await?;
    let now = runtime::clock::unix_seconds();
    let revoking = ccmadmin.server.revoke_user(&directory, user, client, UnixTime(now));
    let revoked = revoking.await.map_err(|error| match error {
        RevokeError::UnknownUser => PageError::NotFound,
        RevokeError::AnotherClient => PageError::Forbidden,
        RevokeError::Repository(error) => {
            tracing::error!(%error, "tokens cannot be revoked");
            PageError::Unavailable
        }
    })?;
    let record = AuditRecord {
        unix_time: now,
        author: administrator.author(),
        action: "revoke".to_owned(),
        object: format!("End User \"{}\"", revoked.user),
        detail: client.map_or_else(|| "all clients".to_owned(), |client| format!("client {client}")),
    };
    ccmadmin.repository.audit(record).await?;
    Ok((revoked.user, revoked.families.len()))
}
