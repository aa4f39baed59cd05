//! Device > Phone. A number that a phone has on a button becomes a line, if it is none yet.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{Device, Directory, DirectoryNumber, LineAppearance, Object, Precondition, Product, UserId, Violation};

use super::{Beside, Entity, Kind, listed, named};
use crate::form::{Control, Draft, Field, Reader};
use crate::table::Column;

const LINES: &str = "Association";
/// The greatest number of a button.
const MOST_BUTTONS: u8 = 200;
/// Where users are found while one types.
const USERS: &str = "/ccmadmin/names/user";
/// Where directory numbers are found while one types.
const NUMBERS: &str = "/ccmadmin/names/line";

fn user(user: &Option<UserId>) -> Cow<'_, str> {
    Cow::Borrowed(user.as_ref().map_or("", UserId::as_str))
}

impl Entity for Device {
    const KIND: Kind = Kind {
        path: "/ccmadmin/phone",
        menu: "Device",
        one: "Phone",
        many: "Phones",
        about: "The devices that register, by the name that each gives when it does.",
        file: "phones",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column { name: "name", label: "Device Name", value: |device, _| Cow::Borrowed(device.name.as_str()) },
        Column { name: "description", label: "Description", value: |device, _| Cow::Borrowed(&device.description) },
        Column { name: "pool", label: "Device Pool", value: |device, _| Cow::Borrowed(device.device_pool.as_str()) },
        Column {
            name: "profile",
            label: "Device Security Profile",
            value: |device, _| Cow::Borrowed(device.security_profile.as_str()),
        },
        Column { name: "owner", label: "Owner User ID", value: |device, _| user(&device.owner) },
        Column {
            name: "lines",
            label: "Directory Number",
            value: |device, _| Cow::Owned(listed(device.lines.iter().map(|line| &line.directory_number), ", ")),
        },
        Column { name: "product", label: "Product Type", value: |device, _| Cow::Borrowed(device.product.name()) },
    ];
    const KEY: &'static str = "name";

    fn fields(directory: &Directory) -> Vec<Field> {
        const PART: &str = "Device Information";
        const SECURITY: &str = "Protocol Specific Information";
        let pools = named(directory.pools().into_iter().map(|pool| &pool.name));
        let profiles = named(directory.profiles().into_iter().map(|profile| &profile.name));
        vec![
            Field::text(PART, "name", "Device Name", 128)
                .help("As the device says it when it registers: CSF and the user ID for a desktop softphone, for example.")
                .required(),
            Field::text(PART, "description", "Description", 128),
            Field::new(PART, "product", "Product Type", Control::Choice(named(Product::ALL))),
            Field::new(PART, "pool", "Device Pool", Control::Choice(pools)),
            Field::new(PART, "owner", "Owner User ID", Control::Lookup(USERS))
                .help("The user whose access token registers the device."),
            Field::new(PART, "users", "Users", Control::Area { most: 16_384 })
                .help("Users beside the owner whose tokens may register the device, one in a line."),
            Field::new(SECURITY, "profile", "Device Security Profile", Control::Choice(profiles)),
            Field::new(SECURITY, "digest_user", "Digest User", Control::Lookup(USERS))
                .help("Whose digest credentials the device registers with, when its profile enables digest authentication."),
        ]
    }

    fn row_fields(row: u8) -> Vec<Field> {
        let field = |name: &str, label, control| Field::new(LINES, format!("{name}{row}"), label, control).in_row(row);
        vec![
            field("line", "Directory Number", Control::Lookup(NUMBERS)),
            field("label", "Line Text Label", Control::Text { most: 50 }),
            field("display", "Display", Control::Text { most: 50 }),
            field("calls", "Maximum Number of Calls", Control::Number { least: 1, most: 200 }),
            field("busy", "Busy Trigger", Control::Number { least: 1, most: 200 }),
        ]
    }

    fn rows(&self) -> Vec<u8> {
        self.lines.iter().map(|line| line.index).collect()
    }

