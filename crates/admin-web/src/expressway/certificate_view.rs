//! A certificate as the pages show it.

use runtime::certificate::CertificateFacts;

use super::moment;

/// Days before its end from which on a certificate is something to look after.
const SOON: i64 = 30;

/// A certificate as the pages show it.
pub(super) struct CertificateView {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) names: String,
    pub(super) since: String,
    pub(super) until: String,
    /// Days that are left; negative when it has expired.
    pub(super) days: i64,
    pub(super) serial: String,
    pub(super) fingerprint: String,
    pub(super) is_ca: bool,
    pub(super) is_self_signed: bool,
    pub(super) server: bool,
    pub(super) client: bool,
    is_not_yet_valid: bool,
}

impl CertificateView {
    pub(super) fn of(facts: &CertificateFacts) -> Self {
        let now = i64::try_from(runtime::clock::unix_seconds()).unwrap_or(i64::MAX);
        let shown = |seconds: i64| moment::shown(u64::try_from(seconds).unwrap_or_default());
        Self {
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            names: facts.names().join(", "),
            since: shown(facts.not_before),
            until: shown(facts.not_after),
            days: (facts.not_after - now).div_euclid(86_400),
            serial: facts.serial.clone(),
            fingerprint: facts.fingerprint.clone(),
            is_ca: facts.is_ca,
            is_self_signed: facts.subject == facts.issuer,
            // Without an extended key usage a certificate is fit for both (RFC 5280 §4.2.1.12).
            server: facts.server_authentication != Some(false),
            client: facts.client_authentication != Some(false),
            is_not_yet_valid: facts.not_before > now,
        }
    }

    /// How its dates are to be seen, as the name of a style.
    pub(super) fn style(&self) -> &'static str {
        match () {
            () if self.days < 0 || self.is_not_yet_valid => "bad",
            () if self.days < SOON => "warn",
            () => "good",
        }
    }

    /// The same in words: a key of the catalogues with the days in it.
    pub(super) fn validity(&self) -> &'static str {
        match () {
            () if self.is_not_yet_valid => key("not valid yet"),
            () if self.days < 0 => key("expired"),
            () => key("valid for {0} days"),
        }
    }
}

/// Names a text for the catalogues.
const fn key(text: &'static str) -> &'static str {
    text
}
