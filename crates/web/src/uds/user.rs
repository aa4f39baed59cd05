//! `GET /cucm-uds/user/<id>`, `…/devices` and `…/device/<name>`: a user's own record and devices.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use directory::{Device, EndUser};
use soap::Element;

use super::error::Error;
use super::requester::own;
use super::{Service, document};

pub(super) async fn get(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<Response, Error> {
    let directory = (service.uds.directory)();
    let user = own(&service, &directory, (peer, &headers), &user).await?;
    Ok(document(&record(&service, user)))
}

pub(super) async fn devices(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<Response, Error> {
    let directory = (service.uds.directory)();
    let user = own(&service, &directory, (peer, &headers), &user).await?;
    let id = user.user_id.as_str();
    let devices = directory.devices_of_user(id).into_iter().map(|device| device_of(&service, user, device));
    Ok(document(&service.resource("devices", &["user", id, "devices"]).with_all(devices)))
}

pub(super) async fn device(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path((user, device)): Path<(String, String)>,
) -> Result<Response, Error> {
    let directory = (service.uds.directory)();
    let user = own(&service, &directory, (peer, &headers), &user).await?;
    let device = directory.device(&device).filter(|device| device.is_of_user(user.user_id.as_str()));
    Ok(document(&device_of(&service, user, device.ok_or(Error::NotFound)?)))
}

fn record(service: &Service, user: &EndUser) -> Element {
    let id = user.user_id.as_str();
    let name = [user.first_name.as_str(), user.last_name.as_str()].join(" ");
    let display = if name.trim().is_empty() { id } else { name.trim() };
    service
        .resource("user", &["user", id])
        .with_text("id", id)
        .with_text("userName", id)
        .with_text("firstName", user.first_name.as_str())
        .with_text("lastName", user.last_name.as_str())
        .with_text("displayName", display)
        .with_text("email", user.mail.as_str())
        .with_text("homeCluster", "true")
        .with(Element::new("devices").with_attribute("uri", &service.uri(&["user", id, "devices"])))
}

fn device_of(service: &Service, user: &EndUser, device: &Device) -> Element {
    let (id, name) = (user.user_id.as_str(), device.name.as_str());
    let mut file = String::new();
    oauth::encode(name, &mut file);
    let files = service.uds.config_files.iter().map(|base| format!("{base}/{file}.cnf.xml"));
    let files = files.map(|uri| Element::new("uri").with_own_text(uri));
    let is_owner = device.owner.iter().any(|owner| owner.as_str().eq_ignore_ascii_case(id));
    let numbers = device.lines.iter().map(|line| {
        Element::new("extension")
            .with_attribute("index", &line.index.to_string())
            .with_text("directoryNumber", line.directory_number.as_str())
            .with_text("label", line.label.as_str())
    });
    service
        .resource("device", &["user", id, "device", name])
        .with_text("id", name)
        .with_text("name", name)
        .with_text("type", device.product.name())
        .with_text("model", device.product.model().to_string())
        .with_text("description", device.description.as_str())
        .with_text("association", if is_owner { "owner" } else { "controlled" })
        .with(Element::new("extensions").with_all(numbers))
        .with(Element::new("provision").with_all(files))
}
