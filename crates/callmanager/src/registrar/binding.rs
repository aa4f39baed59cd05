//! A binding: a device, where it is reached, and what its registration rests on (RFC 3261 §10).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use directory::{DeviceName, Directory, LineAppearance, UserId};
use observation::CredentialsForm;
use sip::dialog::RouteSet;
use sip::message::UriBuf;
use token::{UnixTime, VerifiedAccessToken};

use crate::flow::{FlowId, Listener, Reachable, Transport};
use crate::registrar::UnregistrationReason;

/// How a client speaks REGISTER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// It names its device in a Contact parameter.
    Vendor,
    /// It is known by its address-of-record alone.
    Standard,
}

impl Dialect {
    /// By whether the device names itself.
    #[must_use]
    pub fn of(names_device: bool) -> Self {
        if names_device { Self::Vendor } else { Self::Standard }
    }
}

/// One Contact of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredContact {
    /// The URI, the Request-URI of requests to the device.
    pub uri: Bytes,
    /// `q` in thousandths (RFC 3261 §20.10), 1000 when absent.
    pub preference: u16,
}

/// A registered device.
#[derive(Debug)]
pub struct Binding {
    /// The device.
    pub device: DeviceName,
    /// The user of its token or digest credentials.
    pub user: Option<UserId>,
    /// The access token that it registered with, on the OAuth ports.
    pub token: CurrentToken,
    /// How the client speaks.
    pub dialect: Dialect,
    /// In which form it gave its credentials.
    pub credentials: CredentialsForm,
    /// The flow it is reached on, and only on that (RFC 5626 §5.3).
    pub flow: FlowId,
    /// Behind an edge that tells its clients apart: the name of the device's flow to the edge.
    pub edge_flow: Option<Box<[u8]>>,
    /// The proxies between the flow and the device (RFC 3327 §5.3); without an edge there are none.
    pub path: RouteSet,
    /// The port that took it.
    pub listener: Listener,
    /// The transport protocol.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// Its address, as we see it.
    pub remote: SocketAddr,
    /// Where it wants its requests, best first. Never empty.
    pub contacts: Box<[RegisteredContact]>,
    /// The value of `+sip.instance`, which tells two clients with one device name apart.
    pub instance: Box<[u8]>,
    /// Whether this client yields to another that holds the device (an all-zero instance).
    pub yields: bool,
    /// Whether it offered `X-cisco-srtp-fallback`.
    pub srtp_fallback: bool,
    /// The value of User-Agent.
    pub user_agent: Box<str>,
    /// When it registered first.
    pub registered_at: UnixTime,
    /// When the registration ends, unless it is refreshed.
    pub expires_at: ExpiryTime,
}

/// An instant that a refresh moves without a lock.
#[derive(Debug)]
pub struct ExpiryTime(AtomicU64);

impl ExpiryTime {
    /// Ends then.
    #[must_use]
    pub fn new(at: UnixTime) -> Self {
        Self(AtomicU64::new(at.0))
    }

    /// When it ends.
    #[must_use]
    pub fn get(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::Relaxed))
    }

    /// Moves the end.
    pub fn set(&self, at: UnixTime) {
        self.0.store(at.0, Ordering::Relaxed);
    }
}

/// The access token of a binding; a refresh may bring a newer one.
#[derive(Debug)]
pub struct CurrentToken(Mutex<Option<VerifiedAccessToken>>);

impl From<Option<VerifiedAccessToken>> for CurrentToken {
    fn from(token: Option<VerifiedAccessToken>) -> Self {
        Self(Mutex::new(token))
    }
}

impl CurrentToken {
    fn with<R>(&self, look: impl FnOnce(&mut Option<VerifiedAccessToken>) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Binding {
    /// The access token that the registration rests on.
    #[must_use]
    pub fn token(&self) -> Option<VerifiedAccessToken> {
        self.token.with(|token| token.clone())
    }

    /// When that token ends.
    #[must_use]
    pub fn token_expires_at(&self) -> Option<UnixTime> {
        self.token.with(|token| token.as_ref().map(VerifiedAccessToken::expires_at))
    }

    /// Takes the token of a refresh.
    pub fn renew_token(&self, renewed: Option<VerifiedAccessToken>) {
        self.token.with(|token| *token = renewed);
    }

    /// What a call needs to reach the device.
    #[must_use]
    pub fn reachable(&self) -> Reachable {
        Reachable {
            device: self.device.clone(),
            flow: self.flow,
            transport: self.transport,
            listener: self.listener,
            local: self.local,
            contact: self.contacts.first().map(|contact| contact.uri.clone()).unwrap_or_default(),
            path: self.path.clone(),
            srtp_fallback: self.srtp_fallback,
        }
    }

    /// Whether both came over the same flow, and behind an edge over the same one of the edge's.
    #[must_use]
    pub fn has_flow_of(&self, other: &Self) -> bool {
        self.flow == other.flow && self.edge_flow == other.edge_flow
    }

    /// The same for one line of the device. The client of one connection is told its lines apart by the user part of the
    /// Request-URI, which the configuration file gave it for each line.
    #[must_use]
    pub fn reachable_at(&self, line: &LineAppearance) -> Reachable {
        let mut reachable = self.reachable();
        let uri = UriBuf::parse(reachable.contact.clone());
        if self.dialect == Dialect::Vendor
            && let Some(uri) = uri.as_ref().and_then(UriBuf::as_sip)
            && let Some(user) = uri.user()
        {
            let start = uri.scheme().len() + 1;
            let rest = uri.as_bytes().get(start + user.len()..).unwrap_or_default();
            let scheme = uri.as_bytes().get(..start).unwrap_or_default();
            reachable.contact = [scheme, line.contact.to_string().as_bytes(), rest].concat().into();
        }
        reachable
    }

    /// Why the registration may not stand any longer, if that is so: asked of every binding when revocations or the directory
    /// change, and of one that is refreshed.
    #[must_use]
    pub fn ended_by(
        &self,
        directory: &Directory,
        is_revoked: impl Fn(&VerifiedAccessToken) -> bool,
    ) -> Option<UnregistrationReason> {
        if self.token.with(|token| token.as_ref().is_some_and(&is_revoked)) {
            return Some(UnregistrationReason::TokenEnded);
        }
        let Some(device) = directory.device(self.device.as_str()) else {
            return Some(UnregistrationReason::ConfigurationMismatch);
        };
        let oauth_listener = matches!(self.listener, Listener::OAuth | Listener::MraOAuth);
        let fits = directory.profile_of(device).is_some_and(|profile| profile.oauth_authentication == oauth_listener);
        let of_user = self.user.as_ref().is_none_or(|user| {
            let digest_user = device.digest_user.as_ref() == Some(user);
            let is_active = directory.user(user.as_str()).is_some_and(|user| user.active);
            (device.is_of_user(user.as_str()) || digest_user) && is_active
        });
        if fits && of_user { None } else { Some(UnregistrationReason::ConfigurationMismatch) }
    }
}
