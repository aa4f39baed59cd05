//! Our names to the cluster: CN and every SAN of the server certificate, as the row of Device > Expressway-C that admits us
//! on each node's MRA OAuth port.

use certificate::CertificateFacts;
use edge::discovery::{ExpresswayCRow, Push};
use soap::Element;

use super::axl::{call, expressway_row};
use super::https::{HttpsError, Publisher};

/// Adds the row of this host, or changes it when its names are others.
pub(super) async fn names(publisher: &Publisher, own: &CertificateFacts, host: &str) -> Result<String, HttpsError> {
    let common_name = own.common_names.first().map(String::as_str);
    let row = ExpresswayCRow::of(host, common_name, own.alternative_names.iter().map(String::as_str));
    let row = row.map_err(|error| HttpsError::Other(error.to_string()))?;
    let names = row.names.clone();
    let key = |row: &ExpresswayCRow| Element::new("HostNameOrIP").with_own_text(row.host_name_or_ip.as_str());
    let fields = |row: &ExpresswayCRow| {
        [
            Element::new("description").with_own_text(row.description.as_str()),
            Element::new("X509SubjectNameorSubjectAlternateName").with_own_text(row.names.as_str()),
        ]
    };
    let done = match row.push(expressway_row(publisher, host).await?.as_ref()) {
        Push::Unchanged => "unchanged",
        Push::Update(row) => {
            let parameters = std::iter::once(key(&row)).chain(fields(&row));
            call(publisher, "updateExpresswayCConfiguration", parameters).await?;
            "updated"
        }
        Push::Add(row) => {
            let entry = Element::new("expresswayCConfiguration").with(key(&row)).with_all(fields(&row));
            call(publisher, "addExpresswayCConfiguration", [entry]).await?;
            "added"
        }
    };
    Ok(format!("{host} {done}: {names}"))
}
