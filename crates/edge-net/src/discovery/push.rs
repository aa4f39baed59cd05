//! Our names to the cluster: CN and every SAN of the server certificate, as the row of Device > Expressway-C that admits us
//! on each node's MRA OAuth port.

use runtime::certificate::CertificateFacts;
use soap::Element;
use soap::axl::AxlError;

use super::axl::{axl_error, call};
use super::https::{HttpsError, Publisher};

/// What the row says of where it comes from.
const DESCRIPTION: &str = "added by Expressway-C over AXL";

/// Changes the row of this host, or adds it when there is none.
pub(super) async fn names(
    publisher: &Publisher,
    own: &CertificateFacts,
    hostname: &str,
) -> Result<String, HttpsError> {
    let names = own.names().join(",");
    let key = || Element::new("HostNameOrIP").with_own_text(hostname);
    let subjects = || Element::new("X509SubjectNameorSubjectAlternateName").with_own_text(names.as_str());
    match call(publisher, "updateExpresswayCConfiguration", [key(), subjects()]).await {
        Ok(_) => return Ok(format!("updated {hostname}: {names}")),
        Err(error) if axl_error(&error).is_some_and(|error| error.code == AxlError::NOT_FOUND) => {}
        Err(error) => return Err(error),
    }
    let description = Element::new("description").with_own_text(DESCRIPTION);
    let row = Element::new("expresswayCConfiguration").with_all([key(), description, subjects()]);
    call(publisher, "addExpresswayCConfiguration", [row]).await?;
    Ok(format!("added {hostname}: {names}"))
}
