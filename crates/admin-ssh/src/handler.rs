//! One connection: who it is (RFC 4252), and what it asks for (RFC 4254).

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use admin_shell::Administrator;
use admin_shell::console::Size;
use authorization::Password;
use directory::SshKey;
use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{ChannelId, ChannelOpenFailure, Disconnect, Pty, Sig};
use tokio::sync::{OnceCell, OwnedSemaphorePermit};

use crate::accounts::{Proof, Refusal};
use crate::authorized_key::from_public;
use crate::channel::{Channel, Work};
use crate::input::{self, InputReceiver, InputSender, TooMuch};
use crate::limits;
use crate::server::{Newcomer, Shared, methods};

/// Ctrl-C, as a terminal sends it.
const INTERRUPT: &[u8] = b"\x03";

/// Erases what was typed, and leaves, as keys of a terminal do: Ctrl-U, Ctrl-K, Ctrl-D.
const LEAVE: &[u8] = b"\x15\x0b\x04";
/// The question of keyboard-interactive (RFC 4256 §3.2).
const PASSWORD: &[(Cow<'static, str>, bool)] = &[(Cow::Borrowed("Password: "), false)];

/// A connection.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    source: IpAddr,
    /// Known when the connection runs.
    handle: Arc<OnceCell<Handle>>,
    signed_in: Arc<AtomicBool>,
    newcomer: Option<Newcomer>,
    administrator: Option<(Administrator, OwnedSemaphorePermit)>,
    /// What the client was told in place of a question, after which it is sent away.
    told: Option<Farewell>,
    channels: HashMap<ChannelId, State>,
}

/// A channel.
struct State {
    terminal: Option<Size>,
    sender: InputSender,
    /// None when something runs in it.
    receiver: Option<InputReceiver>,
}

impl Connection {
    pub(crate) fn new(
        shared: Arc<Shared>,
        source: IpAddr,
        newcomer: Newcomer,
        handle: Arc<OnceCell<Handle>>,
        signed_in: Arc<AtomicBool>,
    ) -> Self {
        let (newcomer, channels) = (Some(newcomer), HashMap::new());
        Self { shared, source, handle, signed_in, newcomer, administrator: None, told: None, channels }
    }

    /// Lets an administrator in, if there is room and it can be noted.
    async fn let_in(&mut self, administrator: Administrator, proof: &Proof) -> Result<(), Option<Farewell>> {
        let Ok(permit) = Arc::clone(&self.shared.administrators).try_acquire_owned() else {
            return Err(Some(Farewell::new("too many administrators are signed in")));
        };
        let noted = self.shared.accounts.signed_in(&administrator, proof, self.source).await;
        noted.map_err(farewell)?;
        tracing::info!(administrator = administrator.name, source = %self.source, ?proof, "signed in over SSH");
        self.administrator = Some((administrator, permit));
        self.signed_in.store(true, Ordering::Release);
        self.newcomer = None;
        Ok(())
    }

    /// Tries a password; none to say when it, or the user, is wrong.
    async fn try_password(&mut self, user: &str, password: String) -> Result<(), Option<Farewell>> {
        let password = Password::new(password);
        let administrator = self.shared.accounts.by_password(user, password, self.source).await.map_err(farewell)?;
        self.let_in(administrator, &Proof::Password).await
    }

    /// The answer of a method that has no words for a refusal: those come with the end of the connection.
    async fn answer(&self, outcome: Result<(), Option<Farewell>>) -> Auth {
        match outcome {
            Ok(()) => Auth::Accept,
            Err(None) => refused(),
            Err(Some(farewell)) => self.send_away(farewell).await,
        }
    }

    async fn send_away(&self, farewell: Farewell) -> Auth {
        if let Some(handle) = self.handle.get() {
            let reason = Disconnect::NoMoreAuthMethodsAvailable;
            // A connection that is gone needs no words.
            let _ = handle.disconnect(reason, farewell.0.into_owned(), String::new()).await;
        }
        refused()
    }

    async fn by_key(&self, user: &str, key: &PublicKey) -> Result<(Administrator, SshKey), Refusal> {
        let key = from_public(key).ok_or(Refusal::Wrong)?;
        let administrator = self.shared.accounts.by_key(user, &key, self.source).await?;
        Ok((administrator, key))
    }

    /// Starts work in a channel in which nothing runs yet.
    fn start(
        &mut self,
        id: ChannelId,
        session: &mut Session,
        work: impl FnOnce(Option<Size>) -> Work,
    ) -> Result<(), russh::Error> {
        let state = self.channels.get_mut(&id);
        let input = state.and_then(|state| Some((state.terminal, state.receiver.take()?)));
        let (Some((terminal, input)), Some((administrator, _))) = (input, &self.administrator) else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let channel = Channel {
            handle: session.handle(),
            id,
            input,
            interpreter: Arc::clone(&self.shared.interpreter),
            administrator: administrator.clone(),
        };
        tokio::spawn(channel.run(work(terminal)));
        Ok(())
    }

    /// Hands input to a channel; one that gets more than it reads is closed.
    fn hand_over(
        &mut self,
        id: ChannelId,
        session: &mut Session,
        send: impl FnOnce(&InputSender) -> Result<(), TooMuch>,
    ) -> Result<(), russh::Error> {
        let Some(state) = self.channels.get(&id) else { return Ok(()) };
        match send(&state.sender) {
            Ok(()) => Ok(()),
            Err(TooMuch) => {
                tracing::warn!(source = %self.source, "a channel of an administrator sends more than anybody reads");
                self.channels.remove(&id);
                session.close(id)
            }
        }
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(Some(self.shared.texts.banner.clone()))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let outcome = self.try_password(user, password.to_owned()).await;
        Ok(self.answer(outcome).await)
    }

    // The same with words: a client shows the instructions of a refusal to the person at it.
    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if let Some(farewell) = self.told.take() {
            return Ok(self.send_away(farewell).await);
        }
        let Some(mut response) = response else { return Ok(question("", PASSWORD)) };
        let (Some(password), None) = (response.next(), response.next()) else { return Ok(refused()) };
        let Ok(password) = std::str::from_utf8(&password) else { return Ok(refused()) };
        Ok(match self.try_password(user, password.to_owned()).await {
            Ok(()) => Auth::Accept,
            Err(None) => refused(),
            Err(Some(farewell)) => {
                let words = farewell.0.clone().into_owned();
                self.told = Some(farewell);
                question(words, &[])
            }
        })
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        // A client offers one key after the other: none of them is worth an ending.
        Ok(if self.by_key(user, offer.public_key).await.is_ok() { Auth::Accept } else { refused() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let outcome = match self.by_key(user, key.public_key).await {
            Ok((administrator, key)) => self.let_in(administrator, &Proof::Key(key.fingerprint)).await,
            Err(refusal) => Err(farewell(refusal)),
        };
        Ok(self.answer(outcome).await)
    }

    async fn channel_open_session(
        &mut self,
        channel: russh::Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.channels.len() >= limits::CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let (sender, receiver) = input::channel();
        self.channels.insert(channel.id(), State { terminal: None, sender, receiver: Some(receiver) });
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.channels.remove(&channel);
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        let is_terminal = self.channels.get(&channel).is_some_and(|state| state.terminal.is_some());
        // What is still running has its say; then the console ends.
        self.hand_over(channel, session, |sender| if is_terminal { sender.bytes(LEAVE) } else { sender.end() })
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        self.hand_over(channel, session, |sender| sender.bytes(data))
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.channels.get_mut(&channel).filter(|state| state.receiver.is_some()) {
            Some(state) => {
                state.terminal = Some(size(columns, rows));
                session.channel_success(channel)
            }
            None => session.channel_failure(channel),
        }
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.hand_over(channel, session, |sender| sender.size(size(columns, rows)))
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        let greeting = self.shared.texts.greeting.clone();
        self.start(channel, session, |terminal| match terminal {
            Some(size) => Work::Console(size, greeting),
            None => Work::Script,
        })
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let line = String::from_utf8_lossy(data).into_owned();
        self.start(channel, session, |terminal| match terminal {
            Some(size) => Work::CommandOnTerminal(size, line),
            None => Work::Command(line),
        })
    }

    async fn signal(&mut self, channel: ChannelId, signal: Sig, session: &mut Session) -> Result<(), Self::Error> {
        match signal {
            Sig::INT => self.hand_over(channel, session, |sender| sender.bytes(INTERRUPT)),
            Sig::HUP | Sig::KILL | Sig::QUIT | Sig::TERM => self.hand_over(channel, session, InputSender::end),
            _ => Ok(()),
        }
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}

/// What somebody hears who is sent away.
#[derive(Clone, Debug)]
struct Farewell(Cow<'static, str>);

impl Farewell {
    fn new(words: impl Into<Cow<'static, str>>) -> Self {
        Self(words.into())
    }
}

/// What a refusal says, if it says anything.
fn farewell(refusal: Refusal) -> Option<Farewell> {
    Some(match refusal {
        Refusal::Wrong => return None,
        Refusal::Locked { retry_after } => {
            let seconds = retry_after.as_secs().max(1);
            Farewell::new(format!("too many failed sign-ins: try again in {seconds} seconds"))
        }
        Refusal::NoRole => Farewell::new("this user may not use the admin shell"),
        Refusal::Unavailable => Farewell::new("nobody can sign in now: try again in a few seconds"),
    })
}

/// A refusal after which every method may be tried again, as often as the limits say.
fn refused() -> Auth {
    Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false }
}

/// What is asked, each with whether the answer is shown, below some words.
fn question(words: impl Into<Cow<'static, str>>, prompts: &'static [(Cow<'static, str>, bool)]) -> Auth {
    Auth::Partial { name: Cow::Borrowed(""), instructions: words.into(), prompts: Cow::Borrowed(prompts) }
}

fn size(columns: u32, rows: u32) -> Size {
    let count = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
    // A client that knows no width says 0.
    Size { rows: count(rows), columns: if columns == 0 { 80 } else { count(columns) } }
}
