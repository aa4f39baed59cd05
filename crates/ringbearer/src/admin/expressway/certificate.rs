//! `xCommand ServerCertificate…` and `xCommand TrustedCA…`.

use super::{Session, nothing};
use crate::admin::arguments::split;
use crate::admin::columns::lay_out_text;
use crate::admin::shell::{date, describe_certificate};
use crate::admin::terminal::{self, Echo, Failure};

impl Session<'_> {
    pub(super) async fn show_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let identity = self.node.certificates().identity().map_err(Failure::Refused)?;
        let pem = self.node.certificates().pem().map_err(Failure::Refused)?;
        self.print(&format!("{}\n{pem}", describe_certificate(identity.facts()))).await
    }

    pub(super) async fn regenerate_certificate(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let question = "This makes a new key and a self-signed certificate: whoever trusts the present one (the other half of the \
                        edge, tomcat-trust of Unified CM) has to trust the new one.\nProceed (yes|no)? ";
        let answer = self.ask(question, Echo::Shown).await?;
        if !matches!(answer.trim().to_ascii_lowercase().as_str(), "yes" | "y") {
            return Err(Failure::refused("Cancelled: nothing was changed."));
        }
        let facts = self.operations.regenerate_certificate().map_err(Failure::Refused)?;
        let refresh = if self.node.core().is_some() {
            "Refresh the Unified CM servers, so that they know its names.\n"
        } else {
            ""
        };
        let text = format!(
            "Server certificate regenerated; new connections show it.\nSHA-256 {}\n{refresh}",
            facts.fingerprint
        );
        self.print(&text).await
    }

    pub(super) async fn list_trusted(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let trusted = self.node.certificates().trusted().map_err(Failure::Refused)?;
        let rows = trusted.into_iter().map(|(name, facts)| {
            let until = date(u64::try_from(facts.not_after).unwrap_or(0));
            [name, facts.subject, facts.issuer, until]
        });
        self.print(&lay_out_text(["Name", "Subject", "Issuer", "Valid until"], rows.collect())).await
    }

    pub(super) async fn add_trusted(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let pem = terminal::certificate(self.terminal).await?;
        let name = self.operations.trust(&pem).map_err(Failure::Refused)?;
        self.print(&format!("{name} added to the trusted CA list.\n")).await
    }

    pub(super) async fn delete_trusted(&mut self, rest: &str) -> Result<(), Failure> {
        let words = split(rest)?;
        let [name] = words.as_slice() else {
            return Err(Failure::Usage("one name is needed; xCommand TrustedCAList shows them".into()));
        };
        let name = name.trim_end_matches(".pem");
        if !self.operations.distrust(name).map_err(Failure::Refused)? {
            return Err(Failure::Refused(format!("There is no such certificate: {name}")));
        }
        self.print(&format!("{name} deleted from the trusted CA list.\n")).await
    }
}
