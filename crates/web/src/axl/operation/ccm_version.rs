//! `getCCMVersion`: the release, the same on every server.

use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::Fields;
use crate::axl::refusal::Refusal;
use crate::release::release;

pub(super) async fn get(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["processNodeName"])?;
    if let Some(name) = fields.text("processNodeName")?.filter(|name| !name.is_empty()) {
        let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
        directory.node(name).ok_or_else(|| Refusal::not_found("ProcessNode"))?;
    }
    let component = Element::new("componentVersion").with_text("version", release());
    Ok(Element::new("return").with(component))
}
