//! System > Cisco Unified CM Group.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{CallManagerGroup, Directory, Object};

use super::{Entity, Kind, listed, none_or};
use crate::form::{Control, Draft, Field, Reader};
use crate::table::Column;

const MEMBERS: [&str; CallManagerGroup::MOST_MEMBERS] = ["member1", "member2", "member3"];

impl Entity for CallManagerGroup {
    const KIND: Kind = Kind {
        path: "/ccmadmin/call-manager-group",
        menu: "System",
        one: "Cisco Unified CM Group",
        many: "Cisco Unified CM Groups",
        about: "The nodes that devices register with, the first that answers serving them.",
        file: "call-manager-groups",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column { name: "name", label: "Name", value: |group, _| Cow::Borrowed(group.name.as_str()) },
        Column {
            name: "members",
            label: "Selected Cisco Unified Communications Managers",
            value: |group, _| Cow::Owned(listed(&group.members, ", ")),
        },
    ];
    const KEY: &'static str = "name";

    fn fields(directory: &Directory) -> Vec<Field> {
        const PART: &str = "Cisco Unified Communications Manager Group Settings";
        const LABELS: [&str; CallManagerGroup::MOST_MEMBERS] = ["First node", "Second node", "Third node"];
        let nodes = none_or(directory.nodes().into_iter().map(|node| &node.name));
        let mut fields = vec![Field::text(PART, "name", "Name", 128).required()];
        fields.extend(MEMBERS.into_iter().zip(LABELS).map(|(name, label)| {
            let member = Field::new(PART, name, label, Control::Choice(nodes.clone()));
            if name == "member1" { member.help("Devices try the nodes in this order.") } else { member }
        }));
        fields
    }

    fn blank() -> Draft {
        Draft::default()
    }

    fn draft(&self, _directory: &Directory) -> Draft {
        let draft = Draft::default().with("name", &self.name);
        MEMBERS.into_iter().zip(&self.members).fold(draft, |draft, (field, node)| draft.with(field, node))
    }

    fn read(reader: &mut Reader<'_>, _before: Option<&Self>) -> Option<Self> {
        let name = reader.name("name");
        let members: Vec<_> = MEMBERS.into_iter().map(|field| reader.optional(field)).collect();
        let members = members.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Self { name: name?, members: members.into_iter().flatten().collect() })
    }

    fn into_object(self) -> Object {
        Object::Group(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.group(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.groups()
    }
}
