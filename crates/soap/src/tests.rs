//! Messages as clients and servers write them, and as an attacker would.

mod hostile;
mod messages;

use crate::{Element, Limits, XmlError};

fn read(document: &str) -> Result<Element, XmlError> {
    Element::parse(document.as_bytes(), &Limits::REQUEST)
}
