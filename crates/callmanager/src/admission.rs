//! Who may come in on which listener, by the peer's certificate (our checks over facts already parsed).

/// The names of a peer's certificate: subject common name and subject alternative names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerNames {
    /// The common name of the subject.
    pub common_name: Option<String>,
    /// The dNSName entries of subjectAltName.
    pub alternative_names: Vec<String>,
}
