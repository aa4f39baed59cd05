//! `list…`: which objects, which of them from where, and what of each.

use soap::Element;

use super::fields::Fields;
use super::refusal::Refusal;

/// The longest that is compared with every object: no name is longer.
const LONGEST_PATTERN: usize = 255;

/// The parameters of a list.
pub(super) struct List<'e> {
    criteria: Vec<(&'e str, &'e str)>,
    tags: Option<&'e Element>,
    skip: usize,
    first: usize,
}

impl<'e> List<'e> {
    /// Reads the parameters: at least one criterion of these.
    pub(super) fn read(element: &'e Element, known: &[&str]) -> Result<Self, Refusal> {
        let fields = Fields::of(element, &["searchCriteria", "returnedTags", "skip", "first"])?;
        let criteria = Fields::of(fields.required_element("searchCriteria")?, known)?;
        let mut given = Vec::new();
        for name in fields.required_element("searchCriteria")?.children().iter().map(Element::name) {
            match criteria.text(name)? {
                Some(pattern) if pattern.len() > LONGEST_PATTERN => {
                    return Err(Refusal::invalid(format!("{name} has at most {LONGEST_PATTERN} bytes")));
                }
                Some(pattern) => given.push((name, pattern)),
                None => {}
            }
        }
        if given.is_empty() {
            return Err(Refusal::invalid(format!("searchCriteria needs one of {}", known.join(", "))));
        }
        let (skip, first) = (fields.number("skip")?.unwrap_or(0), fields.number("first")?.unwrap_or(usize::MAX));
        Ok(Self { criteria: given, tags: fields.element("returnedTags"), skip, first })
    }

    /// The answer: of the objects in order, those that fit, those that are wanted, with what is wanted of each.
    pub(super) fn returned(&self, objects: impl Iterator<Item = Element>) -> Element {
        let fits = |object: &Element| {
            let mut criteria = self.criteria.iter();
            criteria.all(|(name, pattern)| like(pattern, object.child_text(name).unwrap_or_default()))
        };
        let found = objects.filter(fits).skip(self.skip).take(self.first);
        Element::new("return").with_all(found.map(|object| only(object, self.tags)))
    }
}

/// What of an object is wanted: all, or what the tags name. The identifier is always there.
pub(super) fn only(object: Element, tags: Option<&Element>) -> Element {
    let Some(tags) = tags.filter(|tags| !tags.children().is_empty()) else { return object };
    let mut kept = Element::new(object.name());
    for attribute in object.attributes() {
        kept = kept.with_attribute(attribute.name(), attribute.value());
    }
    let wanted = object.children().iter().filter_map(|child| {
        let tag = tags.child(child.name())?;
        Some(only(child.clone(), Some(tag)))
    });
    let wanted: Vec<Element> = wanted.collect();
    kept.with_own_text(object.text()).with_all(wanted)
}

/// Whether a value is like a pattern: `%` stands for any characters, and case does not matter.
pub(crate) fn like(pattern: &str, value: &str) -> bool {
    let (pattern, value) = (pattern.to_lowercase(), value.to_lowercase());
    let Some((first, rest)) = pattern.split_once('%') else { return pattern == value };
    let Some(mut value) = value.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('%').unwrap_or(("", rest));
    for part in middle.split('%') {
        match value.find(part) {
            Some(at) => value = value.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    value.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_stands_for_anything() {
        for (pattern, value, expected) in [
            ("%", "", true),
            ("%", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("exp-c", "EXP-C", true),
            ("exp", "exp-c", false),
            ("exp%", "exp-c", true),
            ("%-c", "exp-c", true),
            ("%x%", "exp-c", true),
            ("e%p%c", "exp-c", true),
            ("e%z%c", "exp-c", false),
            ("a%a", "a", false),
            ("a%a", "aa", true),
            ("%%a", "ba", true),
            ("e_p", "exp", false),
        ] {
            assert_eq!(like(pattern, value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn tags_choose_what_is_returned() {
        let object = Element::new("o").with_attribute("uuid", "{1}").with_text("a", "1").with_text("b", "2").with(
            Element::new("ports").with_text("x", "3").with(Element::new("sip").with_text("y", "4").with_text("z", "5")),
        );
        let tags = |tags: Element| only(object.clone(), Some(&tags)).to_document();
        let body = |document: String| document.split_once("?>").unwrap().1.to_owned();
        assert_eq!(only(object.clone(), None), object);
        assert_eq!(only(object.clone(), Some(&Element::new("returnedTags"))), object);
        let a = Element::new("returnedTags").with(Element::new("a")).with(Element::new("unknown"));
        assert_eq!(body(tags(a)), "<o uuid=\"{1}\"><a>1</a></o>");
        let ports = Element::new("returnedTags").with(Element::new("ports"));
        let whole = "<ports><x>3</x><sip><y>4</y><z>5</z></sip></ports>";
        assert_eq!(body(tags(ports)), format!("<o uuid=\"{{1}}\">{whole}</o>"));
        let sip = Element::new("sip").with(Element::new("z"));
        let deep = Element::new("returnedTags").with(Element::new("ports").with(sip));
        assert_eq!(body(tags(deep)), "<o uuid=\"{1}\"><ports><sip><z>5</z></sip></ports></o>");
    }
}
