//! An element: its name with its namespace, its attributes, its text, its children.
//!
//! Data is element or text, so the text of an element is all of its own character data in one, and white space between
//! children is dropped. Children are found by their local name: schemas of the one vendor leave them unqualified, and
//! some clients qualify them all the same. Our choice: both are read.

use std::sync::Arc;

use crate::error::XmlError;
use crate::reader::{self, Limits};
use crate::writer;

/// An attribute.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) name: Box<str>,
    pub(crate) value: Box<str>,
}

impl Attribute {
    /// The namespace, if it has a prefix.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The local name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// An element.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) name: Box<str>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// An empty element without a namespace.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { namespace: None, name: name.into(), attributes: Vec::new(), children: Vec::new(), text: String::new() }
    }

    /// An empty element of a namespace.
    #[must_use]
    pub fn qualified(namespace: &str, name: &str) -> Self {
        Self { namespace: Some(namespace.into()), ..Self::new(name) }
    }

    /// Reads a document.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, XmlError> {
        reader::read(document, limits)
    }

    /// The element as a document, with its declaration.
    #[must_use]
    pub fn to_document(&self) -> String {
        writer::document(self)
    }

    /// With a child behind the others.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// With children behind the others.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// With a child, of no namespace, that holds a text. Characters that XML cannot carry become U+FFFD.
    #[must_use]
    pub fn with_text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(Self { text: text.into(), ..Self::new(name) })
    }

    /// With a text of its own.
    #[must_use]
    pub fn with_own_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// With an attribute of no namespace.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push(Attribute { namespace: None, name: name.into(), value: value.into() });
        self
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The local name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the element has this name in this namespace.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace() == Some(namespace) && self.name() == name
    }

    /// The element's own text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value of an attribute of no namespace.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|one| one.namespace.is_none() && one.name() == name).map(Attribute::value)
    }

    /// The value of an attribute of a namespace.
    #[must_use]
    pub fn attribute_of(&self, namespace: &str, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|one| one.namespace() == Some(namespace) && one.name() == name);
        found.map(Attribute::value)
    }

    /// The attributes, without the declarations of namespaces.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The children.
    #[must_use]
    pub fn children(&self) -> &[Element] {
        &self.children
    }

    /// The first child of a local name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name() == name)
    }

    /// All children of a local name.
    pub fn children_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name() == name)
    }

    /// The text of the first child of a local name.
    #[must_use]
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(Element::text)
    }

    /// The element that a way of local names leads to, by the first of each name.
    #[must_use]
    pub fn at(&self, way: &[&str]) -> Option<&Element> {
        way.iter().try_fold(self, |element, name| element.child(name))
    }
}

/// Names and counts, no text: requests carry passwords.
impl std::fmt::Debug for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Element")
            .field("namespace", &self.namespace)
            .field("name", &self.name)
            .field("attributes", &self.attributes.len())
            .field("children", &self.children)
            .field("text_length", &self.text.len())
            .finish()
    }
}
