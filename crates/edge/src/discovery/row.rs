//! The row of `expresswaycconfiguration` that this Expressway-C pushes to a cluster.

use std::fmt;

/// A row: what `addExpresswayCConfiguration` and `updateExpresswayCConfiguration` carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpresswayCRow {
    /// `HostNameOrIP`, the key.
    pub host_name_or_ip: String,
    /// `description`.
    pub description: String,
    /// `X509SubjectNameorSubjectAlternateName`: names separated by commas, without blanks.
    pub names: String,
}

/// Why there is no row for this certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowError {
    /// The host name is empty or longer than 255 octets.
    HostName,
    /// The certificate has neither a common name nor a subject alternative name.
    NoNames,
    /// The names are longer than 4096 octets together; nothing is left out silently.
    TooManyNames,
}

/// What is to be done about the row of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Push {
    /// `addExpresswayCConfiguration`.
    Add(ExpresswayCRow),
    /// `updateExpresswayCConfiguration`, by `HostNameOrIP`.
    Update(ExpresswayCRow),
    /// The row is there as it should be.
    Unchanged,
}

const DESCRIPTION: &str = "this is added through axl";
const HOST_NAME: usize = 255;
const NAMES: usize = 4_096;

impl ExpresswayCRow {
    /// The row for a certificate: its common name, then its subject alternative names, each once.
    ///
    /// # Errors
    /// When Unified CM could not hold it.
    pub fn of<'n>(
        host: &str,
        common_name: Option<&'n str>,
        alternative_names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, RowError> {
        if host.is_empty() || host.len() > HOST_NAME {
            return Err(RowError::HostName);
        }
        let mut names: Vec<&str> = Vec::new();
        for name in common_name.into_iter().chain(alternative_names).map(str::trim) {
            // A comma would make two names of one.
            let is_one = !name.is_empty() && !name.contains([',', ' ']) && !name.chars().any(char::is_control);
            if is_one && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        let names = names.join(",");
        match names.len() {
            0 => Err(RowError::NoNames),
            1..=NAMES => Ok(Self { host_name_or_ip: host.into(), description: DESCRIPTION.into(), names }),
            _ => Err(RowError::TooManyNames),
        }
    }

    /// What to do, given the row that the cluster has under this host name. A description that an administrator wrote
    /// stays.
    #[must_use]
    pub fn push(self, there: Option<&Self>) -> Push {
        match there {
            None => Push::Add(self),
            Some(there) if there.names == self.names => Push::Unchanged,
            Some(there) => Push::Update(Self { description: there.description.clone(), ..self }),
        }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HostName => "the host name of Expressway-C must have 1 to 255 octets",
            Self::NoNames => "the server certificate of Expressway-C has no name that Unified CM could compare",
            Self::TooManyNames => "the names of Expressway-C's server certificate exceed the 4096 octets of their row",
        })
    }
}

impl std::error::Error for RowError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_name_and_every_alternative_name_are_pushed_once() {
        let row =
            ExpresswayCRow::of("expc", Some("expc.example.com"), ["example.com", "EXPC.example.com", "127.0.0.21"]);
        let row = row.expect("a row");
        assert_eq!(row.names, "expc.example.com,example.com,127.0.0.21");
        assert_eq!(row.clone().push(None), Push::Add(row.clone()));
        assert_eq!(row.clone().push(Some(&row)), Push::Unchanged);
        let older = ExpresswayCRow { names: "old".into(), description: "by hand".into(), ..row.clone() };
        let updated = ExpresswayCRow { description: "by hand".into(), ..row.clone() };
        assert_eq!(row.push(Some(&older)), Push::Update(updated));
    }

    #[test]
    fn a_name_cannot_smuggle_another() {
        let row = ExpresswayCRow::of("expc", Some("a,*.example.com"), ["b.example.com"]).expect("a row");
        assert_eq!(row.names, "b.example.com");
        assert_eq!(ExpresswayCRow::of("expc", None, ["", "a,b"]), Err(RowError::NoNames));
        assert_eq!(ExpresswayCRow::of("", Some("a"), []), Err(RowError::HostName));
        let long = "a".repeat(4_097);
        assert_eq!(ExpresswayCRow::of("expc", Some(&long), []), Err(RowError::TooManyNames));
    }
}
