//! A document into a tree of elements, over quick-xml's namespace-aware reader.
//!
//! quick-xml cuts the document into events and leaves some of XML 1.0's rules to its user: what a name and a character may
//! be, where text may stand, that two attributes are not one. They are checked here, before anything is kept.

use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, QName, ResolveResult};
use quick_xml::reader::NsReader;

use crate::element::{Attribute, Element};
use crate::error::XmlError;

/// The namespace of declarations, which nothing is in.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

/// What a document may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Elements within elements.
    pub depth: usize,
    /// Elements and attributes in all.
    pub nodes: usize,
    /// Attributes of an element, and declarations of namespaces in scope.
    pub attributes: usize,
}

impl Limits {
    /// What a server reads of anybody: half a mebibyte, 32 deep, 4096 elements and attributes.
    pub const REQUEST: Self = Self { bytes: 512 * 1024, depth: 32, nodes: 4096, attributes: 32 };
    /// What a client reads of the server that it asked.
    pub const ANSWER: Self = Self { bytes: 16 * 1024 * 1024, depth: 32, nodes: 400_000, attributes: 32 };
}

// AXL-1: what the elements take, besides their text, is less than three times the bytes that a request may have.
// Cannot panic: the compiler computes it.
const _: () = assert!(Limits::REQUEST.nodes * size_of::<Element>() <= 3 * Limits::REQUEST.bytes);

pub(crate) fn read(document: &[u8], limits: &Limits) -> Result<Element, XmlError> {
    if document.len() > limits.bytes {
        return Err(XmlError::TooLarge);
    }
    let text = std::str::from_utf8(document).map_err(|_| XmlError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.chars().all(is_character) {
        return Err(XmlError::Encoding);
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    reader.resolver_mut().set_max_namespace_bindings(limits.attributes);
    let mut tree = Tree { limits, open: Vec::new(), root: None, nodes: 0, namespaces: Vec::new() };
    loop {
        let event = reader.read_event();
        let at = reader.buffer_position();
        match event.map_err(|error| refusal(&error, at))? {
            Event::Start(start) => {
                let element = tree.element(&reader, &start, at)?;
                tree.open.push(element);
            }
            Event::Empty(start) => {
                let element = tree.element(&reader, &start, at)?;
                tree.close(element, at)?;
            }
            Event::End(_) => {
                let element = tree.open.pop().ok_or(broken(at, "an end tag too many"))?;
                tree.close(element, at)?;
            }
            Event::Text(text) => tree.text(&text.xml10_content(), at)?,
            Event::CData(text) => tree.data(&text.xml10_content(), at)?,
            Event::GeneralRef(reference) => tree.data(&character(&reference)?, at)?,
            Event::Decl(declaration) => check_declaration(&declaration, at, text)?,
            Event::Comment(_) => {}
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::PI(_) => return Err(XmlError::ProcessingInstruction),
            Event::Eof => return tree.finish(at),
        }
    }
}

struct Tree<'l> {
    limits: &'l Limits,
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
    /// Each namespace once.
    namespaces: Vec<Arc<str>>,
}

impl Tree<'_> {
    fn element(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>, at: u64) -> Result<Element, XmlError> {
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooDeep);
        }
        self.count()?;
        check_name(start.name(), at)?;
        let (namespace, name) = reader.resolver().resolve_element(start.name());
        let namespace = self.namespace(&namespace)?;
        if namespace.as_deref() == Some(XINCLUDE) {
            return Err(XmlError::Inclusion);
        }
        let attributes = self.attributes(reader, start, at)?;
        let element = Element { namespace, attributes, ..Element::new(name.as_ref()) };
        Ok(element)
    }

    fn count(&mut self) -> Result<(), XmlError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes { Err(XmlError::TooManyNodes) } else { Ok(()) }
    }

    fn attributes(
        &mut self,
        reader: &NsReader<&[u8]>,
        start: &BytesStart<'_>,
        at: u64,
    ) -> Result<Vec<Attribute>, XmlError> {
        let mut attributes: Vec<Attribute> = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            let attribute = attribute.map_err(|_| broken(at, "an attribute is not right"))?;
            if count >= self.limits.attributes {
                return Err(XmlError::TooManyAttributes);
            }
            self.count()?;
            check_name(attribute.key, at)?;
            if attribute.value.contains('<') {
                return Err(broken(at, "an attribute's value has a <"));
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| XmlError::Entity)?;
            if !value.chars().all(is_character) {
                return Err(XmlError::Encoding);
            }
            if attribute.key.as_namespace_binding().is_some() {
                // So that a namespace has one spelling, in a document that is read and in one that is written.
                if value.contains(['"', '<', '>', '&']) || value != attribute.value {
                    return Err(broken(at, "a namespace is no address"));
                }
                continue;
            }
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            let namespace = self.namespace(&namespace)?;
            let name = name.as_ref();
            if attributes.iter().any(|one| one.namespace == namespace && one.name() == name) {
                return Err(broken(at, "an attribute comes twice"));
            }
            attributes.push(Attribute { namespace, name: name.into(), value: value.as_ref().into() });
        }
        Ok(attributes)
    }

    fn namespace(&mut self, resolved: &ResolveResult<'_>) -> Result<Option<Arc<str>>, XmlError> {
        let name = match resolved {
            ResolveResult::Unbound => return Ok(None),
            ResolveResult::Unknown(_) => return Err(XmlError::UnknownPrefix),
            ResolveResult::Bound(Namespace(XMLNS)) => return Err(XmlError::UnknownPrefix),
            ResolveResult::Bound(namespace) => namespace.0,
        };
        if let Some(known) = self.namespaces.iter().find(|known| &***known == name) {
            return Ok(Some(Arc::clone(known)));
        }
        let namespace: Arc<str> = name.into();
        // Few documents have more than three; one that has many keeps each by itself.
        if self.namespaces.len() < 8 {
            self.namespaces.push(Arc::clone(&namespace));
        }
        Ok(Some(namespace))
    }

    fn text(&mut self, text: &str, at: u64) -> Result<(), XmlError> {
        if text.contains("]]>") {
            return Err(broken(at, "a text has ]]>"));
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.chars().all(is_space) => {}
            None => return Err(broken(at, "a text outside the root")),
        }
        Ok(())
    }

    fn data(&mut self, text: &str, at: u64) -> Result<(), XmlError> {
        let element = self.open.last_mut().ok_or(broken(at, "a text outside the root"))?;
        element.text.push_str(text);
        Ok(())
    }

    fn close(&mut self, mut element: Element, at: u64) -> Result<(), XmlError> {
        if !element.children.is_empty() && element.text.chars().all(is_space) {
            element.text = String::new();
        }
        match (self.open.last_mut(), &self.root) {
            (Some(parent), _) => parent.children.push(element),
            (None, None) => self.root = Some(element),
            (None, Some(_)) => return Err(broken(at, "a second root")),
        }
        Ok(())
    }

    fn finish(self, at: u64) -> Result<Element, XmlError> {
        if !self.open.is_empty() {
            return Err(broken(at, "an element is not closed"));
        }
        self.root.ok_or(broken(at, "there is no element"))
    }
}

