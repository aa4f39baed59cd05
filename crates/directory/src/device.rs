//! A device (phone) and the lines that appear on its buttons.

use crate::error::{Rule, Violation};
use crate::name::{DeviceName, DirectoryNumber, PoolName, ProfileName, UserId};
use std::fmt;
use uuid::Uuid;

const OBJECT: &str = "Phone";

/// The product type of a device, with the model number that it sends when it registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Desktop softphone.
    ClientServicesFramework,
    /// Softphone on an iPhone.
    DualModeForIphone,
    /// Softphone on Android.
    DualModeForAndroid,
    /// Softphone on a tablet.
    JabberForTablet,
    /// Desk phone 7821.
    Phone7821,
    /// Desk phone 8851.
    Phone8851,
    /// A standard SIP phone with one line.
    ThirdPartyBasic,
    /// A standard SIP phone with up to eight lines.
    ThirdPartyAdvanced,
}

impl Product {
    /// All products.
    pub const ALL: [Self; 8] = [
        Self::ClientServicesFramework,
        Self::DualModeForIphone,
        Self::DualModeForAndroid,
        Self::JabberForTablet,
        Self::Phone7821,
        Self::Phone8851,
        Self::ThirdPartyBasic,
        Self::ThirdPartyAdvanced,
    ];

    /// The model number: `+u.sip!model.ccm.cisco.com`, and `tkmodel` of the database.
    #[must_use]
    pub fn model(self) -> u16 {
        match self {
            Self::ClientServicesFramework => 503,
            Self::DualModeForIphone => 562,
            Self::DualModeForAndroid => 575,
            Self::JabberForTablet => 652,
            Self::Phone7821 => 621,
            Self::Phone8851 => 684,
            Self::ThirdPartyBasic => 336,
            Self::ThirdPartyAdvanced => 374,
        }
    }

    /// The product of a model number.
    #[must_use]
    pub fn from_model(model: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.model() == model)
    }

    /// The product's name in the administration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientServicesFramework => "Cisco Unified Client Services Framework",
            Self::DualModeForIphone => "Cisco Dual Mode for iPhone",
            Self::DualModeForAndroid => "Cisco Dual Mode for Android",
            Self::JabberForTablet => "Cisco Jabber for Tablet",
            Self::Phone7821 => "Cisco 7821",
            Self::Phone8851 => "Cisco 8851",
            Self::ThirdPartyBasic => "Third-party SIP Device (Basic)",
            Self::ThirdPartyAdvanced => "Third-party SIP Device (Advanced)",
        }
    }

    /// The most lines that the product takes.
    #[must_use]
    pub fn most_lines(self) -> usize {
        match self {
            Self::ThirdPartyBasic => 1,
            Self::Phone7821 => 2,
            Self::Phone8851 => 10,
            _ => 8,
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A directory number on a button of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAppearance {
    /// The button, from 1.
    pub index: u8,
    /// The line.
    pub directory_number: DirectoryNumber,
    /// The user part of the Contact that the device registers for this line.
    pub contact: Uuid,
    /// The text beside the button.
    pub label: String,
    /// The name shown to the called party.
    pub display: String,
    /// The most calls at a time.
    pub max_calls: u8,
    /// The number of calls at which a further one finds the line busy.
    pub busy_trigger: u8,
}

impl LineAppearance {
    /// An appearance with the values of a new page: four calls, busy at two.
    #[must_use]
    pub fn new(index: u8, directory_number: DirectoryNumber, contact: Uuid) -> Self {
        Self {
            index,
            directory_number,
            contact,
            label: String::new(),
            display: String::new(),
            max_calls: 4,
            busy_trigger: 2,
        }
    }

    fn validate(&self) -> Result<(), Violation> {
        let text = [("Line Text Label", &self.label), ("Display", &self.display)];
        for (field, value) in text {
            check_text(field, value, 50)?;
        }
        check_range("Maximum Number of Calls", self.max_calls, 1, 200)?;
        check_range("Busy Trigger", self.busy_trigger, 1, self.max_calls)
    }
}

/// A device: what registers, with the name that it gives when it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Device Name.
    pub name: DeviceName,
    /// Description.
    pub description: String,
    /// Product type.
    pub product: Product,
    /// Device Security Profile.
    pub security_profile: ProfileName,
    /// Device Pool.
    pub device_pool: PoolName,
    /// Owner User ID.
    pub owner: Option<UserId>,
    /// Users that are associated with the device besides its owner.
    pub associated_users: Vec<UserId>,
    /// The lines, by index.
    pub lines: Vec<LineAppearance>,
    /// Digest User: whose digest credentials the device registers with.
    pub digest_user: Option<UserId>,
}

impl Device {
    /// Whether a user's token may register this device: the owner and associated users may.
    #[must_use]
    pub fn is_of_user(&self, user: &str) -> bool {
        self.owner.iter().chain(&self.associated_users).any(|u| u.as_str().eq_ignore_ascii_case(user))
    }

    /// The appearance of a directory number on this device.
    #[must_use]
    pub fn line(&self, number: &str) -> Option<&LineAppearance> {
        self.lines.iter().find(|l| l.directory_number == *number)
    }

    /// The appearance with the lowest index: the line of the REGISTER's To.
    #[must_use]
    pub fn primary_line(&self) -> Option<&LineAppearance> {
        self.lines.iter().min_by_key(|l| l.index)
    }

    /// Checks the device by itself; references are the [`Directory`](crate::Directory)'s to check.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        check_text("Description", &self.description, 128)?;
        if self.lines.len() > self.product.most_lines() {
            let most = self.product.most_lines() as u64;
            return refuse("Line", Rule::OutOfRange { least: 0, most });
        }
        for (position, line) in self.lines.iter().enumerate() {
            line.validate()?;
            let earlier = self.lines.iter().take(position);
            for other in earlier {
                if other.index == line.index {
                    let value = line.index.to_string();
                    return refuse("Line index", Rule::Duplicate { value });
                }
                if other.directory_number == line.directory_number {
                    let value = line.directory_number.to_string();
                    return refuse("Directory Number", Rule::Duplicate { value });
                }
            }
            check_range("Line index", line.index, 1, 200)?;
        }
        Ok(())
    }
}

fn refuse(field: &'static str, rule: Rule) -> Result<(), Violation> {
    Err(Violation::new(OBJECT, field, rule))
}

fn check_text(field: &'static str, value: &str, most: usize) -> Result<(), Violation> {
    crate::line::check_text(OBJECT, field, value, most)
}

fn check_range(field: &'static str, value: u8, least: u8, most: u8) -> Result<(), Violation> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let (least, most) = (u64::from(least), u64::from(most));
    refuse(field, Rule::OutOfRange { least, most })
}
