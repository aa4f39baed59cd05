//! The SIP profile: proxies, features, timers, and the lines.

use directory::{Device, Directory, LineAppearance};

use super::xml::Xml;

/// The host value that tells a client to use the nodes of its CallManager group.
const USE_CALLMANAGER: &str = "USECALLMANAGER";

const FEATURES: &[(&str, &str)] = &[
    ("cnfJoinEnabled", "true"),
    ("callForwardURI", "x-cisco-serviceuri-cfwdall"),
    ("callPickupURI", "x-cisco-serviceuri-pickup"),
    ("callPickupListURI", "x-cisco-serviceuri-opickup"),
    ("callPickupGroupURI", "x-cisco-serviceuri-gpickup"),
    ("meetMeServiceURI", "x-cisco-serviceuri-meetme"),
    ("abbreviatedDialURI", "x-cisco-serviceuri-abbrdial"),
    ("rfc2543Hold", "false"),
    ("callHoldRingback", "2"),
    ("URIDialingDisplayPreference", "1"),
    ("localCfwdEnable", "true"),
    ("semiAttendedTransfer", "true"),
    ("anonymousCallBlock", "2"),
    ("callerIdBlocking", "2"),
    ("dndControl", "0"),
    ("remoteCcEnable", "true"),
    ("retainForwardInformation", "false"),
];

const STACK: &[(&str, &str)] = &[
    ("sipInviteRetx", "6"),
    ("sipRetx", "10"),
    ("timerInviteExpires", "180"),
    ("timerRegisterExpires", "3600"),
    ("timerRegisterDelta", "5"),
    ("timerKeepAliveExpires", "120"),
    ("timerSubscribeExpires", "120"),
    ("timerSubscribeDelta", "5"),
    ("timerT1", "500"),
    ("timerT2", "4000"),
    ("maxRedirects", "70"),
    ("remotePartyID", "true"),
    ("userInfo", "None"),
];

const MEDIA: &[(&str, &str)] = &[
    ("autoAnswerTimer", "1"),
    ("preferredCodec", "none"),
    ("dtmfAvtPayload", "101"),
    ("dtmfDbLevel", "3"),
    ("dtmfOutofBand", "avt"),
    ("kpml", "3"),
    ("offhookToFirstDigitTimer", "15000"),
    ("T302Timer", "15000"),
    ("startMediaPort", "16384"),
    ("stopMediaPort", "32766"),
    ("startVideoPort", "0"),
    ("stopVideoPort", "0"),
];

/// Writes `sipProfile`.
pub(super) fn write(xml: &mut Xml, directory: &Directory, device: &Device) {
    xml.element("sipProfile", |xml| {
        xml.element("sipProxies", |xml| {
            for name in ["backupProxy", "emergencyProxy", "outboundProxy"] {
                xml.text(name, USE_CALLMANAGER);
                xml.text(&format!("{name}Port"), "");
            }
            xml.texts(&[("registerWithProxy", "true")]);
        });
        xml.element("sipCallFeatures", |xml| xml.texts(FEATURES));
        xml.element("sipStack", |xml| xml.texts(STACK));
        xml.texts(MEDIA);
        xml.text("organizationTopLevelDomain", directory.parameters().organization_top_level_domain());
        let mut lines: Vec<_> = device.lines.iter().collect();
        lines.sort_by_key(|line| line.index);
        xml.element("sipLines", |xml| {
            for appearance in lines {
                line(xml, directory, appearance);
            }
        });
        xml.text("voipControlPort", 5060);
    });
}

fn line(xml: &mut Xml, directory: &Directory, appearance: &LineAppearance) {
    let index = appearance.index.to_string();
    let number = appearance.directory_number.as_str();
    let shared = directory.devices_of_line(number).len() > 1;
    xml.element_with("line", &[("button", &index), ("lineIndex", &index)], |xml| {
        xml.text("featureID", 9);
        xml.text("featureLabel", &appearance.label);
        xml.text("proxy", USE_CALLMANAGER);
        xml.text("port", 5060);
        xml.text("name", number);
        xml.text("displayName", &appearance.display);
        xml.element("autoAnswer", |xml| xml.text("autoAnswerEnabled", 2));
        xml.text("callWaiting", 3);
        xml.text("sharedLine", shared);
        xml.texts(&[("messageWaitingLampPolicy", "1"), ("ringSettingIdle", "4"), ("ringSettingActive", "5")]);
        xml.text("contact", appearance.contact);
        xml.element("forwardCallInfoDisplay", |xml| {
            xml.texts(&[
                ("callerName", "true"),
                ("callerNumber", "false"),
                ("redirectedNumber", "false"),
                ("dialedNumber", "true"),
            ]);
        });
        xml.text("maxNumCalls", appearance.max_calls);
        xml.text("busyTrigger", appearance.busy_trigger);
    });
}
