//! What is refused at the node's HTTP ports, for those who watch.
//!
//! Whoever refuses leaves a [`Refused`] with the answer; it never goes on the wire. One layer around all surfaces makes a
//! [`Refusal`] of it, with the decision in steps: where the request came in, which credentials it brought, and each check
//! that was made. Of a request it keeps the method, the path, the user and a token's fingerprint, never its query, its body or a
//! password. Our choice: a request without credentials that is asked for them is not refused, but challenged, and is not told.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use directory::UserId;
use observation::{Place, Port, Refusal, Remedy, Step, StepOutcome, Transport, clip};
use token::TokenFingerprint;

use crate::basic::named_user;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The address asks too often, or too many ask at a time.
    TooManyRequests,
    /// The user or the password is wrong.
    Password,
    /// Too many failures from this address: the password was not looked at.
    Locked,
    /// The user has no role for this.
    Role,
    /// The credentials are another user's.
    AnotherUser,
    /// The client is not known, or its secret is wrong.
    Client,
    /// The code or the refresh token is not good: the authorization server's word.
    Grant(&'static str),
    /// The access token is not good: the verifier's word.
    AccessToken(&'static str),
    /// The API token is unknown, over or revoked.
    ApiToken,
    /// The API token does not permit it.
    Scope,
}

/// One check of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Connection,
    Credentials,
    RequestRate,
    LockOut,
    Password,
    Role,
    Owner,
    Client,
    Grant,
    AccessToken,
    ApiToken,
    Scope,
}

/// A refusal as it is left with an answer.
#[derive(Clone, Debug)]
pub struct Refused {
    reason: Reason,
    user: User,
}

/// Who is refused.
#[derive(Clone, Debug)]
enum User {
    /// Whom the credentials in the request's header name.
    OfHeader,
    /// Who was typed into a form, if it could be a user.
    Typed(Option<Box<str>>),
}

impl Reason {
    /// One of each kind.
    #[cfg(test)]
    const KINDS: [Self; 11] = [
        Self::TooManyRequests,
        Self::Password,
        Self::Locked,
        Self::Role,
        Self::AnotherUser,
        Self::Client,
        Self::Grant("code_expired"),
        Self::AccessToken("expired"),
        Self::AccessToken("revoked"),
        Self::ApiToken,
        Self::Scope,
    ];

