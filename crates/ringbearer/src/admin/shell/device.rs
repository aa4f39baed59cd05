//! `set phone`, `set phone line`, `set line`, and what shows and removes them.

use super::object::{missing, names, or_none};
use super::{Session, name_and_words, optional};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::Failure;
use directory::{
    Device, Directory, DirectoryRepository, Line, LineAppearance, Object, ObjectKey, Precondition, Product,
};
use uuid::Uuid;

const KEYS: &[&str] = &["product", "description", "profile", "pool", "owner", "users", "digest-user"];
const LINE_KEYS: &[&str] =
    &["description", "alerting-name", "forward-all", "forward-busy", "forward-no-answer", "no-answer-seconds"];
const APPEARANCE_KEYS: &[&str] = &["label", "display", "max-calls", "busy-trigger"];

/// The short names of products: for softphones and desk phones the prefix of their device names.
const PRODUCTS: [(&str, Product); 8] = [
    ("CSF", Product::ClientServicesFramework),
    ("TCT", Product::DualModeForIphone),
    ("BOT", Product::DualModeForAndroid),
    ("TAB", Product::JabberForTablet),
    ("7821", Product::Phone7821),
    ("8851", Product::Phone8851),
    ("basic", Product::ThirdPartyBasic),
    ("advanced", Product::ThirdPartyAdvanced),
];