    fn offered_rows(taken: &[u8]) -> Vec<u8> {
        let free = (1..=MOST_BUTTONS).filter(|row| !taken.contains(row)).take(2);
        let mut rows: Vec<u8> = taken.iter().copied().chain(free).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn blank() -> Draft {
        Draft::default().with("product", Product::ClientServicesFramework).with("pool", "Default")
    }

    fn draft(&self, _directory: &Directory) -> Draft {
        let draft = Draft::default()
            .with("name", &self.name)
            .with("description", &self.description)
            .with("product", self.product)
            .with("pool", &self.device_pool)
            .with("owner", user(&self.owner))
            .with("users", listed(&self.associated_users, "\n"))
            .with("profile", &self.security_profile)
            .with("digest_user", user(&self.digest_user));
        self.lines.iter().fold(draft, |draft, line| {
            let row = line.index;
            draft
                .with(format!("line{row}"), &line.directory_number)
                .with(format!("label{row}"), &line.label)
                .with(format!("display{row}"), &line.display)
                .with(format!("calls{row}"), line.max_calls)
                .with(format!("busy{row}"), line.busy_trigger)
        })
    }

    fn read(reader: &mut Reader<'_>, before: Option<&Self>) -> Option<Self> {
        let name = reader.name("name");
        let product = reader.choice("product", &Product::ALL);
        let (pool, profile) = (reader.name("pool"), reader.name("profile"));
        let (owner, digest_user) = (reader.optional("owner"), reader.optional("digest_user"));
        let users = reader.names("users");
        let lines = read_lines(reader, before);
        Some(Self {
            name: name?,
            description: reader.text("description"),
            product: product?,
            security_profile: profile?,
            device_pool: pool?,
            owner: owner?,
            associated_users: users?,
            lines: lines?,
            digest_user: digest_user?,
        })
    }

    fn beside(&self, _draft: &Draft, directory: &Directory) -> Result<Beside, Violation> {
        let missing = directory.lines_to_add(self).into_iter();
        let before = missing.map(|line| (Object::Line(line), Precondition::Absent)).collect();
        Ok(Beside { before, ..Beside::default() })
    }

    fn without_new(&self, directory: &Directory) -> Self {
        let mut device = self.clone();
        device.lines.retain(|line| directory.line(line.directory_number.as_str()).is_some());
        device
    }

    fn into_object(self) -> Object {
        Object::Device(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.device(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.devices()
    }
}

/// The buttons that a phone has from now on. One that had a line before keeps its contact, with which the phone registers.
fn read_lines(reader: &mut Reader<'_>, before: Option<&Device>) -> Option<Vec<LineAppearance>> {
    let typed = reader.draft().iter().filter(|(_, value)| !value.is_empty());
    let mut rows: Vec<u8> = typed.filter_map(|(name, _)| name.strip_prefix("line")?.parse().ok()).collect();
    rows.sort_unstable();
    let lines: Vec<_> = rows.into_iter().map(|row| read_line(reader, before, row)).collect();
    lines.into_iter().collect()
}

fn read_line(reader: &mut Reader<'_>, before: Option<&Device>, row: u8) -> Option<LineAppearance> {
    let number: Option<DirectoryNumber> = reader.name(&format!("line{row}"));
    let of = |name: &str| format!("{name}{row}");
    let mut count = |name: &str, default: u8| {
        if reader.draft().get(&of(name)).is_empty() { Some(default) } else { reader.number(&of(name), (1, 200)) }
    };
    let (calls, busy) = (count("calls", 4), count("busy", 2));
    let known = before.and_then(|device| device.lines.iter().find(|line| line.index == row));
    let contact = known.map_or_else(new_contact, |line| line.contact);
    let mut line = LineAppearance::new(row, number?, contact);
    line.label = reader.text(&of("label"));
    line.display = reader.text(&of("display"));
    (line.max_calls, line.busy_trigger) = (calls?, busy?);
    Some(line)
}

fn new_contact() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid()
}
