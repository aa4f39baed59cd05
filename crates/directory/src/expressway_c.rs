//! An Expressway-C row: the names that the certificate of a client of port 5091 may carry.

use crate::error::{Rule, Violation};
use crate::line::check_text;
use crate::name::Host;

/// A row of Device > Expressway-C, pushed by the Expressway over the SOAP interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpresswayC {
    /// Host Name/IP Address, the key.
    pub host: Host,
    /// Description.
    pub description: String,
    /// X509 Subject Name / Subject Alternate Name: names separated by commas.
    pub subject_names: String,
}

impl ExpresswayC {
    /// The single names of [`ExpresswayC::subject_names`].
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.subject_names.split(',').map(str::trim).filter(|name| !name.is_empty())
    }

    /// Whether a certificate's name is one of the row's: whole name, without regard to case.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        self.names().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// Checks the rules of the page.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        const OBJECT: &str = "Expressway-C";
        const NAMES: &str = "X509 Subject Name / Subject Alternate Name";
        check_text(OBJECT, "Description", &self.description, 50)?;
        check_text(OBJECT, NAMES, &self.subject_names, 4096)?;
        for name in self.names() {
            // No certificate carries a longer one that could be compared: it is the bound of a domain name.
            check_text(OBJECT, NAMES, name, 253)?;
        }
        if self.names().next().is_none() {
            return Err(Violation::new(OBJECT, NAMES, Rule::Required));
        }
        Ok(())
    }
}
