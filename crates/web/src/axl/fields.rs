//! The parameters of an operation: each once, each known, each with one meaning.

use soap::Element;

use super::refusal::Refusal;

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The children of an element, checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'e>(&'e Element);

impl<'e> Fields<'e> {
    /// The children of an element that has no others than these.
    pub(super) fn of(element: &'e Element, known: &[&str]) -> Result<Self, Refusal> {
        for (position, child) in element.children().iter().enumerate() {
            let name = child.name();
            if !known.contains(&name) {
                return Err(Refusal::invalid(format!("{} has no {name}", element.name())));
            }
            if element.children().iter().take(position).any(|other| other.name() == name) {
                return Err(Refusal::invalid(format!("{name} comes twice")));
            }
        }
        Ok(Self(element))
    }

    /// A child. One that says that it is nil is as good as none.
    pub(super) fn element(&self, name: &str) -> Option<&'e Element> {
        let nil = |child: &&Element| matches!(child.attribute_of(INSTANCE, "nil"), Some("true" | "1"));
        self.0.child(name).filter(|child| !nil(child))
    }

    /// A child that has to be there.
    pub(super) fn required_element(&self, name: &str) -> Result<&'e Element, Refusal> {
        self.element(name).ok_or_else(|| Refusal::invalid(format!("{name} is missing")))
    }

    /// The text of a child, which has no children.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'e str>, Refusal> {
        match self.element(name) {
            None => Ok(None),
            Some(child) if child.children().is_empty() => Ok(Some(child.text())),
            Some(_) => Err(Refusal::invalid(format!("{name} is a text"))),
        }
    }

    /// The text of a child that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<&'e str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::invalid(format!("{name} is missing")))
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let number = self.text(name)?.map(|text| text.trim().parse());
        number.transpose().map_err(|_| Refusal::invalid(format!("{name} is not a number")))
    }
}

/// A boolean as the interface writes it.
pub(super) fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