    /// The reason code of logs and counters.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooManyRequests => "too-many-requests",
            Self::Password => "password-wrong",
            Self::Locked => "sign-in-locked",
            Self::Role => "role-missing",
            Self::AnotherUser => "another-user",
            Self::Client => "client-unknown",
            Self::Grant(word) | Self::AccessToken(word) => word,
            Self::ApiToken => "api-token-invalid",
            Self::Scope => "api-scope-missing",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::TooManyRequests => "there are too many requests at a time, or from this address",
            Self::Password => "the user ID or the password is not right, or the user is not active",
            Self::Locked => "the user failed to sign in too often from this address",
            Self::Role => "the user has no role that allows this",
            Self::AnotherUser => "the credentials are those of another user",
            Self::Client => "the OAuth client is not known, or its secret is not right",
            Self::Grant(_) => "the authorization code or the refresh token is not good",
            Self::AccessToken("revoked") => "the access token was revoked",
            Self::AccessToken(_) => "the access token is not good",
            Self::ApiToken => "the API token is not good, or not any more",
            Self::Scope => "the API token does not permit this, or its owner's role does not",
        }
    }

    /// The checks that were made, in their order: all but the last passed.
    fn checks(self) -> &'static [Check] {
        match self {
            Self::TooManyRequests => &[Check::RequestRate],
            Self::Password => &[Check::LockOut, Check::Password],
            Self::Locked => &[Check::LockOut],
            Self::Role => &[Check::LockOut, Check::Password, Check::Role],
            Self::AnotherUser => &[Check::Owner],
            Self::Client => &[Check::Client],
            Self::Grant(_) => &[Check::Client, Check::Grant],
            Self::AccessToken(_) => &[Check::AccessToken],
            Self::ApiToken => &[Check::ApiToken],
            Self::Scope => &[Check::ApiToken, Check::Scope],
        }
    }

    fn remedy(self, user: Option<&str>) -> Remedy {
        let of_user = user.map_or(Place::Client, |user| Place::EndUser(user.into()));
        match self {
            Self::TooManyRequests => {
                Remedy::at(Place::Client, "Let the client ask less often: the answer says when to come back.")
            }
            Self::Password => {
                Remedy::at(of_user, "Type the password again, or set a new one. The user must be active.")
            }
            Self::Locked => Remedy::at(of_user, "Wait: the answer says for how long. Stop the client that guesses."),
            Self::Role => Remedy::at(of_user, "Give the user the role, if that is meant."),
            Self::AnotherUser => Remedy::at(Place::Client, "Let the client ask for its own user."),
            Self::Client => Remedy::at(Place::Client, "Correct the client ID and the secret in the client."),
            Self::Grant("refresh_login_flow_disabled") => Remedy::at(
                Place::EnterpriseParameters,
                "Enable OAuth with Refresh Login Flow in the enterprise parameters, if clients are to have refresh tokens.",
            ),
            Self::Grant("user_not_active") => Remedy::at(of_user, "Make the user active again, if that is meant."),
            Self::Grant(_) => Remedy::at(
                Place::Client,
                "Sign in again. When a token was used twice, look for a second copy of it: somebody may have stolen it.",
            ),
            Self::AccessToken("revoked") => Remedy::at(of_user, "Sign in again: the token was revoked."),
            Self::AccessToken(_) => Remedy::at(
                Place::AuthorizationKeys,
                "Refresh the token or sign in again. When that happens to many, look at the clocks and at the token keys.",
            ),
            Self::ApiToken => Remedy::at(Place::Client, "Make a new API token, and give it to the program."),
            Self::Scope => Remedy::at(
                Place::Client,
                "Make an API token with the scope that is needed, of a user whose role permits it.",
            ),
        }
    }
}

impl Check {
    fn code(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Credentials => "credentials",
            Self::RequestRate => "request-rate",
            Self::LockOut => "lock-out",
            Self::Password => "password",
            Self::Role => "role",
            Self::Owner => "owner",
            Self::Client => "client",
            Self::Grant => "grant",
            Self::AccessToken => "access-token",
            Self::ApiToken => "api-token",
            Self::Scope => "api-scope",
        }
    }

    fn question(self) -> &'static str {
        match self {
            Self::Connection => "Where did it come in?",
            Self::Credentials => "Which credentials did it bring?",
            Self::RequestRate => "Does the address ask no more often than it may?",
            Self::LockOut => "Has the user not failed too often from this address?",
            Self::Password => "Is the user active, and the password right?",
            Self::Role => "Has the user a role that allows this?",
            Self::Owner => "Is it about the user who asks?",
            Self::Client => "Is the OAuth client known, and its secret right?",
            Self::Grant => "Is the code or the refresh token good?",
            Self::AccessToken => "Is the access token good?",
            Self::ApiToken => "Is the API token good?",
            Self::Scope => "Does the API token permit this?",
        }
    }
}

/// Every text that a refusal may have: keys of the catalogues.
pub fn texts() -> impl Iterator<Item = &'static str> {
    let reasons = [
        Reason::TooManyRequests,
        Reason::Password,
        Reason::Locked,
        Reason::Role,
        Reason::AnotherUser,
        Reason::Client,
        Reason::Grant("refresh_login_flow_disabled"),
        Reason::Grant("user_not_active"),
        Reason::Grant(""),
        Reason::AccessToken("revoked"),
        Reason::AccessToken(""),
        Reason::ApiToken,
        Reason::Scope,
    ];
    let of_reason = |reason: Reason| {
        let questions = reason.checks().iter().map(|check| check.question());
        questions.chain([reason.explanation(), reason.remedy(None).advice])
    };
    let always = [Check::Connection.question(), Check::Credentials.question()];
    reasons.into_iter().flat_map(of_reason).chain(always)
}

