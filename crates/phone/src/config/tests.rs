use super::*;

/// Two nodes, the second one listed first; prefixes that nothing declares, as in a real file.
const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<device xsi:type="axl:XIPPhone" ctiid="42" uuid="{12345678-1234-1234-1234-123456789abc}">
 <deviceProtocol>SIP</deviceProtocol>
 <devicePool uuid="{0}">
  <name>Default</name>
  <callManagerGroup>
   <members>
    <member priority="1"><callManager>
      <name>127.0.0.12</name>
      <ports><sipPort>5060</sipPort><securedSipPort>5061</securedSipPort>
        <sipOAuthPort>6090</sipOAuthPort><sipMRAOAuthPort>6091</sipMRAOAuthPort></ports>
      <processNodeName>sub</processNodeName></callManager></member>
    <member priority="0"><callManager>
      <name>127.0.0.11</name><description>first &amp; best</description>
      <ports><sipPort>5060</sipPort><securedSipPort>5061</securedSipPort></ports>
      <processNodeName>pub</processNodeName></callManager></member>
   </members>
  </callManagerGroup>
 </devicePool>
 <sipProfile>
  <sipStack><timerRegisterExpires>3600</timerRegisterExpires><timerRegisterDelta>5</timerRegisterDelta></sipStack>
  <startMediaPort>16384</startMediaPort><stopMediaPort>32766</stopMediaPort>
  <sipLines>
   <line button="2" lineIndex="2"><featureID>2</featureID><name>9999</name></line>
   <line button="1" lineIndex="1"><featureID>9</featureID><featureLabel>Ana&#x20;R</featureLabel>
     <name>1001</name><displayName>Ana</displayName><contact>6dcb8b9a</contact></line>
  </sipLines>
 </sipProfile>
 <deviceSecurityMode>3</deviceSecurityMode>
 <transportLayerProtocol>3</transportLayerProtocol>
 <sipOAuthMode>1</sipOAuthMode>
</device>"#;

fn without(part: &str) -> Vec<u8> {
    assert!(FILE.contains(part));
    FILE.replace(part, "").into_bytes()
}

#[test]
fn a_file_with_undeclared_prefixes_is_read() {
    let config = DeviceConfig::parse(FILE.as_bytes()).unwrap();
    assert!(config.sip_oauth_mode);
    assert_eq!(config.security_mode, DeviceSecurityMode::Encrypted);
    assert_eq!(config.transport, TransportLayerProtocol::Tls);
    assert_eq!(config.media_ports, (16384, 32766));
    assert_eq!(config.stack.register_delta, Duration::from_secs(5));
    assert_eq!(config.telephone_event_payload_type, 101);
}

#[test]
fn nodes_come_in_order_of_priority_with_their_own_ports() {
    let config = DeviceConfig::parse(FILE.as_bytes()).unwrap();
    let names: Vec<_> = config.call_managers.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["127.0.0.11", "127.0.0.12"]);
    let ports: Vec<_> =
        config.call_managers.iter().map(|node| (node.ports.sip_oauth, node.ports.sip_mra_oauth)).collect();
    assert_eq!(ports, [(5090, 5091), (6090, 6091)]);
}

#[test]
fn speed_dials_are_no_lines() {
    let config = DeviceConfig::parse(FILE.as_bytes()).unwrap();
    assert_eq!(
        config.lines,
        [Line {
            button: 1,
            directory_number: "1001".into(),
            display_name: "Ana".into(),
            label: "Ana R".into(),
            contact: "6dcb8b9a".into(),
            max_calls: 4,
            busy_trigger: 2,
        }]
    );
}

#[test]
fn the_mode_is_off_when_the_file_does_not_name_it() {
    let config = DeviceConfig::parse(&without("<sipOAuthMode>1</sipOAuthMode>")).unwrap();
    assert!(!config.sip_oauth_mode);
}

#[test]
fn what_makes_no_sense_is_named() {
    let cases: [(&str, &str, ConfigError); 9] = [
        ("<sipOAuthMode>1", "<sipOAuthMode>yes", ConfigError::Value("sipOAuthMode")),
        ("<sipOAuthPort>6090", "<sipOAuthPort>66090", ConfigError::Value("sipOAuthPort")),
        ("<sipOAuthPort>6090", "<sipOAuthPort>0", ConfigError::Value("sipOAuthPort")),
        ("<startMediaPort>16384", "<startMediaPort>40000", ConfigError::Value("startMediaPort")),
        ("<deviceSecurityMode>3", "<deviceSecurityMode>4", ConfigError::Value("deviceSecurityMode")),
        ("priority=\"1\"", "priority=\"x\"", ConfigError::Value("member priority")),
        ("<name>1001</name>", "", ConfigError::Missing("line name")),
        ("first &amp; best", "first &best;", ConfigError::NotWellFormed),
        ("</sipProfile>", "", ConfigError::NotWellFormed),
    ];
    for (from, to, expected) in cases {
        assert!(FILE.contains(from));
        assert_eq!(DeviceConfig::parse(FILE.replace(from, to).as_bytes()), Err(expected), "{from} -> {to}");
    }
}

#[test]
fn a_document_type_is_refused() {
    let file = FILE.replace("<device ", "<!DOCTYPE device [<!ENTITY a \"b\">]><device ");
    assert_eq!(DeviceConfig::parse(file.as_bytes()), Err(ConfigError::DocumentType));
}

#[test]
fn size_depth_and_number_of_elements_are_bounded() {
    assert_eq!(DeviceConfig::parse(&vec![b' '; element::SIZE_LIMIT + 1]), Err(ConfigError::TooLarge));
    assert_eq!(DeviceConfig::parse("<device>".repeat(33).as_bytes()), Err(ConfigError::TooLarge));
    let wide = format!("<device>{}</device>", "<a/>".repeat(20_000));
    assert_eq!(DeviceConfig::parse(wide.as_bytes()), Err(ConfigError::TooLarge));
}

#[test]
fn other_documents_are_no_configuration() {
    assert_eq!(DeviceConfig::parse(b"<html></html>"), Err(ConfigError::NotADevice));
    assert_eq!(DeviceConfig::parse(b""), Err(ConfigError::NotWellFormed));
    assert_eq!(DeviceConfig::parse(b"<device/><device/>"), Err(ConfigError::NotWellFormed));
    assert_eq!(DeviceConfig::parse(b"\xff"), Err(ConfigError::NotUtf8));
}
