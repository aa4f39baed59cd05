//! The device configuration file (`<device>.cnf.xml`) as a softphone reads it.
//!
//! Element names and nesting are those that clients of Unified CM know. Only what a softphone decides by is
//! kept; the rest of the file is read over. Our choice: an absent value takes the default that Unified CM ships
//! with, a present value that makes no sense is an error that names its element.

pub(crate) mod element;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use element::Element;

/// What a softphone reads in its configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceConfig {
    /// `sipOAuthMode`: whether the device registers with an access token.
    pub sip_oauth_mode: bool,
    /// The members of the CallManager group, the preferred one first.
    pub call_managers: Vec<CallManager>,
    /// `deviceSecurityMode`.
    pub security_mode: DeviceSecurityMode,
    /// `transportLayerProtocol`.
    pub transport: TransportLayerProtocol,
    /// The line buttons, in button order.
    pub lines: Vec<Line>,
    /// `sipStack`.
    pub stack: SipStack,
    /// First and last UDP port for media.
    pub media_ports: (u16, u16),
    /// `dtmfAvtPayload`: the RTP payload type of telephone events.
    pub telephone_event_payload_type: u8,
    /// `loadInformation`: the software that the administrator wants, often empty.
    pub load_information: String,
    /// `versionStamp`: changes whenever the file does.
    pub version_stamp: String,
}

/// A node of the CallManager group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallManager {
    /// `name`: the address to register with.
    pub name: String,
    /// `processNodeName`.
    pub process_node_name: String,
    /// Its ports.
    pub ports: Ports,
}

/// The SIP line ports of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// `sipPort`.
    pub sip: u16,
    /// `securedSipPort`: a client certificate is asked for.
    pub secured_sip: u16,
    /// `sipOAuthPort`: TLS with an access token.
    pub sip_oauth: u16,
    /// `sipMRAOAuthPort`: for the Expressway-C, not for a phone inside.
    pub sip_mra_oauth: u16,
}

/// `deviceSecurityMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceSecurityMode {
    /// 1
    NonSecure,
    /// 2: signalling that is signed and not encrypted.
    Authenticated,
    /// 3
    Encrypted,
}

/// `transportLayerProtocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportLayerProtocol {
    /// 1
    Tcp,
    /// 2
    Udp,
    /// 3
    Tls,
    /// 4
    TcpAndUdp,
}

/// A line button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which button, from 1.
    pub button: u32,
    /// `name`: the directory number, the user part of the address of record.
    pub directory_number: String,
    /// `displayName`.
    pub display_name: String,
    /// `featureLabel`.
    pub label: String,
    /// `contact`: the user part of the Contact to register.
    pub contact: String,
    /// `maxNumCalls`.
    pub max_calls: u32,
    /// `busyTrigger`.
    pub busy_trigger: u32,
}

