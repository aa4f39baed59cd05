//! The operations, one file a kind of object.

mod call_manager;
mod ccm_version;
mod expressway_c;
mod process_node;
mod security_profile;
mod sql;

use directory::Author;
use soap::Element;

use super::Axl;
use super::refusal::Refusal;
use super::request::AxlRequest;

/// Carries out a request; answers with its element `return`.
pub(super) async fn run(axl: &Axl, author: &Author, request: &AxlRequest) -> Result<Element, Refusal> {
    let element = &request.element;
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
        "getPhoneSecurityProfile" => security_profile::get(axl, element).await,
        "executeSQLQuery" => sql::query(axl, element).await,
        "executeSQLUpdate" => Err(sql::update()),
        other => Err(Refusal::unknown_operation(other)),
    }
}
