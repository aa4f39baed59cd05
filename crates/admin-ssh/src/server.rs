//! The listener: who connects, within bounds, until the node stops.

use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admin_shell::Interpreter;
use runtime::shutdown::Stopping;
use russh::keys::{Algorithm, EcdsaCurve};
use russh::server::Config;
use russh::{Disconnect, MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex};
use sip::transport::Newcomers;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

use crate::HostKey;
use crate::accounts::Accounts;
use crate::handler::Connection;
use crate::limits;
use crate::newcomer::Deadline;

/// How long a connection has to hear that the node stops.
const FAREWELL: Duration = Duration::from_secs(1);
/// What the node says of itself before anybody has signed in: no version.
const SOFTWARE: &str = "SSH-2.0-ringbearer";
/// Bytes that a channel may send before it is told to go on.
const WINDOW: u32 = 256 * 1024;

const KEY_EXCHANGES: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];
const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
];
const CIPHERS: &[cipher::Name] = &[cipher::CHACHA20_POLY1305, cipher::AES_256_GCM];

/// What the server says.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Before anybody has signed in.
    pub banner: String,
    /// Above the first prompt.
    pub greeting: String,
}

impl Texts {
    /// The texts of a node: what kind it is, its name, and the version of the program.
    #[must_use]
    pub fn of(kind: &str, name: &str, version: &str) -> Self {
        Self {
            banner: format!(
                "{name}: command line interface.\nFor its administrators only; what they do is recorded.\n"
            ),
            greeting: format!(
                "\nRingbearer {version}, {kind} node {name}\n\
                 help lists the commands, ? shows what can follow, <tab> completes.\n\n"
            ),
        }
    }
}

/// The listener of the admin shell.
pub struct Server {
    listener: TcpListener,
    config: Arc<Config>,
    shared: Arc<Shared>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) interpreter: Arc<dyn Interpreter>,
    pub(crate) texts: Texts,
    pub(crate) administrators: Arc<Semaphore>,
    newcomers: Mutex<Newcomers>,
}

impl Shared {
    fn newcomers(&self) -> MutexGuard<'_, Newcomers> {
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a connection until somebody has signed in on it.
pub(crate) struct Newcomer(Arc<Shared>, IpAddr);

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.0.newcomers().leave(self.1);
    }
}

impl Server {
    /// Takes the address.
    ///
    /// # Errors
    /// When another has it.
    pub async fn bind(
        address: SocketAddr,
        key: HostKey,
        accounts: Arc<dyn Accounts>,
        interpreter: Arc<dyn Interpreter>,
        texts: Texts,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared {
            accounts,
            interpreter,
            texts,
            administrators: Arc::new(Semaphore::new(limits::ADMINISTRATORS)),
            newcomers: Mutex::new(Newcomers::new(limits::NEWCOMERS)),
        });
        Ok(Self { listener, config: Arc::new(config(key)), shared })
    }

    /// The address, with the port that the kernel chose.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves administrators until the node stops.
    pub async fn serve(self, mut stopping: Stopping) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stopping.wait() => break,
                accepted = self.listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(newcomer) = self.admit(peer.ip()) else { continue };
                    let (config, shared) = (Arc::clone(&self.config), Arc::clone(&self.shared));
                    connections.spawn(serve_one(config, shared, stream, newcomer, stopping.clone()));
                }
                Err(error) => {
                    // Out of descriptors: trying again at once would only spin.
                    tracing::warn!(%error, "an administrator cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        while connections.join_next().await.is_some() {}
    }

    fn admit(&self, source: IpAddr) -> Option<Newcomer> {
        let mut newcomers = self.shared.newcomers();
        if !newcomers.has_room(source) {
            tracing::warn!(%source, "too many are signing in over SSH; a connection is closed");
            return None;
        }
        newcomers.enter(source);
        Some(Newcomer(Arc::clone(&self.shared), source))
    }
}

/// The ways to sign in (RFC 4252 §5).
pub(crate) fn methods() -> MethodSet {
    MethodSet::from([MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password].as_slice())
}

fn config(key: HostKey) -> Config {
    Config {
        server_id: SshId::Standard(Cow::Borrowed(SOFTWARE)),
        methods: methods(),
        auth_rejection_time: limits::REFUSAL_TIME,
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: limits::ATTEMPTS,
        keys: vec![key.0],
        window_size: WINDOW,
        // A prompt without a key for longer than this has ended by itself.
        inactivity_timeout: Some(limits::IDLE * 2),
        keepalive_interval: Some(limits::ALIVE),
        keepalive_max: limits::UNANSWERED,
        nodelay: true,
        preferred: Preferred {
            kex: Cow::Borrowed(KEY_EXCHANGES),
            key: Cow::Borrowed(KEYS),
            cipher: Cow::Borrowed(CIPHERS),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        ..Config::default()
    }
}

async fn serve_one(
    config: Arc<Config>,
    shared: Arc<Shared>,
    stream: TcpStream,
    newcomer: Newcomer,
    mut stopping: Stopping,
) {
    let source = newcomer.1;
    // Keys are typed one by one.
    let _ = stream.set_nodelay(true);
    let signed_in = Arc::new(AtomicBool::new(false));
    let handle = Arc::new(OnceCell::new());
    let stream = Deadline::new(stream, Arc::clone(&signed_in));
    let connection = Connection::new(shared, source, newcomer, Arc::clone(&handle), signed_in);
    let session = match russh::server::run_stream(config, stream, connection).await {
        Ok(session) => session,
        Err(error) => {
            tracing::debug!(%source, %error, "somebody does not speak SSH");
            return;
        }
    };
    let own = session.handle();
    // Nobody else sets it.
    let _ = handle.set(own.clone());
    tokio::pin!(session);
    let ended = tokio::select! {
        ended = &mut session => ended,
        () = stopping.wait() => {
            let farewell = own.disconnect(Disconnect::ByApplication, "the node stops".into(), String::new());
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
            let _ = tokio::time::timeout(FAREWELL, &mut session).await;
            return;
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%source, %error, "an SSH connection failed");
    }
}
