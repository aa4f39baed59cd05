//! Phones. A number that a phone has on a button becomes a line, if it is none yet.

use std::sync::Arc;

use directory::{Device, Directory, Object, Precondition, Product, UserId};
use soap::Element;

use super::{Beside, Entity, Field, Shape, lines};
use crate::axl::fields::Fields;
use crate::axl::identifier::{Kind, PHONE};
use crate::axl::refusal::Refusal;

impl Entity for Device {
    const KIND: Kind = PHONE;
    const FIELDS: &'static [Field] = &[
        ("name", Shape::Needed),
        ("description", Shape::Text),
        ("product", Shape::Needed),
        ("class", Shape::Needed),
        ("protocol", Shape::Needed),
        ("protocolSide", Shape::Needed),
        ("callingSearchSpaceName", Shape::Ignored),
        ("devicePoolName", Shape::Needed),
        ("commonDeviceConfigName", Shape::Ignored),
        ("commonPhoneConfigName", Shape::Ignored),
        ("locationName", Shape::Ignored),
        ("automatedAlternateRoutingCssName", Shape::Ignored),
        ("vendorConfig", Shape::Ignored),
        ("useTrustedRelayPoint", Shape::Ignored),
        ("securityProfileName", Shape::Needed),
        ("sipProfileName", Shape::Ignored),
        ("lines", Shape::Tree("PhoneLines")),
        ("phoneTemplateName", Shape::Ignored),
        ("primaryPhoneName", Shape::Ignored),
        ("userLocale", Shape::Ignored),
        ("networkLocale", Shape::Ignored),
        ("services", Shape::Ignored),
        ("softkeyTemplateName", Shape::Ignored),
        ("enableExtensionMobility", Shape::Ignored),
        ("builtInBridgeStatus", Shape::Ignored),
        ("ownerUserName", Shape::Text),
        ("packetCaptureMode", Shape::Ignored),
        ("subscribeCallingSearchSpaceName", Shape::Ignored),
        ("rerouteCallingSearchSpaceName", Shape::Ignored),
        ("allowCtiControlFlag", Shape::Ignored),
        ("presenceGroupName", Shape::Ignored),
        ("certificateOperation", Shape::Ignored),
        ("deviceMobilityMode", Shape::Ignored),
        ("digestUser", Shape::Text),
        ("enableActivationID", Shape::Ignored),
        ("mraServiceDomain", Shape::Ignored),
        ("allowMraMode", Shape::Ignored),
    ];
    const CRITERIA: &'static [&'static str] =
        &["name", "description", "protocol", "devicePoolName", "securityProfileName"];

    fn new(fields: &Fields<'_>) -> Result<Self, Refusal> {
        for name in ["class", "protocol", "protocolSide"] {
            fields.required(name)?;
        }
        Ok(Self {
            name: fields.required("name")?.parse()?,
            description: String::new(),
            product: product(fields.required("product")?)?,
            security_profile: fields.required("securityProfileName")?.parse()?,
            device_pool: fields.required("devicePoolName")?.parse()?,
            owner: None,
            associated_users: Vec::new(),
            lines: Vec::new(),
            digest_user: None,
        })
    }

    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal> {
        fields.only_value("class", "Phone")?;
        fields.only_value("protocol", "SIP")?;
        fields.only_value("protocolSide", "User")?;
        fields.copy("description", &mut self.description)?;
        if let Some(name) = fields.text("product")? {
            self.product = product(name)?;
        }
        fields.parsed("securityProfileName", &mut self.security_profile)?;
        fields.parsed("devicePoolName", &mut self.device_pool)?;
        fields.optional("ownerUserName", &mut self.owner)?;
        fields.optional("digestUser", &mut self.digest_user)?;
        if let Some(given) = fields.element("lines") {
            self.lines = lines::read(given, self)?;
        }
        Ok(())
    }

    fn beside(&self, _fields: &Fields<'_>, directory: &Directory) -> Result<Beside, Refusal> {
        let missing = directory.lines_to_add(self).into_iter();
        Ok(missing.map(|line| (Object::Line(line), Precondition::Absent)).collect())
    }

    fn element(&self, _directory: &Directory) -> Element {
        let user = |user: &Option<UserId>| user.as_ref().map(|user| user.as_str().to_owned()).unwrap_or_default();
        Element::new(PHONE.element)
            .with_text("name", self.name.as_str())
            .with_text("description", self.description.as_str())
            .with_text("product", self.product.name())
            .with_text("class", "Phone")
            .with_text("protocol", "SIP")
            .with_text("protocolSide", "User")
            .with_text("devicePoolName", self.device_pool.as_str())
            .with_text("securityProfileName", self.security_profile.as_str())
            .with(lines::element(self))
            .with_text("ownerUserName", user(&self.owner))
            .with_text("digestUser", user(&self.digest_user))
    }

    fn key(&self) -> &str {
        self.name.as_str()
    }

    fn into_object(self) -> Object {
        Object::Device(self)
    }

    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>> {
        directory.device(key)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.devices()
    }
}

fn product(name: &str) -> Result<Product, Refusal> {
    let found = Product::ALL.into_iter().find(|product| product.name().eq_ignore_ascii_case(name.trim()));
    found.ok_or_else(|| {
        let names: Vec<_> = Product::ALL.iter().map(|product| product.name()).collect();
        Refusal::invalid(format!("product is one of {}", names.join(", ")))
    })
}
