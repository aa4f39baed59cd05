//! Granting a code (RFC 6749 §4.1.1).

use directory::{Directory, UserId};
use oauth::{CodeRequest, ErrorCode, ErrorResponse, Scope};
use token::UnixTime;

use super::AuthorizationServer;
use crate::{AuthorizationCode, Client, RepositoryError, TokenHash};

/// The one scope there is: what the vendor's softphone asks for, and what a request without a scope gets.
pub const DEFAULT_SCOPE: &str = "UnifiedCommunications:readwrite";

/// A request that is refused before anybody signs in. The client hears it by redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestRefusal {
    /// A scope that there is not.
    UnknownScope,
}

impl From<RequestRefusal> for ErrorResponse {
    fn from(refusal: RequestRefusal) -> Self {
        match refusal {
            RequestRefusal::UnknownScope => {
                Self::new(ErrorCode::InvalidScope, format!("the only scope is {DEFAULT_SCOPE}"))
            }
        }
    }
}

/// What is to be granted, and to whom.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    /// The client.
    pub client: &'a Client,
    /// The redirection that the request named, if it named one.
    pub redirect_uri: Option<&'a str>,
    /// What it asked for.
    pub request: &'a CodeRequest,
    /// Who signed in.
    pub user: &'a UserId,
}

impl AuthorizationServer {
    /// Whether the request may be granted to somebody.
    pub fn check_request(&self, request: &CodeRequest) -> Result<(), RequestRefusal> {
        granted_scope(request.scope.as_ref()).map(|_| ())
    }

    /// Grants a code to a user who signed in, or says that the user may not use the device that the tokens are to be bound to.
    pub async fn issue_code(
        &self,
        directory: &Directory,
        new: NewCode<'_>,
        now: UnixTime,
    ) -> Result<Result<String, ErrorResponse>, RepositoryError> {
        let scope = match granted_scope(new.request.scope.as_ref()) {
            Ok(scope) => scope,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let device = match &new.request.device {
            None => None,
            Some(name) => match directory.device(name).filter(|device| device.is_of_user(new.user.as_str())) {
                Some(device) => Some(device.name.to_string()),
                None => {
                    let description = "the user may not use this device";
                    return Ok(Err(ErrorResponse::new(ErrorCode::AccessDenied, description)));
                }
            },
        };
        let secret: [u8; 32] = self.random();
        let code = hexadecimal(&secret);
        let family = uuid::Builder::from_random_bytes(self.random()).into_uuid();
        let stored = AuthorizationCode {
            hash: TokenHash::of(code.as_bytes()),
            client_id: new.client.id.clone(),
            user: new.user.to_string(),
            redirect_uri: new.redirect_uri.unwrap_or_default().to_owned(),
            code_challenge: new.request.code_challenge.as_str().to_owned(),
            scope: scope.to_string(),
            device,
            family,
            issued_at: now,
            spent_at: None,
        };
        self.repository.store_code(stored).await?;
        Ok(Ok(code))
    }
}

fn granted_scope(requested: Option<&Scope>) -> Result<Scope, RequestRefusal> {
    let default = Scope::parse(DEFAULT_SCOPE).expect("the default scope is well-formed");
    match requested {
        None => Ok(default),
        Some(requested) if requested.is_within(&default) => Ok(requested.clone()),
        Some(_) => Err(RequestRefusal::UnknownScope),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(digit.into(), 16));
        }
        out
    })
}
