//! Device > Expressway-C.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{Directory, ExpresswayC, Object};

use super::{Entity, Kind};
use crate::form::{Control, Draft, Field, Reader};
use crate::table::Column;

impl Entity for ExpresswayC {
    const KIND: Kind = Kind {
        path: "/ccmadmin/expressway-c",
        menu: "Device",
        one: "Expressway-C",
        many: "Expressway-Cs",
        about: "The names that the certificate of a client of the Mobile and Remote Access OAuth port may carry. An Expressway-C writes its own row when it discovers or refreshes this cluster.",
        file: "expressway-c",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column { name: "host", label: "Host Name/IP Address", value: |row, _| Cow::Borrowed(row.host.as_str()) },
        Column { name: "description", label: "Description", value: |row, _| Cow::Borrowed(&row.description) },
        Column {
            name: "names",
            label: "X509 Subject Name / Subject Alternate Name",
            value: |row, _| Cow::Borrowed(&row.subject_names),
        },
    ];
    const KEY: &'static str = "host";

    fn fields(_directory: &Directory) -> Vec<Field> {
        const PART: &str = "Expressway-C Information";
        vec![
            Field::text(PART, "host", "Host Name/IP Address", 255).required(),
            Field::text(PART, "description", "Description", 50),
            Field::new(PART, "names", "X509 Subject Name / Subject Alternate Name", Control::Area { most: 4096 })
                .help("Every name, separated by commas. One of them must be in the certificate, as a whole; case does not matter.")
                .required(),
        ]
    }

    fn blank() -> Draft {
        Draft::default()
    }

    fn draft(&self, _directory: &Directory) -> Draft {
        Draft::default()
            .with("host", &self.host)
            .with("description", &self.description)
            .with("names", &self.subject_names)
    }

    fn read(reader: &mut Reader<'_>, _before: Option<&Self>) -> Option<Self> {
        let host: Option<directory::Host> = reader.name("host");
        // Lines are as good as commas to who types them.
        let names = reader.text("names").lines().map(str::trim).collect::<Vec<_>>().join(",");
        Some(Self { host: host?, description: reader.text("description"), subject_names: names })
    }

    fn into_object(self) -> Object {
        Object::Expressway(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.expressway(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.expressways()
    }
}