fn broken(at: u64, reason: &'static str) -> XmlError {
    XmlError::NotWellFormed { at, reason }
}

fn refusal(error: &quick_xml::Error, at: u64) -> XmlError {
    use quick_xml::Error;
    use quick_xml::name::NamespaceError;
    match error {
        Error::Namespace(NamespaceError::TooManyBindings(_)) => XmlError::TooManyAttributes,
        Error::Namespace(_) => broken(at, "a namespace is not bound as it may be"),
        Error::Syntax(_) => broken(at, "markup is not closed"),
        Error::IllFormed(_) => broken(at, "an end tag does not fit"),
        Error::InvalidAttr(_) => broken(at, "an attribute is not right"),
        Error::Encoding(_) => XmlError::Encoding,
        Error::Escape(_) => XmlError::Entity,
        _ => broken(at, "it cannot be read"),
    }
}

fn check_declaration(declaration: &quick_xml::events::BytesDecl<'_>, at: u64, text: &str) -> Result<(), XmlError> {
    let known = declaration.version().is_ok_and(|version| version == "1.0");
    let encoding = match declaration.encoding() {
        None => true,
        Some(name) => name.is_ok_and(|name| ["utf-8", "us-ascii"].iter().any(|own| name.eq_ignore_ascii_case(own))),
    };
    if !known || !encoding {
        return Err(XmlError::Encoding);
    }
    if !text.starts_with("<?xml") || at > text.find("?>").map_or(0, |end| end as u64 + 2) {
        return Err(broken(at, "a declaration that is not at the beginning"));
    }
    Ok(())
}

/// What a reference in a text stands for.
fn character(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) if is_character(character) => Ok(character.to_string()),
        Ok(Some(_)) => Err(XmlError::Encoding),
        Ok(None) => {
            let name = reference.xml10_content();
            resolve_xml_entity(&name).map(str::to_owned).ok_or(XmlError::Entity)
        }
        Err(_) => Err(XmlError::Entity),
    }
}

fn check_name(name: QName<'_>, at: u64) -> Result<(), XmlError> {
    let mut parts = name.as_ref().split(':');
    let good = |part: Option<&str>| part.is_some_and(is_name);
    let valid = good(parts.next()) && parts.next().is_none_or(is_name) && parts.next().is_none();
    if valid { Ok(()) } else { Err(broken(at, "a name is not one")) }
}

/// A name without a colon, as far as ASCII goes.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii());
    first && characters.all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c) || !c.is_ascii())
}

/// `Char` of XML 1.0.
pub(crate) fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}
