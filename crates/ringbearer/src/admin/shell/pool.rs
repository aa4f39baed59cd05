//! `set pool`, `set group`, `set profile`, `set expressway`, and what shows them.

use super::object::{missing, names, on_off};
use super::{Session, name_and_words, optional};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::Failure;
use directory::{
    CallManagerGroup, DevicePool, DeviceSecurityMode, ExpresswayC, Object, SecurityProfile, TransportType,
};

const PROFILE_KEYS: &[&str] = &[
    "description",
    "mode",
    "transport",
    "oauth",
    "digest",
    "tftp-encrypted",
    "exclude-digest",
    "nonce-validity",
    "sip-port",
];
const MODES: [(&str, DeviceSecurityMode); 3] = [
    ("nonsecure", DeviceSecurityMode::NonSecure),
    ("authenticated", DeviceSecurityMode::Authenticated),
    ("encrypted", DeviceSecurityMode::Encrypted),
];
const TRANSPORTS: [(&str, TransportType); 4] = [
    ("tcp", TransportType::Tcp),
    ("udp", TransportType::Udp),
    ("tls", TransportType::Tls),
    ("tcp+udp", TransportType::TcpUdp),
];

impl Session<'_> {
    pub(super) async fn set_profile(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, PROFILE_KEYS)?;
        let directory = self.directory().await?;
        let mut profile = match directory.profile(&name) {
            Some(profile) => (**profile).clone(),
            None => SecurityProfile::new(name.parse()?),
        };
        pairs.text("description", &mut profile.description);
        pairs.choice("mode", &MODES, &mut profile.device_security_mode)?;
        pairs.choice("transport", &TRANSPORTS, &mut profile.transport_type)?;
        pairs.switch("oauth", &mut profile.oauth_authentication)?;
        pairs.switch("digest", &mut profile.digest_authentication)?;
        pairs.switch("tftp-encrypted", &mut profile.tftp_encrypted_config)?;
        pairs.switch("exclude-digest", &mut profile.exclude_digest_credentials)?;
        pairs.parsed("nonce-validity", &mut profile.nonce_validity_seconds)?;
        pairs.parsed("sip-port", &mut profile.sip_phone_port)?;
        self.put(&directory, Object::Profile(profile)).await
    }

    pub(super) async fn show_profile(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let Some(name) = optional(rest)? else {
            let rows = directory.profiles().into_iter().map(|profile| {
                let mode = profile.device_security_mode.to_string();
                let (oauth, digest) = (on_off(profile.oauth_authentication), on_off(profile.digest_authentication));
                [profile.name.to_string(), mode, profile.transport_type.to_string(), oauth, digest]
            });
            let table = lay_out_text(["profile", "mode", "transport", "oauth", "digest"], rows.collect());
            return self.print(&table).await;
        };
        let profile = directory.profile(&name).ok_or_else(|| missing("Phone Security Profile", &name))?;
        self.page(&[
            ("Name", profile.name.to_string()),
            ("Description", profile.description.clone()),
            ("Nonce Validity Time", profile.nonce_validity_seconds.to_string()),
            ("Device Security Mode", profile.device_security_mode.to_string()),
            ("Transport Type", profile.transport_type.to_string()),
            ("Enable Digest Authentication", on_off(profile.digest_authentication)),
            ("TFTP Encrypted Config", on_off(profile.tftp_encrypted_config)),
            ("Enable OAuth Authentication", on_off(profile.oauth_authentication)),
            ("Exclude Digest Credentials", on_off(profile.exclude_digest_credentials)),
            ("SIP Phone Port", profile.sip_phone_port.to_string()),
        ])
        .await
    }

    pub(super) async fn set_pool(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, &["group"])?;
        let directory = self.directory().await?;
        let mut group = directory.pool(&name).map(|pool| pool.group.clone());
        pairs.optional("group", &mut group)?;
        let group = group.ok_or_else(|| Failure::Usage("a pool needs a group".into()))?;
        let name = directory.pool(&name).map_or_else(|| name.parse(), |pool| Ok(pool.name.clone()))?;
        self.put(&directory, Object::Pool(DevicePool { name, group })).await
    }

    pub(super) async fn show_pool(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let wanted = optional(rest)?;
        if let Some(name) = &wanted
            && directory.pool(name).is_none()
        {
            return Err(missing("Device Pool", name));
        }
        let pools = directory.pools().into_iter();
        let shown = pools.filter(|pool| is_wanted(wanted.as_deref(), pool.name.as_str()));
        let table = lay_out_text(
            ["pool", "group"],
            shown.map(|pool| [pool.name.to_string(), pool.group.to_string()]).collect(),
        );
        self.print(&table).await
    }

    pub(super) async fn set_group(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, &["members"])?;
        let directory = self.directory().await?;
        let mut group = match directory.group(&name) {
            Some(group) => (**group).clone(),
            None => CallManagerGroup { name: name.parse()?, members: Vec::new() },
        };
        pairs.list("members", &mut group.members)?;
        self.put(&directory, Object::Group(group)).await
    }

    pub(super) async fn show_group(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let wanted = optional(rest)?;
        if let Some(name) = &wanted
            && directory.group(name).is_none()
        {
            return Err(missing("Cisco Unified CM Group", name));
        }
        let groups = directory.groups().into_iter();
        let shown = groups.filter(|group| is_wanted(wanted.as_deref(), group.name.as_str()));
        let table = lay_out_text(
            ["group", "members in priority order"],
            shown.map(|group| [group.name.to_string(), names(&group.members)]).collect(),
        );
        self.print(&table).await
    }

    pub(super) async fn set_expressway(&mut self, rest: &str) -> Result<(), Failure> {
        let (host, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, &["names", "description"])?;
        let directory = self.directory().await?;
        let mut row = match directory.expressway(&host) {
            Some(row) => (**row).clone(),
            None => ExpresswayC { host: host.parse()?, description: String::new(), subject_names: String::new() },
        };
        pairs.text("names", &mut row.subject_names);
        pairs.text("description", &mut row.description);
        self.put(&directory, Object::Expressway(row)).await
    }

    pub(super) async fn show_expressway(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let wanted = optional(rest)?;
        if let Some(host) = &wanted
            && directory.expressway(host).is_none()
        {
            return Err(missing("Expressway-C", host));
        }
        let rows = directory.expressways().into_iter();
        let shown = rows.filter(|row| is_wanted(wanted.as_deref(), row.host.as_str()));
        let table = lay_out_text(
            ["host", "description", "names"],
            shown.map(|row| [row.host.to_string(), row.description.clone(), row.subject_names.clone()]).collect(),
        );
        self.print(&table).await
    }
}

fn is_wanted(wanted: Option<&str>, name: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
}