/// The timers of `sipStack`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipStack {
    /// `timerRegisterExpires`: what a REGISTER asks for.
    pub register_expires: Duration,
    /// `timerRegisterDelta`: how long before the end of a registration it is refreshed.
    pub register_delta: Duration,
    /// `timerInviteExpires`: how long a call may ring.
    pub invite_expires: Duration,
    /// `timerT1`.
    pub t1: Duration,
    /// `timerT2`.
    pub t2: Duration,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// It is larger, deeper or has more elements than any configuration file.
    TooLarge,
    /// It is not UTF-8.
    NotUtf8,
    /// It is not well-formed XML.
    NotWellFormed,
    /// It has a document type declaration, which no configuration file has.
    DocumentType,
    /// Its root element is not `device`.
    NotADevice,
    /// An element that a softphone cannot do without is missing or empty.
    Missing(&'static str),
    /// The value of this element makes no sense.
    Value(&'static str),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the configuration file is too large"),
            Self::NotUtf8 => f.write_str("the configuration file is not UTF-8"),
            Self::NotWellFormed => f.write_str("the configuration file is not well-formed XML"),
            Self::DocumentType => f.write_str("the configuration file declares a document type"),
            Self::NotADevice => f.write_str("the root element is not `device`"),
            Self::Missing(element) => write!(f, "`{element}` is missing"),
            Self::Value(element) => write!(f, "`{element}` has a value that makes no sense"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl DeviceConfig {
    /// Reads a configuration file.
    pub fn parse(document: &[u8]) -> Result<Self, ConfigError> {
        let device = Element::parse(document)?;
        if device.name() != "device" {
            return Err(ConfigError::NotADevice);
        }
        let profile = device.child("sipProfile").ok_or(ConfigError::Missing("sipProfile"))?;
        Ok(Self {
            sip_oauth_mode: number(&device, "sipOAuthMode", &["sipOAuthMode"], 0u8)? != 0,
            call_managers: call_managers(&device)?,
            security_mode: security_mode(&device)?,
            transport: transport(&device)?,
            lines: lines(profile)?,
            stack: stack(profile)?,
            media_ports: media_ports(profile)?,
            telephone_event_payload_type: number(profile, "dtmfAvtPayload", &["dtmfAvtPayload"], 101)?,
            load_information: text(&device, &["loadInformation"]),
            version_stamp: text(&device, &["versionStamp"]),
        })
    }
}

fn call_managers(device: &Element) -> Result<Vec<CallManager>, ConfigError> {
    let members =
        device.at(&["devicePool", "callManagerGroup", "members"]).ok_or(ConfigError::Missing("callManagerGroup"))?;
    let mut group = members.children("member").map(member).collect::<Result<Vec<_>, _>>()?;
    if group.is_empty() {
        return Err(ConfigError::Missing("callManager"));
    }
    group.sort_by_key(|(priority, _)| *priority);
    Ok(group.into_iter().map(|(_, call_manager)| call_manager).collect())
}

fn member(member: &Element) -> Result<(u32, CallManager), ConfigError> {
    let priority = parsed("member priority", member.attribute("priority"), 0)?;
    let node = member.child("callManager").ok_or(ConfigError::Missing("callManager"))?;
    let port = |element, default| port(node, element, default);
    let ports = Ports {
        sip: port("sipPort", 5060)?,
        secured_sip: port("securedSipPort", 5061)?,
        sip_oauth: port("sipOAuthPort", 5090)?,
        sip_mra_oauth: port("sipMRAOAuthPort", 5091)?,
    };
    let process_node_name = text(node, &["processNodeName"]);
    let name = node.text_at(&["name"]).unwrap_or(&process_node_name).to_owned();
    if name.is_empty() {
        return Err(ConfigError::Missing("callManager name"));
    }
    Ok((priority, CallManager { name, process_node_name, ports }))
}

fn port(node: &Element, element: &'static str, default: u16) -> Result<u16, ConfigError> {
    match number(node, element, &["ports", element], default)? {
        0 => Err(ConfigError::Value(element)),
        port => Ok(port),
    }
}

fn security_mode(device: &Element) -> Result<DeviceSecurityMode, ConfigError> {
    match number(device, "deviceSecurityMode", &["deviceSecurityMode"], 1u8)? {
        1 => Ok(DeviceSecurityMode::NonSecure),
        2 => Ok(DeviceSecurityMode::Authenticated),
        3 => Ok(DeviceSecurityMode::Encrypted),
        _ => Err(ConfigError::Value("deviceSecurityMode")),
    }
}

fn transport(device: &Element) -> Result<TransportLayerProtocol, ConfigError> {
    match number(device, "transportLayerProtocol", &["transportLayerProtocol"], 1u8)? {
        1 => Ok(TransportLayerProtocol::Tcp),
        2 => Ok(TransportLayerProtocol::Udp),
        3 => Ok(TransportLayerProtocol::Tls),
        4 => Ok(TransportLayerProtocol::TcpAndUdp),
        _ => Err(ConfigError::Value("transportLayerProtocol")),
    }
}

/// `featureID` of a button that is a line.
const LINE: u32 = 9;

fn lines(profile: &Element) -> Result<Vec<Line>, ConfigError> {
    let buttons = profile.child("sipLines").ok_or(ConfigError::Missing("sipLines"))?;
    let mut lines = Vec::new();
    for button in buttons.children("line") {
        if number(button, "featureID", &["featureID"], LINE)? == LINE {
            lines.push(line(button)?);
        }
    }
    if lines.is_empty() {
        return Err(ConfigError::Missing("line"));
    }
    lines.sort_by_key(|line| line.button);
    Ok(lines)
}

fn line(button: &Element) -> Result<Line, ConfigError> {
    let directory_number = button.text_at(&["name"]).ok_or(ConfigError::Missing("line name"))?;
    Ok(Line {
        button: parsed("line button", button.attribute("button"), 1)?,
        directory_number: directory_number.to_owned(),
        display_name: text(button, &["displayName"]),
        label: text(button, &["featureLabel"]),
        contact: button.text_at(&["contact"]).unwrap_or(directory_number).to_owned(),
        max_calls: number(button, "maxNumCalls", &["maxNumCalls"], 4)?,
        busy_trigger: number(button, "busyTrigger", &["busyTrigger"], 2)?,
    })
}

fn stack(profile: &Element) -> Result<SipStack, ConfigError> {
    let value = |element: &'static str, default: u32| number(profile, element, &["sipStack", element], default);
    let seconds = |element, default| Ok(Duration::from_secs(value(element, default)?.into()));
    let milliseconds = |element, default| match value(element, default)? {
        0 => Err(ConfigError::Value(element)),
        value => Ok(Duration::from_millis(value.into())),
    };
    Ok(SipStack {
        register_expires: seconds("timerRegisterExpires", 3600)?,
        register_delta: seconds("timerRegisterDelta", 5)?,
        invite_expires: seconds("timerInviteExpires", 180)?,
        t1: milliseconds("timerT1", 500)?,
        t2: milliseconds("timerT2", 4000)?,
    })
}

fn media_ports(profile: &Element) -> Result<(u16, u16), ConfigError> {
    let first = number(profile, "startMediaPort", &["startMediaPort"], 16384)?;
    let last = number(profile, "stopMediaPort", &["stopMediaPort"], 32766)?;
    if first == 0 || first > last {
        return Err(ConfigError::Value("startMediaPort"));
    }
    Ok((first, last))
}

fn text(element: &Element, path: &[&str]) -> String {
    element.text_at(path).unwrap_or_default().to_owned()
}

fn number<T: FromStr>(element: &Element, name: &'static str, path: &[&str], default: T) -> Result<T, ConfigError> {
    parsed(name, element.text_at(path), default)
}

fn parsed<T: FromStr>(name: &'static str, text: Option<&str>, default: T) -> Result<T, ConfigError> {
    match text {
        Some(text) => text.parse().map_err(|_| ConfigError::Value(name)),
        None => Ok(default),
    }
}

#[cfg(test)]
mod tests;
