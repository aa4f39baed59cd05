//! `doDeviceReset`, `resetPhone`, `restartPhone` and `applyPhone`: a registration ends, and the device comes back by itself with
//! what is set now.
//!
//! Our choice: each node ends its own. A device that is registered with another node is refused with that node's name; one that is
//! registered nowhere has nothing to end, and that is a success, as at the vendor.

use directory::{AuditRecord, Author, Device};
use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::Fields;
use crate::axl::identifier::{Identifiers, PHONE, returned};
use crate::axl::refusal::Refusal;
use crate::registrations::Reset;

/// `resetPhone`, `restartPhone`, `applyPhone`
pub(super) async fn of_phone(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", "name"])?;
    let reset = match element.name() {
        "resetPhone" => Reset::Reset,
        "restartPhone" => Reset::Restart,
        _ => Reset::ApplyConfiguration,
    };
    let identifiers = Identifiers::read(axl, PHONE).await?;
    let name = identifiers.key_of_request(PHONE, &fields)?;
    run(axl, author, name, reset, &identifiers).await
}

/// `doDeviceReset`
pub(super) async fn by_type(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["deviceName", "isHardReset", "deviceResetType", "isMGCP"])?;
    let reset = match (fields.boolean("isHardReset")?, fields.text("deviceResetType")?) {
        (Some(true), None) | (None, Some("Reset")) => Reset::Reset,
        (Some(false), None) | (None, Some("Restart")) => Reset::Restart,
        (None, Some("Apply Configuration")) => Reset::ApplyConfiguration,
        (None, Some(_)) => {
            return Err(Refusal::invalid("deviceResetType is one of Reset, Restart, Apply Configuration"));
        }
        _ => return Err(Refusal::invalid("either isHardReset or deviceResetType is needed")),
    };
    let identifiers = Identifiers::read(axl, PHONE).await?;
    run(axl, author, fields.required("deviceName")?, reset, &identifiers).await
}

async fn run(
    axl: &Axl,
    author: &Author,
    name: &str,
    reset: Reset,
    identifiers: &Identifiers,
) -> Result<Element, Refusal> {
    let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
    let device = directory.device(name).ok_or_else(|| Refusal::not_found(PHONE.name))?;
    let identifier = identifiers.of(device.name.as_str()).ok_or_else(|| Refusal::not_found(PHONE.name))?;
    let detail = end(axl, device, reset).await?;
    let record = AuditRecord {
        unix_time: (axl.clock)().unix_seconds,
        author: author.clone(),
        action: reset.word().into(),
        object: format!("Phone \"{}\"", device.name),
        detail: detail.into(),
    };
    axl.repository.audit(record).await.map_err(Refusal::of_repository)?;
    Ok(returned(identifier))
}

/// What became of the registration.
async fn end(axl: &Axl, device: &Device, reset: Reset) -> Result<&'static str, Refusal> {
    if axl.registrations.end(&device.name, reset) {
        return Ok("its registration ends");
    }
    let location = axl.repository.device_location(&device.name).await.map_err(Refusal::of_repository)?;
    match location.filter(|location| location.node != *axl.registrations.node()) {
        Some(location) => {
            let node = location.node;
            Err(Refusal::invalid(format!("{} is registered with {node}: reset it there", device.name)))
        }
        None => Ok("it is not registered"),
    }
}
