//! `GET /cucm-uds/clusterUser?username=…` or `?email=…`: whether this cluster is a user's home. Who is not found is no error.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::{Directory, EndUser};
use oauth::Parameters;
use soap::Element;

use super::error::Error;
use super::{Service, document};
use crate::release::release;

pub(super) async fn get(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let query = Parameters::parse(query.unwrap_or_default().as_bytes()).map_err(|_| Error::Query)?;
    let directory = (service.uds.directory)();
    let (name, value, user) = match (query.get("username"), query.get("email")) {
        (Some(name), None) => ("username", name, directory.user(name).map(AsRef::as_ref)),
        (None, Some(mail)) => ("email", mail, by_mail(&directory, mail)),
        _ => return Err(Error::Query),
    };
    let mut uri = service.uri(&["clusterUser"]);
    uri.push('?');
    uri.push_str(name);
    uri.push('=');
    oauth::encode(value, &mut uri);
    let answer = service.element_at("clusterUser", &uri);
    Ok(document(&match user.filter(|user| user.active) {
        Some(user) => answer
            .with(service.resource("result", &["user", user.user_id.as_str()]).with_attribute("found", "true"))
            .with_all(home_cluster(&service, &directory)),
        None => {
            answer.with(Element::new("result").with_attribute("version", &release()).with_attribute("found", "false"))
        }
    }))
}

fn by_mail<'d>(directory: &'d Directory, mail: &str) -> Option<&'d EndUser> {
    let users = directory.users().into_iter().map(AsRef::as_ref);
    users.filter(|user: &&EndUser| !user.mail.is_empty()).find(|user| user.mail.eq_ignore_ascii_case(mail))
}

/// The publisher, and where the others are listed.
fn home_cluster(service: &Service, directory: &Directory) -> Option<Element> {
    let publisher = directory.nodes().into_iter().next()?;
    let servers = service.uri(&["servers"]);
    Some(Element::new("homeCluster").with_attribute("serversUri", &servers).with_own_text(publisher.address.as_str()))
}