impl Refused {
    /// For a reason, of the user whom the request's credentials name.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self { reason, user: User::OfHeader }
    }

    /// Of this user, who typed its name. People type passwords there too: so only what could be a user is told.
    #[must_use]
    pub fn of_user(self, typed: &str) -> Self {
        Self { user: User::Typed(could_be_user(typed)), ..self }
    }

    /// Leaves it with an answer.
    #[must_use]
    pub fn with(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

fn could_be_user(typed: &str) -> Option<Box<str>> {
    UserId::new(typed).ok().map(|user| clip(user.as_str()))
}

/// What a request brings along, noted before it is answered.
struct Asked {
    request: Box<str>,
    remote: SocketAddr,
    user: Option<Box<str>>,
    credentials: Option<Box<str>>,
}

impl Asked {
    fn of(request: &Request) -> Option<Self> {
        let ConnectInfo(remote) = *request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        let user = named_user(request.headers()).and_then(|user| could_be_user(&user));
        Some(Self {
            request: clip(&format!("HTTP {} {}", request.method(), request.uri().path())),
            remote,
            credentials: credentials(request.headers(), user.as_deref()),
            user,
        })
    }

    /// Whether the request was only asked for credentials.
    fn is_challenged(&self, refused: &Refused) -> bool {
        let of_header = matches!(refused.user, User::OfHeader) && self.credentials.is_none();
        of_header && matches!(refused.reason, Reason::Password | Reason::ApiToken)
    }

    fn refusal(self, (port, local): (Port, SocketAddr), status: u16, refused: Refused) -> Refusal {
        let reason = refused.reason;
        let user = match refused.user {
            User::OfHeader => self.user,
            User::Typed(user) => user,
        };
        let evidence = |check: Check, outcome: StepOutcome| match check {
            Check::Connection => clip(&format!("{} ({}), from {}", port.name(), local.port(), self.remote.ip())),
            Check::Credentials => self.credentials.clone().unwrap_or_else(|| "in the body".into()),
            Check::RequestRate | Check::LockOut => clip(&self.remote.ip().to_string()),
            Check::Role | Check::Password => user.clone().unwrap_or_default(),
            _ if outcome == StepOutcome::Failed => reason.code().into(),
            _ => Box::default(),
        };
        let made = [Check::Connection, Check::Credentials].iter().chain(reason.checks());
        let last = reason.checks().len() + 1;
        let step = |(index, check): (usize, &Check)| {
            let outcome = if index == last { StepOutcome::Failed } else { StepOutcome::Passed };
            Step { check: check.code(), question: check.question(), outcome, evidence: evidence(*check, outcome) }
        };
        let steps = made.enumerate().map(step).collect();
        Refusal {
            reason: reason.code(),
            explanation: reason.explanation(),
            status,
            port,
            transport: Transport::Tls,
            flow: 0,
            remote: self.remote,
            call_id: Box::default(),
            device: None,
            remedy: reason.remedy(user.as_deref()),
            steps,
            request: self.request,
            user,
        }
    }
}

/// The scheme, and who or which token it names.
fn credentials(headers: &HeaderMap, user: Option<&str>) -> Option<Box<str>> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case(b"basic") {
        return Some(clip(&format!("Basic, user {}", user.unwrap_or("(not a user ID)"))));
    }
    if scheme.eq_ignore_ascii_case(b"bearer") {
        let token = value.get(scheme.len()..).unwrap_or_default().trim_ascii();
        return Some(clip(&format!("Bearer, fingerprint {}", TokenFingerprint::of(token))));
    }
    Some("another scheme than Basic and Bearer".into())
}

