//! `getServiceParameter` and `updateServiceParameter`: enterprise parameters, which are those of the service `Enterprise Wide`.
//!
//! They are of the cluster, so the server that is named beside them does not matter. There are no other service parameters here.

use directory::{Author, Parameter};
use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::Fields;
use crate::axl::identifier::{Identifiers, SERVICE_PARAMETER, braced, returned};
use crate::axl::list::only;
use crate::axl::refusal::Refusal;

const SERVICE: &str = "Enterprise Wide";
/// The server that enterprise parameters are said to be of.
const NODE: &str = "EnterpriseWideData";

pub(super) async fn get(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", "processNodeName", "name", "service", "returnedTags"])?;
    let identifiers = Identifiers::read(axl, SERVICE_PARAMETER).await?;
    let parameter = named(&identifiers, &fields)?;
    let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
    let identifier = identifiers.of(parameter.name).ok_or_else(Refusal::unavailable)?;
    let object = Element::new(SERVICE_PARAMETER.element)
        .with_attribute("uuid", &braced(identifier))
        .with_text("processNodeName", NODE)
        .with_text("name", parameter.name)
        .with_text("service", SERVICE)
        .with_text("value", directory.parameters().get(parameter));
    Ok(Element::new("return").with(only(object, fields.element("returnedTags"))))
}

pub(super) async fn update(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", "processNodeName", "name", "service", "value"])?;
    let identifiers = Identifiers::read(axl, SERVICE_PARAMETER).await?;
    let parameter = named(&identifiers, &fields)?;
    let value = fields.required("value")?;
    parameter.check_writable()?;
    axl.repository.set_parameter(author, parameter.name, value).await.map_err(Refusal::of_repository)?;
    identifiers.of(parameter.name).map(returned).ok_or_else(Refusal::unavailable)
}

fn named(identifiers: &Identifiers, fields: &Fields<'_>) -> Result<&'static Parameter, Refusal> {
    if fields.element("uuid").is_none() && !fields.required("service")?.eq_ignore_ascii_case(SERVICE) {
        return Err(Refusal::not_found(SERVICE_PARAMETER.name));
    }
    let name = identifiers.key_of_request(SERVICE_PARAMETER, fields)?;
    Parameter::find(name).ok_or_else(|| Refusal::not_found(SERVICE_PARAMETER.name))
}
