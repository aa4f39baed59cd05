//! `show cert …`, `set cert regen|import|delete`, and the requests that an authority signs: `set csr gen`, `show csr own`.

use super::system::date;
use super::{Session, name_and_words, nothing, single};
use crate::admin::terminal::{self, Echo, Failure};
use ::certificate::CertificateFacts;
use administration::AdministrationError;
use administration::ListedCertificate;

impl Session<'_> {
    pub(super) async fn list_certificates(&mut self, rest: &str, trust: bool) -> Result<(), Failure> {
        nothing(rest)?;
        let mut text = String::new();
        for certificate in self.node.certificates().map_err(Failure::Refused)? {
            if certificate.is_trust() == trust {
                let ListedCertificate { store, name, facts } = &certificate;
                text += &format!("{store}/{name}.pem: {}, valid until {}\n", facts.subject, seconds(facts.not_after));
            }
        }
        self.print(&text).await
    }

    pub(super) async fn show_own_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        self.show_certificate(&name, None).await
    }

    pub(super) async fn show_trusted_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        let (store, words) = name_and_words(rest)?;
        let [name] = words.as_slice() else {
            return Err(Failure::Usage("a store and a name are needed".into()));
        };
        self.show_certificate(&store, Some(name.trim_end_matches(".pem"))).await
    }

    async fn show_certificate(&mut self, store: &str, name: Option<&str>) -> Result<(), Failure> {
        let found = self.administration.certificate(store, name.unwrap_or_default())?;
        if found.is_trust() != name.is_some() {
            return Err(AdministrationError::UnknownCertificate { store: store.into(), name: String::new() }.into());
        }
        self.print(&describe(&found.facts)).await
    }

    pub(super) async fn regenerate_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        let question = format!(
            "This makes a new key and a self-signed certificate for {name}: \
             clients and Expressways that trust the present one have to trust the new one.\n\
             Proceed with regeneration (yes|no)? "
        );
        self.confirm(&question).await?;
        let facts = self.administration.regenerate_certificate(&self.author, &name).await?;
        self.print(&format!(
            "Successfully regenerated certificate for {name}.\nSHA-256 {}\n\
             Please restart the Cisco CallManager service on this node: until then its ports use the old one.\n",
            facts.fingerprint
        ))
        .await
    }

    pub(super) async fn import_trust(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        let store = if name.ends_with("-trust") { name } else { format!("{name}-trust") };
        let pem = terminal::certificate(self.terminal).await?;
        let entry = self.administration.trust(&self.author, &store, &pem).await?;
        self.print(&format!("{store}/{entry}.pem imported.\n")).await
    }

    pub(super) async fn delete_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        let (store, words) = name_and_words(rest)?;
        let [name] = words.as_slice() else {
            return Err(Failure::Usage("a store and a name are needed".into()));
        };
        let name = name.trim_end_matches(".pem");
        self.administration.distrust(&self.author, &store, name).await?;
        self.print(&format!("{store}/{name}.pem deleted.\n")).await
    }

    pub(super) async fn request_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        self.administration.request_certificate(&self.author, &name).await?;
        self.print(&format!(
            "Successfully Generated CSR for {name}\n\
             Its key stays on this node. Show the request with: show csr own {name}\n"
        ))
        .await
    }

    pub(super) async fn show_request(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        let request = self.administration.certificate_request(&name)?;
        let none = || Failure::Refused(format!("There is no CSR for {name}. Make one with: set csr gen {name}"));
        self.print(&request.ok_or_else(none)?).await
    }

    pub(super) async fn import_own(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        let pem = terminal::chain(self.terminal).await?;
        let facts = self.administration.install_certificate(&self.author, &name, &pem).await?;
        self.print(&format!(
            "Successfully imported certificate for {name}.\nSHA-256 {}\n\
             Please restart the Cisco CallManager service on this node: until then its ports use the old one.\n",
            facts.fingerprint
        ))
        .await
    }

    /// Goes on only after `yes`.
    pub(super) async fn confirm(&mut self, question: &str) -> Result<(), Failure> {
        let answer = self.ask(question, Echo::Shown).await?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "yes" | "y" => Ok(()),
            _ => Err(Failure::refused("Cancelled: nothing was changed.")),
        }
    }
}

/// A certificate, a field a line.
pub(crate) fn describe(facts: &CertificateFacts) -> String {
    let usage = |allowed: Option<bool>| match allowed {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not restricted",
    };
    let rows = [
        ("Subject", facts.subject.clone()),
        ("Issuer", facts.issuer.clone()),
        ("Serial Number", facts.serial.clone()),
        ("Valid From", seconds(facts.not_before)),
        ("Valid To", seconds(facts.not_after)),
        ("Names", facts.names().join(", ")),
        ("Server Authentication", usage(facts.server_authentication).into()),
        ("Client Authentication", usage(facts.client_authentication).into()),
        ("CA", if facts.is_ca { "yes" } else { "no" }.into()),
        ("SHA-256", facts.fingerprint.clone()),
    ];
    rows.iter().map(|(label, value)| format!("{label:<22} {value}\n")).collect()
}

fn seconds(time: i64) -> String {
    date(u64::try_from(time).unwrap_or(0))
}