/// Tells what a router refuses, as it comes in at a port.
pub fn watch(
    router: Router,
    (port, local): (Port, SocketAddr),
    told: impl Fn(Refusal) + Clone + Send + Sync + 'static,
) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let told = told.clone();
        async move {
            let asked = Asked::of(&request);
            let mut response = next.run(request).await;
            let refused = response.extensions_mut().remove::<Refused>();
            if let (Some(asked), Some(refused)) = (asked, refused)
                && !asked.is_challenged(&refused)
            {
                told(asked.refusal((port, local), response.status().as_u16(), refused));
            }
            response
        }
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::response::IntoResponse as _;
    use axum::routing::post;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use tower::ServiceExt as _;

    use super::*;

    async fn told(refused: Refused, authorization: Option<&str>) -> Refusal {
        let handler = move || {
            let refused = refused.clone();
            async move { refused.with(StatusCode::FORBIDDEN.into_response()) }
        };
        let seen: Arc<Mutex<Vec<Refusal>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let port = (Port::Web, "192.0.2.11:8443".parse().unwrap());
        let router =
            watch(Router::new().route("/axl/", post(handler)), port, move |one| kept.lock().unwrap().push(one));
        let mut request = Request::post("/axl/?password=CANARY").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>("198.51.100.7:40000".parse().unwrap()));
        if let Some(value) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        let response = router.oneshot(request).await.unwrap();
        assert!(response.extensions().get::<Refused>().is_none(), "it goes no further");
        seen.lock().unwrap().remove(0)
    }

    fn steps(refusal: &Refusal) -> Vec<(&str, bool, &str)> {
        let step = |step: &'_ Step| (step.check, step.outcome == StepOutcome::Passed);
        refusal.steps.iter().map(|one| (step(one).0, step(one).1, &*one.evidence)).collect()
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_steps_and_without_its_secrets() {
        let basic = format!("Basic {}", STANDARD.encode("carol:CANARY"));
        let told = told(Refused::new(Reason::Role), Some(&basic)).await;
        assert_eq!(
            steps(&told),
            [
                ("connection", true, "Web services (8443), from 198.51.100.7"),
                ("credentials", true, "Basic, user carol"),
                ("lock-out", true, "198.51.100.7"),
                ("password", true, "carol"),
                ("role", false, "carol"),
            ]
        );
        assert_eq!((told.reason, told.status, &*told.request), ("role-missing", 403, "HTTP POST /axl/"));
        assert_eq!(told.remedy.place, Place::EndUser("carol".into()));
        assert!(!format!("{told:?}").contains("CANARY"));
    }

    #[tokio::test]
    async fn of_a_token_its_fingerprint_is_told() {
        let told = told(Refused::new(Reason::AccessToken("revoked")), Some("Bearer CANARY")).await;
        let fingerprint = format!("Bearer, fingerprint {}", TokenFingerprint::of(b"CANARY"));
        assert_eq!(steps(&told)[1..], [("credentials", true, &*fingerprint), ("access-token", false, "revoked")]);
        assert!(!format!("{told:?}").contains("CANARY"));
    }

    #[tokio::test]
    async fn a_password_typed_as_the_user_is_not_told() {
        let refused = Refused::new(Reason::Password).of_user("My CANARY: a password?");
        let told = told(refused, None).await;
        assert_eq!(told.user, None);
        assert!(!format!("{told:?}").contains("CANARY"));
    }

    #[test]
    fn every_kind_of_refusal_has_its_texts() {
        let texts: Vec<_> = texts().collect();
        for reason in Reason::KINDS {
            assert!(texts.contains(&reason.explanation()) && texts.contains(&reason.remedy(None).advice), "{reason:?}");
            assert!(reason.checks().iter().all(|check| texts.contains(&check.question())), "{reason:?}");
        }
    }
}
