//! User Management > End User, with passwords, roles and the devices that a user is associated with.
//!
//! A password is hashed before anything is written, and is in no page, file, message or log.

use std::borrow::Cow;
use std::sync::Arc;

use authorization::Password;
use directory::{Directory, EndUser, Object, Role, UserId, Violation};
use web::passwords;

use super::{Beside, Entity, Kind, Secrets, listed};
use crate::form::{Control, Draft, Field, Reader, Said};
use crate::table::Column;

/// The boxes of the roles.
const ROLES: [(&str, Role); 3] =
    [("administrator", Role::Administrator), ("read_only", Role::ReadOnly), ("axl", Role::AxlAccess)];

impl Entity for EndUser {
    const KIND: Kind = Kind {
        path: "/ccmadmin/end-user",
        menu: "User Management",
        one: "End User",
        many: "End Users",
        about: "Who signs in, on a softphone or here, and which devices are theirs.",
        file: "end-users",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column { name: "user", label: "User ID", value: |user, _| Cow::Borrowed(user.user_id.as_str()) },
        Column { name: "first", label: "First Name", value: |user, _| Cow::Borrowed(&user.first_name) },
        Column { name: "last", label: "Last Name", value: |user, _| Cow::Borrowed(&user.last_name) },
        Column { name: "mail", label: "Mail ID", value: |user, _| Cow::Borrowed(&user.mail) },
        Column {
            name: "status",
            label: "User Status",
            value: |user, _| Cow::Borrowed(if user.active { "Active" } else { "Inactive" }),
        },
        Column {
            name: "roles",
            label: "Roles",
            value: |user, _| Cow::Owned(listed(user.roles.iter().map(|role| role.name()), ", ")),
        },
    ];
    const KEY: &'static str = "user";
    /// The phones say it: users first, then phones that name them.
    const NOT_IN_FILES: &'static [&'static str] = &["devices"];

    fn fields(_directory: &Directory) -> Vec<Field> {
        const PART: &str = "User Information";
        const DEVICES: &str = "Device Information";
        const PERMISSIONS: &str = "Permissions Information";
        let role = |name, label: &'static str| Field::new(PERMISSIONS, name, label, Control::Check);
        vec![
            Field::text(PART, "user", "User ID", 128).required(),
            Field::text(PART, "first", "First Name", 64),
            Field::text(PART, "last", "Last Name", 64),
            Field::text(PART, "mail", "Mail ID", 254),
            Field::new(PART, "active", "Active", Control::Check)
                .help("Who is not active cannot sign in; tokens and sessions end at once."),
            Field::new(PART, "password", "Password", Control::Secret)
                .help("Empty leaves it as it is. At least 8 characters; 12 for an administrator, without the user ID. A new one ends the user's tokens and sessions."),
            Field::new(PART, "again", "Confirm Password", Control::Secret),
            Field::new(PART, "digest", "Digest Credentials", Control::Secret)
                .help("The password of devices with digest authentication. Empty leaves it as it is. It is kept for the realm of now."),
            Field::new(DEVICES, "devices", "Controlled Devices", Control::Area { most: 65_536 })
                .help("Devices that the user's tokens may register beside those that it owns, one in a line."),
            role("administrator", "Standard CCM Super Users").help("May change everything here, and use the programming interfaces."),
            role("read_only", "Standard CCM Read Only").help("May see every page here, and change nothing."),
            role("axl", "Standard AXL API Access").help("May use the programming interfaces, and not these pages."),
        ]
    }

    fn blank() -> Draft {
        Draft::default().with("active", true)
    }

    fn draft(&self, directory: &Directory) -> Draft {
        let own = |user: &UserId| user.as_str().eq_ignore_ascii_case(self.user_id.as_str());
        let devices = directory.devices_of_user(self.user_id.as_str()).into_iter();
        let devices = devices.filter(|device| device.associated_users.iter().any(own));
        let draft = Draft::default()
            .with("user", &self.user_id)
            .with("first", &self.first_name)
            .with("last", &self.last_name)
            .with("mail", &self.mail)
            .with("active", self.active)
            .with("devices", listed(devices.map(|device| &device.name), "\n"));
        ROLES.iter().fold(draft, |draft, (name, role)| draft.with(*name, self.roles.contains(role)))
    }

    fn read(reader: &mut Reader<'_>, _before: Option<&Self>) -> Option<Self> {
        let user_id = reader.name("user");
        let roles = ROLES.iter().filter(|(name, _)| reader.is_checked(name)).map(|(_, role)| *role).collect();
        Some(Self {
            user_id: user_id?,
            first_name: reader.text("first"),
            last_name: reader.text("last"),
            mail: reader.text("mail"),
            active: reader.is_checked("active"),
            roles,
        })
    }

    /// The phones that gain or lose the user.
    fn beside(&self, draft: &Draft, directory: &Directory) -> Result<Beside, Violation> {
        let devices: Vec<_> = crate::form::separate(draft.get("devices")).collect();
        Ok(Beside { behind: directory.associate(&self.user_id, &devices)?, ..Beside::default() })
    }

    fn secrets(&self, reader: &mut Reader<'_>, directory: &Directory) -> Secrets {
        let mut secrets = Secrets::default();
        let password = reader.text("password");
        if password != reader.text("again") {
            reader.refuse::<()>("again", Said::Text("The two passwords are not alike.".into()));
        } else if !password.is_empty() {
            let is_administrator = self.roles.contains(&Role::Administrator);
            let check = if is_administrator {
                passwords::check_administrator(&self.user_id, &password)
            } else {
                passwords::check(&password)
            };
            match check {
                Ok(()) => secrets.password = Some(Password::new(password)),
                Err(reason) => {
                    reader.refuse::<()>("password", Said::Text(reason));
                }
            }
        }
        let digest = reader.text("digest");
        if !digest.is_empty() {
            match passwords::check(&digest) {
                Ok(()) => {
                    let realm = directory.parameters().sip_station_realm();
                    secrets.digest = Some(passwords::digest_secret(&self.user_id, realm, &digest));
                }
                Err(reason) => {
                    reader.refuse::<()>("digest", Said::Text(reason));
                }
            }
        }
        secrets
    }

    fn into_object(self) -> Object {
        Object::User(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.user(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.users()
    }
}
