//! Keeps the access token fresh: a task that signs in, refreshes at three quarters of a token's life, and asks the
//! other nodes when one is silent. Where they are asked changes when the phone moves; the tokens stay.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::report::Report;
use super::reporter::Reporter;
use super::secret::Secret;
use super::sign_in::{AuthorizationServer, Client, Credentials, SignInError, Site};
use super::tokens::{TokenFile, Tokens};

/// How long to wait after a first failure; the wait doubles up to a minute.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What the phone wants.
#[derive(Debug)]
pub(crate) enum Demand {
    /// A token, the one at hand if it lasts.
    Token,
    /// Another token: the server refused the one at hand.
    AnotherToken,
    /// No token any more, on disk neither.
    SignOut,
    /// From now on the authorization servers are here.
    Sites(Vec<Site>),
    /// A token for somebody else than the registration, or why there is none.
    Lend(Loan, oneshot::Sender<Result<Secret, SignInError>>),
}

/// Which token is borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loan {
    /// The one at hand if it lasts.
    Token,
    /// Another one: the one at hand was refused.
    AnotherToken,
}

/// What the keeper has.
#[derive(Debug)]
pub(crate) enum TokenNews {
    /// A token.
    Token(Secret),
    /// None, and there will be none by waiting.
    Refused(SignInError),
}

/// What it works with.
pub(crate) struct Keeper {
    pub(crate) http: reqwest::Client,
    pub(crate) client: Client,
    pub(crate) credentials: Credentials,
    pub(crate) file: TokenFile,
    pub(crate) reporter: Reporter,
}

impl Keeper {
    /// Serves demands until the phone is gone.
    pub(crate) async fn run(self, mut demands: mpsc::Receiver<Demand>, news: mpsc::Sender<TokenNews>) {
        let mut state = State::new(self.file.read(&self.client.id));
        loop {
            let due = state.due;
            tokio::select! {
                demand = demands.recv() => match demand {
                    None => return,
                    Some(Demand::SignOut) => {
                        self.file.remove();
                        state = State { sites: state.sites, ..State::new(None) };
                        self.reporter.report(&Report::SignedOut);
                    }
                    Some(Demand::Token) => match state.lasting() {
                        Some(token) => { let _ = news.send(TokenNews::Token(token)).await; }
                        None => state.due = Some(Instant::now()),
                    },
                    Some(Demand::AnotherToken) => state.due = Some(Instant::now()),
                    Some(Demand::Sites(sites)) => state.sites = sites,
                    Some(Demand::Lend(loan, borrower)) => {
                        // Whoever borrows may have given up.
                        let _ = borrower.send(self.lend(&mut state, loan).await);
                    }
                },
                () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {
                    state.due = None;
                    if let Some(tidings) = self.renew(&mut state).await {
                        let _ = news.send(tidings).await;
                    }
                }
            }
        }
    }

    /// Gets new tokens, or sets when to try again.
    async fn renew(&self, state: &mut State) -> Option<TokenNews> {
        match self.obtain(state).await {
            Ok(obtained) => Some(TokenNews::Token(self.keep(state, obtained))),
            Err(SignInError::Unreachable(reason)) => {
                self.reporter.report(&Report::SignInFailed { reason });
                state.due = Some(Instant::now() + state.wait);
                state.wait = (state.wait * 2).min(LONGEST_WAIT);
                None
            }
            Err(refused) => Some(TokenNews::Refused(refused)),
        }
    }

    async fn lend(&self, state: &mut State, loan: Loan) -> Result<Secret, SignInError> {
        match state.lasting().filter(|_| loan == Loan::Token) {
            Some(token) => Ok(token),
            None => {
                let obtained = self.obtain(state).await?;
                Ok(self.keep(state, obtained))
            }
        }
    }

    /// Keeps what was obtained until it is to be renewed.
    fn keep(&self, state: &mut State, (tokens, renewed): (Tokens, bool)) -> Secret {
        let expires_in = (tokens.access.expires_at - Instant::now()).as_secs();
        let report = if renewed { Report::TokenRenewed { expires_in } } else { Report::SignedIn { expires_in } };
        self.reporter.report(&report);
        let token = tokens.access.token.clone();
        state.due = Some(tokens.access.renew_at);
        state.wait = FIRST_WAIT;
        state.tokens = Some(tokens);
        token
    }

    /// By the refresh token if there is one, else by signing in; whether it was a renewal.
    async fn obtain(&self, state: &mut State) -> Result<(Tokens, bool), SignInError> {
        let mut silent = SignInError::Unreachable("no node".to_owned());
        for site in state.sites.clone() {
            let server = match AuthorizationServer::discover(self.http.clone(), &site).await {
                Ok(server) => server,
                Err(fault) => {
                    silent = fault;
                    continue;
                }
            };
            match self.obtain_from(&server, state).await {
                Err(SignInError::Unreachable(why)) => silent = SignInError::Unreachable(why),
                outcome => return outcome,
            }
        }
        Err(silent)
    }

    async fn obtain_from(
        &self,
        server: &AuthorizationServer,
        state: &mut State,
    ) -> Result<(Tokens, bool), SignInError> {
        let renewed = match &state.refresh {
            Some(refresh_token) => match server.refresh(&self.client, refresh_token).await {
                Ok(response) => Some(response),
                Err(SignInError::Refused(_)) => {
                    self.file.remove();
                    state.refresh = None;
                    None
                }
                Err(fault) => return Err(fault),
            },
            None => None,
        };
        let is_renewal = renewed.is_some();
        let response = match renewed {
            Some(response) => response,
            None => {
                let prompt = |url: &str| self.reporter.report(&Report::SignInPage { url: url.to_owned() });
                server.sign_in(&self.client, &self.credentials, &prompt).await?
            }
        };
        let tokens = Tokens::new(response, Instant::now());
        // RFC 6749 §6: the server may leave the old refresh token in force.
        if let Some(refresh_token) = &tokens.refresh {
            if let Err(fault) = self.file.write(&self.client.id, refresh_token) {
                tracing::warn!(%fault, "the refresh token cannot be kept");
            }
            state.refresh = Some(refresh_token.clone());
        }
        Ok((tokens, is_renewal))
    }
}

struct State {
    /// Where the authorization servers are, the preferred one first.
    sites: Vec<Site>,
    tokens: Option<Tokens>,
    refresh: Option<Secret>,
    wait: Duration,
    /// When to get new tokens.
    due: Option<Instant>,
}

impl State {
    fn new(refresh: Option<Secret>) -> Self {
        Self { sites: Vec::new(), tokens: None, refresh, wait: FIRST_WAIT, due: None }
    }

    /// The token at hand, if it does not end just now.
    fn lasting(&self) -> Option<Secret> {
        const MARGIN: Duration = Duration::from_secs(5);
        let access = &self.tokens.as_ref()?.access;
        (access.expires_at > Instant::now() + MARGIN).then(|| access.token.clone())
    }
}
