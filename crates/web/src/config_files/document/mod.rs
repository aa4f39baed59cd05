//! The document of one device, its elements in the order in which clients of Unified CM know them.

mod call_managers;
mod sip_profile;
mod xml;

use directory::{Device, Directory, NodeName, NodeSettings};
use uuid::Uuid;

use xml::Xml;

/// The values before the device pool, the same for every device.
const HEAD: &[(&str, &str)] = &[
    ("fullConfig", "true"),
    ("deviceProtocol", "SIP"),
    ("ipAddressMode", "0"),
    ("allowAutoConfig", "true"),
    ("dadEnable", "true"),
    ("redirectEnable", "false"),
    ("echoMultiEnable", "false"),
    ("ipPreferenceModeControl", "0"),
    ("ipMediaAddressFamilyPreference", "0"),
    ("mlppDomainId", "-1"),
    ("mlppIndicationStatus", "Off"),
    ("preemption", "Disabled"),
    ("executiveOverridePreemptable", "false"),
];

/// Writes the file of a device. `running` tells what the CallManager service of a node runs: the ports and the mode in
/// the file are those, so that no file sends a phone to a port that is not open yet.
#[must_use]
pub fn render(directory: &Directory, device: &Device, running: &dyn Fn(&NodeName) -> Option<NodeSettings>) -> Vec<u8> {
    let profile = directory.profile_of(device);
    let nodes = call_managers::members(directory, device, running);
    let mut xml = Xml::new();
    let id = id(directory, "device", device.name.as_str());
    xml.element_with("device", &[("xsi:type", "axl:XIPPhone"), ("ctiid", "1"), ("uuid", &braced(id))], |xml| {
        xml.texts(HEAD);
        device_pool(xml, directory, device, &nodes);
        sip_profile::write(xml, directory, device);
        xml.texts(&[("MissedCallLoggingOption", "1"), ("loadInformation", ""), ("inactiveLoadInformation", "")]);
        xml.text("versionStamp", format_args!("{}-{id}", directory.sequence()));
        xml.text("deviceSecurityMode", profile.map_or(1, |profile| profile.device_security_mode.number()));
        xml.text("transportLayerProtocol", profile.map_or(4, |profile| profile.transport_type.number()));
        xml.texts(&[("capfAuthMode", "0"), ("certHash", "")]);
        xml.text("encrConfig", profile.is_some_and(|profile| profile.tftp_encrypted_config));
        xml.text("advertiseG722Codec", 0);
        xml.text("TLSResumptionTimer", 3600);
        xml.text("ownerId", device.owner.as_ref().map_or("", |owner| owner.as_str()));
        let oauth = profile.is_some_and(|profile| profile.oauth_authentication);
        let mode = nodes.first().is_some_and(|first| first.sip_oauth_mode);
        xml.text("sipOAuthMode", u8::from(oauth && mode));
    });
    xml.finish()
}

fn device_pool(xml: &mut Xml, directory: &Directory, device: &Device, nodes: &[call_managers::Member]) {
    let pool = device.device_pool.as_str();
    let pool_id = braced(id(directory, "pool", pool));
    xml.element_with("devicePool", &[("uuid", &pool_id)], |xml| {
        xml.texts(&[("revertPriority", "0")]);
        xml.text("name", pool);
        xml.element("dateTimeSetting", |xml| {
            xml.texts(&[("name", "CMLocal"), ("dateTemplate", "D-M-Y"), ("timeZone", "Greenwich Standard Time")]);
        });
        xml.element("callManagerGroup", |xml| call_managers::write(xml, directory, device, nodes));
        xml.texts(&[("connectionMonitorDuration", "120")]);
    });
}

/// An identifier that stays the same on every node and over every change: made from the cluster's identity and the name.
fn id(directory: &Directory, kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&directory.cluster(), format!("{kind}:{name}").as_bytes())
}

fn braced(id: Uuid) -> String {
    id.braced().to_string()
}
