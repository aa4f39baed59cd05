//! A device configuration file as a tree of elements, read without knowledge of namespaces: the vendor's files
//! use prefixes that nothing declares.
//!
//! The file comes from the network, often without TLS, so size, depth and number of elements are bounded, and a
//! document type, which could define entities, is refused.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::ConfigError;

/// A real file has about 20 KiB.
pub(super) const SIZE_LIMIT: usize = 1 << 20;
/// A real file is nine deep.
const DEPTH_LIMIT: usize = 32;
/// A real file has about 400.
const ELEMENT_LIMIT: usize = 20_000;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The root element of a document.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, ConfigError> {
        if document.len() > SIZE_LIMIT {
            return Err(ConfigError::TooLarge);
        }
        let text = std::str::from_utf8(document).map_err(|_| ConfigError::NotUtf8)?;
        let mut reader = Reader::from_str(text);
        let mut tree = Tree::default();
        loop {
            match reader.read_event().map_err(|_| ConfigError::NotWellFormed)? {
                Event::Start(start) => tree.open(&start)?,
                Event::Empty(start) => {
                    tree.open(&start)?;
                    tree.close()?;
                }
                Event::End(_) => tree.close()?,
                Event::Text(text) => tree.text(&text),
                Event::CData(text) => tree.text(&text),
                Event::GeneralRef(reference) => tree.reference(&reference)?,
                Event::DocType(_) => return Err(ConfigError::DocumentType),
                Event::Eof => return tree.finish(),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children(name).next()
    }

    /// The children of this name.
    pub(crate) fn children(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path of first children.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text at the end of a path, without the blanks around it; nothing if it is empty.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.trim()).filter(|text| !text.is_empty())
    }
}

/// The elements that are still open, the root first.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), ConfigError> {
        self.elements += 1;
        if self.open.len() >= DEPTH_LIMIT || self.elements > ELEMENT_LIMIT {
            return Err(ConfigError::TooLarge);
        }
        if self.root.is_some() {
            return Err(ConfigError::NotWellFormed);
        }
        let mut element = Element { name: start.name().into_inner().to_owned(), ..Element::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| ConfigError::NotWellFormed)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| ConfigError::NotWellFormed)?;
            element.attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ConfigError> {
        let element = self.open.pop().ok_or(ConfigError::NotWellFormed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), ConfigError> {
        let named = match &**reference {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference.resolve_char_ref().map_err(|_| ConfigError::NotWellFormed)?,
        };
        let character = named.ok_or(ConfigError::NotWellFormed)?;
        if let Some(element) = self.open.last_mut() {
            element.text.push(character);
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, ConfigError> {
        match (self.open.is_empty(), self.root) {
            (true, Some(root)) => Ok(root),
            _ => Err(ConfigError::NotWellFormed),
        }
    }
}
