//! System > Device Pool.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{DevicePool, Directory, Object};

use super::{Entity, Kind, named};
use crate::form::{Control, Draft, Field, Reader};
use crate::table::Column;

impl Entity for DevicePool {
    const KIND: Kind = Kind {
        path: "/ccmadmin/device-pool",
        menu: "System",
        one: "Device Pool",
        many: "Device Pools",
        about: "What devices at one place have in common: the nodes that they register with.",
        file: "device-pools",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column { name: "name", label: "Device Pool Name", value: |pool, _| Cow::Borrowed(pool.name.as_str()) },
        Column {
            name: "group",
            label: "Cisco Unified Communications Manager Group",
            value: |pool, _| Cow::Borrowed(pool.group.as_str()),
        },
    ];
    const KEY: &'static str = "name";

    fn fields(directory: &Directory) -> Vec<Field> {
        const PART: &str = "Device Pool Settings";
        let groups = named(directory.groups().into_iter().map(|group| &group.name));
        vec![
            Field::text(PART, "name", "Device Pool Name", 50).required(),
            Field::new(PART, "group", "Cisco Unified Communications Manager Group", Control::Choice(groups))
                .help("The nodes of the pool's devices, in their order."),
        ]
    }

    fn blank() -> Draft {
        Draft::default()
    }

    fn draft(&self, _directory: &Directory) -> Draft {
        Draft::default().with("name", &self.name).with("group", &self.group)
    }

    fn read(reader: &mut Reader<'_>, _before: Option<&Self>) -> Option<Self> {
        let (name, group) = (reader.name("name"), reader.name("group"));
        Some(Self { name: name?, group: group? })
    }

    fn into_object(self) -> Object {
        Object::Pool(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.pool(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.pools()
    }
}
