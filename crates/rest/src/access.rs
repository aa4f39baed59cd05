//! Who is let in: a token that is good, whose owner may still do what it permits; or a user by password, to make one.

use std::net::IpAddr;

use authorization::{ApiScope, ApiToken, LAST_USED_SECONDS, TokenHash, UnixTime};
use axum::http::{HeaderMap, HeaderValue, header};
use directory::EndUser;
use runtime::clock::Reading;
use web::basic::{self, BasicError};

use crate::Rest;
use crate::context::Caller;
use crate::problem::{Kind, Problem};
use crate::route::Access;

/// RFC 6750 §3.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer realm=\"ringbearer\"");
const INVALID: HeaderValue = HeaderValue::from_static("Bearer realm=\"ringbearer\", error=\"invalid_token\"");

/// Finds out who asks. Whether that is enough is [`permit`]'s to say.
pub(crate) async fn identify(
    rest: &Rest,
    access: Access,
    headers: &HeaderMap,
    (source, now): (IpAddr, Reading),
) -> Result<Caller, Problem> {
    if access == Access::Anybody {
        return Ok(Caller { name: String::new(), token: None, hash: None, scopes: Vec::new() });
    }
    if access == Access::TokenMaker && is_basic(headers) {
        return by_password(rest, headers, (source, now)).await;
    }
    let token = bearer(headers).ok_or_else(|| missing(access))?;
    by_token(rest, TokenHash::of(token.as_bytes()), now).await
}

/// Whether a token still permits what it permitted when a long answer began.
pub(crate) async fn still_permits(rest: &Rest, caller: &Caller, scope: ApiScope, now: Reading) -> Result<(), Problem> {
    let hash = caller.hash.ok_or_else(invalid)?;
    permit(Access::Scope(scope), &by_token(rest, hash, now).await?)
}

/// Whether the caller may ask for it.
pub(crate) fn permit(access: Access, caller: &Caller) -> Result<(), Problem> {
    let scope = match access {
        Access::Anybody | Access::AnyToken => return Ok(()),
        Access::TokenMaker if caller.token.is_none() => return Ok(()),
        Access::TokenMaker => ApiScope::Admin,
        Access::Scope(scope) => scope,
    };
    if caller.may(scope) {
        return Ok(());
    }
    let detail = format!("this needs the scope {scope}, and that the token's owner has a role that permits it");
    let challenge = format!("Bearer realm=\"ringbearer\", error=\"insufficient_scope\", scope=\"{scope}\"");
    let problem = Problem::new(Kind::Forbidden, detail);
    Err(match HeaderValue::from_str(&challenge) {
        Ok(challenge) => problem.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => problem,
    })
}

async fn by_token(rest: &Rest, hash: TokenHash, now: Reading) -> Result<Caller, Problem> {
    let found = rest.tokens.api_token(hash).await;
    let found = found.map_err(|error| Problem::of_repository(error, &[]))?;
    let unix = UnixTime(now.unix_seconds);
    let token = found.filter(|token| !token.is_over(unix)).ok_or_else(invalid)?;
    let directory = (rest.directory)();
    let owner = directory.user(token.owner.as_str()).filter(|owner| owner.active).ok_or_else(invalid)?;
    note_use(rest, &token, unix).await;
    let scopes = permitted(&token.scopes, owner);
    Ok(Caller { name: owner.user_id.to_string(), token: Some(token.id), hash: Some(hash), scopes })
}

/// A token never permits more than its owner's role does now.
fn permitted(scopes: &[ApiScope], owner: &EndUser) -> Vec<ApiScope> {
    scopes.iter().copied().filter(|scope| scope.is_permitted(owner)).collect()
}

async fn note_use(rest: &Rest, token: &ApiToken, now: UnixTime) {
    if token.last_used.is_some_and(|last| now.0 < last.0.saturating_add(LAST_USED_SECONDS)) {
        return;
    }
    if let Err(error) = rest.tokens.note_api_token_use(token.id, now).await {
        tracing::warn!(%error, token = %token.id, "that an API token was used is not noted");
    }
}

async fn by_password(rest: &Rest, headers: &HeaderMap, (source, now): (IpAddr, Reading)) -> Result<Caller, Problem> {
    let directory = (rest.directory)();
    let judges = (rest.server.as_ref(), rest.passwords.as_ref());
    match basic::sign_in_administrator(judges, &directory, headers, (source, now.monotonic)).await {
        Ok(user) => {
            let scopes = ApiScope::all().filter(|scope| scope.is_permitted(user)).collect();
            Ok(Caller { name: user.user_id.to_string(), token: None, hash: None, scopes })
        }
        Err(BasicError::Unauthorized) => Err(missing(Access::TokenMaker)),
        Err(BasicError::Forbidden) => {
            Err(Problem::new(Kind::Forbidden, "the role Standard AXL API Access is needed to make a token"))
        }
        Err(BasicError::Locked { retry_after }) => {
            Err(Problem::new(Kind::TooManyRequests, "too many failures to sign in: wait").retry_after(retry_after))
        }
        Err(BasicError::Unavailable) => Err(Problem::unavailable()),
    }
}

fn missing(access: Access) -> Problem {
    let what = "send an API token as \"Authorization: Bearer …\"";
    match access {
        Access::TokenMaker => {
            let detail = format!("sign in by HTTP Basic with the role Standard AXL API Access, or {what}");
            let problem = Problem::new(Kind::Unauthorized, detail);
            problem.with_header(header::WWW_AUTHENTICATE, basic::CHALLENGE)
        }
        _ => Problem::new(Kind::Unauthorized, what).with_header(header::WWW_AUTHENTICATE, BEARER),
    }
}

/// Unknown, over, revoked, or of a user who is gone: which, nobody hears.
fn invalid() -> Problem {
    let problem = Problem::new(Kind::Unauthorized, "the API token is not good, or not any more");
    problem.with_header(header::WWW_AUTHENTICATE, INVALID)
}

fn is_basic(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    value.and_then(|value| value.get(..6)).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "))
}

/// RFC 6750 §2.1: in one header, and nowhere else.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
