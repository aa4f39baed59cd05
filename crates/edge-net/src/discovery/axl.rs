//! The AXL operations that discovery asks with. What is read is checked; what is not needed is not looked at.

use edge::discovery::{CallManagerAnswer, ExpresswayCRow, NodeUsage, ProcessNodeAnswer};
use soap::axl::{self, AxlError, Version};
use soap::{AnswerError, CONTENT_TYPE, Element, Limits};

use super::https::{HttpsError, Publisher};

/// The version of AXL that is spoken: that of the release from which on Expressway-C entries and OAuth ports are there.
const VERSION: Version = Version::V12_5;

/// Calls an operation and gives the response's element.
pub(super) async fn call(
    publisher: &Publisher,
    operation: &str,
    parameters: impl IntoIterator<Item = Element>,
) -> Result<Element, HttpsError> {
    let call = axl::request(VERSION, operation, parameters);
    let request = publisher
        .request(reqwest::Method::POST, axl::PATH)
        .header("Content-Type", CONTENT_TYPE)
        .header("SOAPAction", call.soap_action.clone())
        .body(call.to_document());
    let (status, body) = publisher.send(request, Limits::ANSWER.bytes).await?;
    match call.read_answer(status.as_u16(), &body, &Limits::ANSWER) {
        Ok(answer) => Ok(answer),
        Err(AnswerError::Status(status)) => Err(HttpsError::Status(status)),
        Err(error) => Err(HttpsError::Axl(error)),
    }
}

/// The AXL error of a fault.
fn axl_error(error: &HttpsError) -> Option<AxlError> {
    match error {
        HttpsError::Axl(AnswerError::Fault(fault)) => AxlError::of(fault),
        _ => None,
    }
}

pub(super) async fn version(publisher: &Publisher) -> Result<String, HttpsError> {
    let answer = call(publisher, "getCCMVersion", []).await?;
    let version = answer.at(&["return", "componentVersion", "version"]).map(|version| version.text().trim().to_owned());
    version.filter(|version| !version.is_empty()).ok_or(HttpsError::Answer("the version"))
}

/// Lists the process nodes. Addresses are looked up elsewhere.
pub(super) async fn process_nodes(publisher: &Publisher) -> Result<Vec<ProcessNodeAnswer>, HttpsError> {
    let criteria = Element::new("searchCriteria").with_text("name", "%");
    let tags = ["name", "nodeUsage", "processNodeRole"].map(Element::new);
    let tags = Element::new("returnedTags").with_all(tags);
    let answer = call(publisher, "listProcessNode", [criteria, tags]).await?;
    let list = answer.child("return").ok_or(HttpsError::Answer("the list of nodes"))?;
    let text = |node: &Element, name: &str| node.child_text(name).unwrap_or_default().trim().to_owned();
    let node = |node: &Element| ProcessNodeAnswer {
        name: text(node, "name"),
        usage: if text(node, "nodeUsage") == "Publisher" { NodeUsage::Publisher } else { NodeUsage::Subscriber },
        role: text(node, "processNodeRole"),
        addresses: Vec::new(),
    };
    Ok(list.children_of("processNode").map(node).collect())
}

/// Lists the CallManagers, and gets each one with its ports.
pub(super) async fn call_managers(publisher: &Publisher) -> Result<Vec<CallManagerAnswer>, HttpsError> {
    let criteria = Element::new("searchCriteria").with_text("name", "%");
    let tags = Element::new("returnedTags").with(Element::new("name"));
    let answer = call(publisher, "listCallManager", [criteria, tags]).await?;
    let list = answer.child("return").ok_or(HttpsError::Answer("the list of CallManagers"))?;
    let mut all = Vec::new();
    for name in list.children_of("callManager").filter_map(|entry| entry.child_text("name")) {
        all.push(call_manager(publisher, name.trim()).await?);
    }
    Ok(all)
}

async fn call_manager(publisher: &Publisher, name: &str) -> Result<CallManagerAnswer, HttpsError> {
    let answer = call(publisher, "getCallManager", [Element::new("name").with_own_text(name)]).await?;
    let entry = answer.at(&["return", "callManager"]).ok_or(HttpsError::Answer("the CallManager"))?;
    let ports = entry.at(&["ports", "sipPorts"]);
    let port = |tag: &str| ports.and_then(|ports| ports.child_text(tag)).and_then(|text| text.trim().parse().ok());
    Ok(CallManagerAnswer {
        name: name.to_owned(),
        process_node_name: entry.child_text("processNodeName").unwrap_or(name).trim().to_owned(),
        sip_oauth_port: port("sipOAuthPort"),
        sip_oauth_mra_port: port("sipOAuthMRAPort"),
    })
}

/// The row of a host in Device > Expressway-C, if there is one.
pub(super) async fn expressway_row(publisher: &Publisher, host: &str) -> Result<Option<ExpresswayCRow>, HttpsError> {
    let key = Element::new("HostNameOrIP").with_own_text(host);
    let answer = match call(publisher, "getExpresswayCConfiguration", [key]).await {
        Ok(answer) => answer,
        Err(error) if axl_error(&error).is_some_and(|error| error.code == AxlError::NOT_FOUND) => return Ok(None),
        Err(error) => return Err(error),
    };
    let row = answer.at(&["return", "expresswayCConfiguration"]).ok_or(HttpsError::Answer("the Expressway-C row"))?;
    let text = |tag: &str| row.child_text(tag).unwrap_or_default().to_owned();
    Ok(Some(ExpresswayCRow {
        host_name_or_ip: text("HostNameOrIP"),
        description: text("description"),
        names: text("X509SubjectNameorSubjectAlternateName"),
    }))
}
