//! Device pools. A pool is the group of its nodes: date, region, location and routing have no meaning here.

use std::sync::Arc;

use directory::{DevicePool, Directory, Object};
use soap::Element;

use super::{Entity, Field, Shape};
use crate::axl::fields::Fields;
use crate::axl::identifier::{DEVICE_POOL, Kind};
use crate::axl::refusal::Refusal;

impl Entity for DevicePool {
    const KIND: Kind = DEVICE_POOL;
    const FIELDS: &'static [Field] = &[
        ("name", Shape::Needed),
        ("dateTimeSettingName", Shape::Ignored),
        ("callManagerGroupName", Shape::Needed),
        ("mediaResourceListName", Shape::Ignored),
        ("regionName", Shape::Ignored),
        ("networkLocale", Shape::Ignored),
        ("srstName", Shape::Ignored),
        ("aarNeighborhoodName", Shape::Ignored),
        ("locationName", Shape::Ignored),
        ("revertPriority", Shape::Ignored),
        ("localRouteGroup", Shape::Ignored),
        ("elinGroup", Shape::Ignored),
        ("mraServiceDomain", Shape::Ignored),
    ];
    const CRITERIA: &'static [&'static str] = &["name", "callManagerGroupName"];

    fn new(fields: &Fields<'_>) -> Result<Self, Refusal> {
        Ok(Self { name: fields.required("name")?.parse()?, group: fields.required("callManagerGroupName")?.parse()? })
    }

    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal> {
        fields.parsed("callManagerGroupName", &mut self.group)
    }

    fn element(&self, _directory: &Directory) -> Element {
        Element::new(DEVICE_POOL.element)
            .with_text("name", self.name.as_str())
            .with_text("callManagerGroupName", self.group.as_str())
    }

    fn key(&self) -> &str {
        self.name.as_str()
    }

    fn into_object(self) -> Object {
        Object::Pool(self)
    }

    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>> {
        directory.pool(key)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.pools()
    }
}
