//! `getCCMVersion`. Our choice: the release whose dialect we speak, then our own version, in the vendor's five numbers, since
//! clients read the first of them to know what a cluster can do.

use soap::Element;
use soap::axl::Version;

use crate::axl::Axl;
use crate::axl::fields::Fields;
use crate::axl::refusal::Refusal;

pub(super) async fn get(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["processNodeName"])?;
    if let Some(name) = fields.text("processNodeName")?.filter(|name| !name.is_empty()) {
        let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
        directory.node(name).ok_or_else(|| Refusal::not_found("ProcessNode"))?;
    }
    let component = Element::new("componentVersion").with_text("version", version());
    Ok(Element::new("return").with(component))
}

/// `15.0.<major>.<minor>-<patch>`
fn version() -> String {
    let own = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    format!("{}.{own}-{}", Version::LATEST.number(), env!("CARGO_PKG_VERSION_PATCH"))
}
