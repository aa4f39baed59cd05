//! The operations, one file a kind of object.

mod authenticate_user;
pub(super) mod call_manager;
mod ccm_version;
mod device_reset;
mod expressway_c;
mod process_node;
mod service_parameter;
mod sql;

use directory::{CallManagerGroup, Device, DevicePool, Line, SecurityProfile};
use soap::Element;

use super::refusal::Refusal;
use super::request::AxlRequest;
use super::{Axl, Caller, entity};

/// The verbs that all kinds of object have.
const VERBS: [&str; 5] = ["add", "update", "get", "remove", "list"];

/// Carries out a request; answers with its element `return`.
pub(super) async fn run(axl: &Axl, caller: &Caller, request: &AxlRequest) -> Result<Element, Refusal> {
    let (element, author) = (&request.element, &caller.author);
    let verb = VERBS.into_iter().find(|verb| request.operation().starts_with(verb)).unwrap_or_default();
    match request.operation() {
        "addExpresswayCConfiguration" => expressway_c::add(axl, author, element).await,
        "updateExpresswayCConfiguration" => expressway_c::update(axl, author, element).await,
        "getExpresswayCConfiguration" => expressway_c::get(axl, element).await,
        "removeExpresswayCConfiguration" => expressway_c::remove(axl, author, element).await,
        "listExpresswayCConfiguration" => expressway_c::list(axl, element).await,
        "getCCMVersion" => ccm_version::get(axl, element).await,
        "listProcessNode" => process_node::list(axl, element).await,
        "listCallManager" => call_manager::list(axl, element).await,
        "getCallManager" => call_manager::get(axl, element).await,
        "updateCallManager" => call_manager::update(axl, author, element).await,
        "getServiceParameter" => service_parameter::get(axl, element).await,
        "updateServiceParameter" => service_parameter::update(axl, author, element).await,
        "doDeviceReset" => device_reset::by_type(axl, author, element).await,
        "resetPhone" | "restartPhone" | "applyPhone" => device_reset::of_phone(axl, author, element).await,
        "doAuthenticateUser" => authenticate_user::run(axl, caller, element).await,
        "executeSQLQuery" => sql::query(axl, element).await,
        "executeSQLUpdate" => Err(sql::update()),
        other => match other.strip_prefix(verb).filter(|_| !verb.is_empty()) {
            Some("Phone") => entity::run::<Device>(axl, caller, verb, element).await,
            Some("Line") => entity::run::<Line>(axl, caller, verb, element).await,
            Some("User") => entity::user::run(axl, caller, verb, element).await,
            Some("PhoneSecurityProfile") => entity::run::<SecurityProfile>(axl, caller, verb, element).await,
            Some("DevicePool") => entity::run::<DevicePool>(axl, caller, verb, element).await,
            Some("CallManagerGroup") => entity::run::<CallManagerGroup>(axl, caller, verb, element).await,
            _ => Err(Refusal::unknown_operation(other)),
        },
    }
}
