//! The WSDL and the schema of the interface, written here for the operations that there are.
//!
//! `GET /axl/AXLAPI.wsdl` describes the newest version and `GET /axl/<version>/AXLAPI.wsdl` another; each imports the
//! `AXLSoap.xsd` beside it. They hold no secret and are served to anybody.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{CallManagerGroup, Device, DevicePool, EndUser, Line, SecurityProfile};
use soap::axl::Version;

use super::{Service, entity};

const WSDL: &str = include_str!("AXLAPI.wsdl");
const SCHEMA: &str = include_str!("AXLSoap.xsd");

/// What stands for one operation in the WSDL's three lists.
const OPERATION: [(&str, &str); 3] = [
    (
        "<!-- messages -->",
        "  <message name=\"{operation}\"><part name=\"in\" element=\"axl:{operation}\"/></message>\n  \
           <message name=\"{operation}Response\"><part name=\"out\" element=\"axl:{operation}Response\"/></message>\n",
    ),
    (
        "<!-- port type -->",
        "    <operation name=\"{operation}\"><input message=\"tns:{operation}\"/>\
               <output message=\"tns:{operation}Response\"/></operation>\n",
    ),
    (
        "<!-- binding -->",
        "    <operation name=\"{operation}\">\n      \
               <soap:operation soapAction=\"CUCM:DB ver={version} {operation}\"/>\n      \
               <input><soap:body use=\"literal\"/></input><output><soap:body use=\"literal\"/></output>\n    \
             </operation>\n",
    ),
];

/// The operations that there are.
pub static OPERATIONS: &[&str] = &[
    "addExpresswayCConfiguration",
    "updateExpresswayCConfiguration",
    "getExpresswayCConfiguration",
    "removeExpresswayCConfiguration",
    "listExpresswayCConfiguration",
    "getCCMVersion",
    "listProcessNode",
    "listCallManager",
    "getCallManager",
    "updateCallManager",
    "addPhone",
    "updatePhone",
    "getPhone",
    "removePhone",
    "listPhone",
    "addLine",
    "updateLine",
    "getLine",
    "removeLine",
    "listLine",
    "addUser",
    "updateUser",
    "getUser",
    "removeUser",
    "listUser",
    "addPhoneSecurityProfile",
    "updatePhoneSecurityProfile",
    "getPhoneSecurityProfile",
    "removePhoneSecurityProfile",
    "listPhoneSecurityProfile",
    "addDevicePool",
    "updateDevicePool",
    "getDevicePool",
    "removeDevicePool",
    "listDevicePool",
    "addCallManagerGroup",
    "updateCallManagerGroup",
    "getCallManagerGroup",
    "removeCallManagerGroup",
    "listCallManagerGroup",
    "getServiceParameter",
    "updateServiceParameter",
    "doDeviceReset",
    "resetPhone",
    "restartPhone",
    "applyPhone",
    "doAuthenticateUser",
    "executeSQLQuery",
];

pub(super) async fn latest_wsdl(State(service): State<Arc<Service>>) -> Response {
    document(wsdl_of(&service, Version::LATEST))
}

pub(super) async fn latest_schema() -> Response {
    document(schema_of(Version::LATEST))
}

pub(super) async fn wsdl(State(service): State<Arc<Service>>, Path(version): Path<String>) -> Response {
    match Version::from_number(&version) {
        Some(version) => document(wsdl_of(&service, version)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn schema(Path(version): Path<String>) -> Response {
    match Version::from_number(&version) {
        Some(version) => document(schema_of(version)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn document(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

fn wsdl_of(service: &Service, version: Version) -> String {
    let mut text = WSDL.to_owned();
    for (place, template) in OPERATION {
        let all: String = OPERATIONS.iter().map(|operation| template.replace("{operation}", operation)).collect();
        text = text.replace(place, all.trim());
    }
    text.replace("{version}", version.number()).replace("{address}", &service.axl.address)
}

fn schema_of(version: Version) -> String {
    let objects = [
        entity::describe::<Device>(),
        entity::describe::<Line>(),
        entity::describe::<EndUser>(),
        entity::describe::<SecurityProfile>(),
        entity::describe::<DevicePool>(),
        entity::describe::<CallManagerGroup>(),
    ];
    SCHEMA.replace("<!-- objects -->", objects.concat().trim()).replace("{version}", version.number())
}