impl Session<'_> {
    pub(super) async fn set_phone(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, KEYS)?;
        let directory = self.directory().await?;
        let mut device = match directory.device(&name) {
            Some(device) => (**device).clone(),
            None => new_device(&name, &words)?,
        };
        pairs.choice("product", &PRODUCTS, &mut device.product)?;
        pairs.text("description", &mut device.description);
        pairs.parsed("profile", &mut device.security_profile)?;
        pairs.parsed("pool", &mut device.device_pool)?;
        pairs.optional("owner", &mut device.owner)?;
        pairs.list("users", &mut device.associated_users)?;
        pairs.optional("digest-user", &mut device.digest_user)?;
        self.put(&directory, Object::Device(device)).await
    }

    pub(super) async fn set_phone_line(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let Some((head, rest)) = words.split_first_chunk::<2>() else {
            return Err(Failure::Usage("a button and a directory number are needed".into()));
        };
        let [index, number] = head;
        let (index, number) = (button(index)?, number.parse::<directory::DirectoryNumber>()?);
        let mut pairs = Pairs::read(rest, APPEARANCE_KEYS)?;
        let directory = self.directory().await?;
        let mut device = existing_device(&directory, &name)?;
        let before = device.lines.iter().position(|line| line.index == index).map(|at| device.lines.remove(at));
        let mut line = match before {
            // The contact stays: the phone registers with it.
            Some(line) => LineAppearance { directory_number: number.clone(), ..line },
            None => LineAppearance::new(index, number.clone(), new_contact()),
        };
        pairs.text("label", &mut line.label);
        pairs.text("display", &mut line.display);
        pairs.parsed("max-calls", &mut line.max_calls)?;
        pairs.parsed("busy-trigger", &mut line.busy_trigger)?;
        device.lines.push(line);
        device.lines.sort_by_key(|line| line.index);
        let missing = directory.lines_to_add(&device).into_iter();
        let mut objects: Vec<_> = missing.map(|line| (Object::Line(line), Precondition::Absent)).collect();
        let version = directory.version(&ObjectKey::Device(device.name.clone()));
        let precondition = version.map_or(Precondition::Present, Precondition::Version);
        let text = format!("Phone \"{}\" has {number} on button {index}.\n", device.name);
        objects.push((Object::Device(device), precondition));
        self.store.put(&self.author, objects).await?;
        self.print(&text).await
    }

    pub(super) async fn unset_phone_line(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let [index] = words.as_slice() else {
            return Err(Failure::Usage("a button is needed".into()));
        };
        let index = button(index)?;
        let directory = self.directory().await?;
        let mut device = existing_device(&directory, &name)?;
        let count = device.lines.len();
        device.lines.retain(|line| line.index != index);
        if device.lines.len() == count {
            return Err(Failure::Refused(format!("Phone \"{}\" has nothing on button {index}", device.name)));
        }
        self.put(&directory, Object::Device(device)).await
    }

    pub(super) async fn set_line(&mut self, rest: &str) -> Result<(), Failure> {
        let (number, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, LINE_KEYS)?;
        let directory = self.directory().await?;
        let mut line = match directory.line(&number) {
            Some(line) => (**line).clone(),
            None => Line::new(number.parse()?),
        };
        pairs.text("description", &mut line.description);
        pairs.text("alerting-name", &mut line.alerting_name);
        pairs.optional("forward-all", &mut line.forward.all)?;
        pairs.optional("forward-busy", &mut line.forward.busy)?;
        pairs.optional("forward-no-answer", &mut line.forward.no_answer)?;
        pairs.parsed("no-answer-seconds", &mut line.forward.no_answer_seconds)?;
        self.put(&directory, Object::Line(line)).await
    }

    pub(super) async fn show_phone(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let Some(name) = optional(rest)? else {
            let rows = directory.devices().into_iter().map(|device| {
                let numbers = names(device.lines.iter().map(|line| &line.directory_number));
                let profile = device.security_profile.to_string();
                [device.name.to_string(), numbers, or_none(device.owner.as_ref()), profile, device.description.clone()]
            });
            let columns = ["phone", "lines", "owner", "profile", "description"];
            return self.print(&lay_out_text(columns, rows.collect())).await;
        };
        let device = existing_device(&directory, &name)?;
        let location = self.store.device_location(&device.name).await?;
        let registered = location.map_or_else(|| "no".into(), |location| format!("with {}", location.node));
        self.page(&[
            ("Device Name", device.name.to_string()),
            ("Description", device.description.clone()),
            ("Product", device.product.to_string()),
            ("Device Pool", device.device_pool.to_string()),
            ("Device Security Profile", device.security_profile.to_string()),
            ("Owner User ID", or_none(device.owner.as_ref())),
            ("Users", names(&device.associated_users)),
            ("Digest User", or_none(device.digest_user.as_ref())),
            ("Registered", registered),
        ])
        .await?;
        let rows = device.lines.iter().map(|line| {
            let calls = format!("{}/{}", line.max_calls, line.busy_trigger);
            let (number, contact) = (line.directory_number.to_string(), line.contact.to_string());
            [line.index.to_string(), number, line.label.clone(), line.display.clone(), calls, contact]
        });
        let columns = ["button", "line", "label", "display", "calls/busy", "contact"];
        self.print(&format!("\n{}", lay_out_text(columns, rows.collect()))).await
    }

    pub(super) async fn show_line(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let wanted = optional(rest)?;
        if let Some(number) = &wanted
            && directory.line(number).is_none()
        {
            return Err(missing("Directory Number", number));
        }
        let lines = directory.lines();
        let shown = lines.iter().filter(|line| wanted.as_ref().is_none_or(|number| line.directory_number == **number));
        let rows = shown.map(|line| {
            let forward = &line.forward;
            let no_answer = match &forward.no_answer {
                Some(number) => format!("{number} after {} s", forward.no_answer_seconds),
                None => "none".into(),
            };
            let devices = directory.devices_of_line(line.directory_number.as_str());
            let devices = names(devices.iter().map(|device| &device.name));
            let (all, busy) = (or_none(forward.all.as_ref()), or_none(forward.busy.as_ref()));
            [line.directory_number.to_string(), devices, all, busy, no_answer, line.alerting_name.clone()]
        });
        let columns = ["line", "phones", "forward all", "forward busy", "forward no answer", "alerting name"];
        let table = lay_out_text(columns, rows.collect());
        self.print(&table).await
    }
}

fn new_device(name: &str, words: &[String]) -> Result<Device, Failure> {
    let has_profile = words.iter().step_by(2).any(|key| key.eq_ignore_ascii_case("profile"));
    if !has_profile {
        return Err(Failure::Usage("a new phone needs a profile".into()));
    }
    let prefix = PRODUCTS
        .iter()
        .find(|(prefix, _)| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)));
    Ok(Device {
        name: name.parse()?,
        description: String::new(),
        product: prefix.map_or(Product::ThirdPartyAdvanced, |(_, product)| *product),
        // Replaced by the pairs.
        security_profile: "unset".parse()?,
        device_pool: "Default".parse()?,
        owner: None,
        associated_users: Vec::new(),
        lines: Vec::new(),
        digest_user: None,
    })
}

fn existing_device(directory: &Directory, name: &str) -> Result<Device, Failure> {
    directory.device(name).map(|device| (**device).clone()).ok_or_else(|| missing("Phone", name))
}

fn button(text: &str) -> Result<u8, Failure> {
    text.parse().map_err(|_| Failure::Usage(format!("\"{text}\" is no button")))
}

fn new_contact() -> Uuid {
    uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid()
}
