//! CallManager groups: the nodes of a device in order. A member is named as `listCallManager` names it.

use std::sync::Arc;

use directory::{CallManagerGroup, Directory, NodeName, Object};
use soap::Element;

use super::{Entity, Field, Shape};
use crate::axl::fields::{Fields, items};
use crate::axl::identifier::{CALL_MANAGER_GROUP, Kind};
use crate::axl::operation::call_manager;
use crate::axl::refusal::Refusal;

impl Entity for CallManagerGroup {
    const KIND: Kind = CALL_MANAGER_GROUP;
    const FIELDS: &'static [Field] =
        &[("name", Shape::Needed), ("tftpDefault", Shape::Ignored), ("members", Shape::Tree("Members"))];
    const CRITERIA: &'static [&'static str] = &["name"];

    fn new(fields: &Fields<'_>) -> Result<Self, Refusal> {
        fields.required_element("members")?;
        Ok(Self { name: fields.required("name")?.parse()?, members: Vec::new() })
    }

    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal> {
        if let Some(members) = fields.element("members") {
            self.members = read(members)?;
        }
        Ok(())
    }

    fn element(&self, _directory: &Directory) -> Element {
        let members = self.members.iter().enumerate().map(|(priority, node)| {
            Element::new("member")
                .with_text("callManagerName", call_manager::name_of(node))
                .with_text("priority", priority.to_string())
        });
        Element::new(CALL_MANAGER_GROUP.element)
            .with_text("name", self.name.as_str())
            .with(Element::new("members").with_all(members))
    }

    fn key(&self) -> &str {
        self.name.as_str()
    }

    fn into_object(self) -> Object {
        Object::Group(self)
    }

    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>> {
        directory.group(key)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.groups()
    }
}

fn read(members: &Element) -> Result<Vec<NodeName>, Refusal> {
    let mut nodes = Vec::new();
    for member in items(members, "member")? {
        let fields = Fields::of(member, &["callManagerName", "priority"])?;
        let name = fields.required("callManagerName")?;
        let node: NodeName = call_manager::node_of(name).parse()?;
        let priority = fields.number("priority")?.ok_or_else(|| Refusal::invalid("priority is missing"))?;
        nodes.push((priority, node));
    }
    nodes.sort_by_key(|(priority, _)| *priority);
    Ok(nodes.into_iter().map(|(_, node)| node).collect())
}
