//! Device > Expressway-C: the rows that an Expressway-C writes about itself at each discovery.

use directory::{
    Author, Directory, ExpresswayC, Host, Object, ObjectKey, Precondition, RepositoryError, Version, Violation,
};
use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::Fields;
use crate::axl::identifier::{EXPRESSWAY, Identifiers, braced, returned};
use crate::axl::list::{List, only};
use crate::axl::refusal::Refusal;

const HOST: &str = "HostNameOrIP";
const NEW_HOST: &str = "newHostNameOrIP";
const DESCRIPTION: &str = "description";
const NAMES: &str = "X509SubjectNameorSubjectAlternateName";

/// How often a change is tried again that met another one.
const TRIES: usize = 3;

/// `addExpresswayCConfiguration`
pub(super) async fn add(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let outer = Fields::of(element, &[EXPRESSWAY.element])?;
    let fields = Fields::of(outer.required_element(EXPRESSWAY.element)?, &[HOST, DESCRIPTION, NAMES])?;
    let row = ExpresswayC {
        host: host(fields.required(HOST)?)?,
        description: fields.text(DESCRIPTION)?.unwrap_or_default().to_owned(),
        subject_names: fields.text(NAMES)?.unwrap_or_default().to_owned(),
    };
    let key = row.host.clone();
    let put = axl.repository.put(author, vec![(Object::Expressway(row), Precondition::Absent)]);
    put.await.map_err(Refusal::of_repository)?;
    let identifiers = Identifiers::read(axl, EXPRESSWAY).await?;
    identifiers.of(key.as_str()).map(returned).ok_or_else(Refusal::unavailable)
}

/// `updateExpresswayCConfiguration`: what is not named stays as it is.
pub(super) async fn update(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", HOST, NEW_HOST, DESCRIPTION, NAMES])?;
    let new_host = fields.text(NEW_HOST)?.map(host).transpose()?;
    let mut tries = 0;
    loop {
        let identifiers = Identifiers::read(axl, EXPRESSWAY).await?;
        let directory = load(axl).await?;
        let (before, version) = find(&directory, identifiers.key_of_request(EXPRESSWAY, &fields)?)?;
        let mut row = before.clone();
        if let Some(text) = fields.text(DESCRIPTION)? {
            text.clone_into(&mut row.description);
        }
        if let Some(text) = fields.text(NAMES)? {
            text.clone_into(&mut row.subject_names);
        }
        if let Some(host) = &new_host {
            row.host = host.clone();
        }
        tries += 1;
        let written = match before.host.as_str().eq_ignore_ascii_case(row.host.as_str()) {
            true => axl.repository.put(author, vec![(Object::Expressway(row), Precondition::Version(version))]).await,
            false => axl.repository.rename_expressway(author, &before.host, version, row).await,
        };
        match written {
            Ok(()) => return identifiers.of(before.host.as_str()).map(returned).ok_or_else(Refusal::unavailable),
            Err(RepositoryError::Changed(_)) if tries < TRIES => {}
            Err(error) => return Err(Refusal::of_repository(error)),
        }
    }
}

/// `getExpresswayCConfiguration`
pub(super) async fn get(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", HOST, "returnedTags"])?;
    let identifiers = Identifiers::read(axl, EXPRESSWAY).await?;
    let directory = load(axl).await?;
    let (row, _) = find(&directory, identifiers.key_of_request(EXPRESSWAY, &fields)?)?;
    let object = object(row, &identifiers).ok_or_else(|| Refusal::not_found(EXPRESSWAY.name))?;
    Ok(Element::new("return").with(only(object, fields.element("returnedTags"))))
}

/// `removeExpresswayCConfiguration`
pub(super) async fn remove(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", HOST])?;
    let identifiers = Identifiers::read(axl, EXPRESSWAY).await?;
    let directory = load(axl).await?;
    let (row, _) = find(&directory, identifiers.key_of_request(EXPRESSWAY, &fields)?)?;
    let removing = axl.repository.remove(author, ObjectKey::Expressway(row.host.clone()), Precondition::Present);
    removing.await.map_err(Refusal::of_repository)?;
    identifiers.of(row.host.as_str()).map(returned).ok_or_else(Refusal::unavailable)
}

/// `listExpresswayCConfiguration`
pub(super) async fn list(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let list = List::read(element, &[HOST, DESCRIPTION])?;
    let identifiers = Identifiers::read(axl, EXPRESSWAY).await?;
    let directory = load(axl).await?;
    Ok(list.returned(directory.expressways().into_iter().filter_map(|row| object(row, &identifiers))))
}

async fn load(axl: &Axl) -> Result<std::sync::Arc<Directory>, Refusal> {
    axl.repository.load().await.map_err(Refusal::of_repository)
}

fn host(text: &str) -> Result<Host, Refusal> {
    Host::new(text).map_err(|violation: Violation| Refusal::invalid(violation.to_string()))
}

fn find<'d>(directory: &'d Directory, key: &str) -> Result<(&'d ExpresswayC, Version), Refusal> {
    let row = directory.expressway(key).ok_or_else(|| Refusal::not_found(EXPRESSWAY.name))?;
    let version = directory.version(&ObjectKey::Expressway(row.host.clone()));
    Ok((row, version.ok_or_else(|| Refusal::not_found(EXPRESSWAY.name))?))
}

fn object(row: &ExpresswayC, identifiers: &Identifiers) -> Option<Element> {
    let object = Element::new(EXPRESSWAY.element)
        .with_attribute("uuid", &braced(identifiers.of(row.host.as_str())?))
        .with_text(HOST, row.host.as_str())
        .with_text(DESCRIPTION, row.description.as_str())
        .with_text(NAMES, row.subject_names.as_str());
    Some(object)
}
