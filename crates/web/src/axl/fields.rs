//! The parameters of an operation: each once, each known, each with one meaning.

use std::str::FromStr;

use directory::Violation;
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

    /// Takes over a text.
    pub(super) fn copy(&self, name: &str, value: &mut String) -> Result<(), Refusal> {
        if let Some(text) = self.text(name)? {
            text.clone_into(value);
        }
        Ok(())
    }

    /// Takes over a number.
    pub(super) fn count<T: FromStr>(&self, name: &str, value: &mut T) -> Result<(), Refusal> {
        if let Some(text) = self.text(name)? {
            let number = text.trim().parse();
            *value = number.map_err(|_| Refusal::invalid(format!("{name} is not a number that is allowed")))?;
        }
        Ok(())
    }

    /// A boolean.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name)?.map(str::trim) {
            None => Ok(None),
            Some(text) if ["true", "t", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes)) => Ok(Some(true)),
            Some(text) if ["false", "f", "0"].iter().any(|no| text.eq_ignore_ascii_case(no)) => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid(format!("{name} is true or false"))),
        }
    }

    /// Takes over a boolean.
    pub(super) fn switch(&self, name: &str, value: &mut bool) -> Result<(), Refusal> {
        if let Some(given) = self.boolean(name)? {
            *value = given;
        }
        Ok(())
    }

    /// Takes over a name.
    pub(super) fn parsed<T: FromStr<Err = Violation>>(&self, name: &str, value: &mut T) -> Result<(), Refusal> {
        if let Some(text) = self.text(name)? {
            *value = text.parse()?;
        }
        Ok(())
    }

    /// Takes over a name that may be absent: an empty one takes it away.
    pub(super) fn optional<T: FromStr<Err = Violation>>(
        &self,
        name: &str,
        value: &mut Option<T>,
    ) -> Result<(), Refusal> {
        match self.text(name)? {
            None => {}
            Some("") => *value = None,
            Some(text) => *value = Some(text.parse()?),
        }
        Ok(())
    }

    /// Refuses all but one value.
    pub(super) fn only_value(&self, name: &str, only: &str) -> Result<(), Refusal> {
        match self.text(name)? {
            Some(text) if !text.eq_ignore_ascii_case(only) => Err(Refusal::invalid(format!("{name} is {only}"))),
            _ => Ok(()),
        }
    }
}

/// The elements of a list, which has no others.
pub(super) fn items<'e>(list: &'e Element, name: &str) -> Result<Vec<&'e Element>, Refusal> {
    match list.children().iter().find(|child| child.name() != name) {
        Some(other) => Err(Refusal::invalid(format!("{} has no {}", list.name(), other.name()))),
        None => Ok(list.children().iter().collect()),
    }
}

/// A boolean as the interface writes it.
pub(super) fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
