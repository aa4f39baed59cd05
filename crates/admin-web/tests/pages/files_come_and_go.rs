//! Files of objects: tried first, written whole or not at all, and the same when they come back.

use axum::http::StatusCode;
use directory::{Device, DeviceSecurityMode, Directory, Line, Object, SecurityProfile, TransportType};

use crate::node::{Answer, Browser, Node};

async fn send(browser: &Browser<'_>, at: &str, act: &str, text: &str) -> Answer {
    browser.submit(&format!("{at}/import"), &format!("{at}/import"), &[("act", act), ("text", text)]).await
}

/// Objects of each kind with awkward values.
async fn office() -> Node {
    let node = Node::office().await;
    let mut line = Line::new("+49301234".parse().unwrap());
    line.description = "=HYPERLINK(\"x\"), \"quoted\"; '=y".into();
    line.forward.busy = Some("*2001".parse().unwrap());
    let mut profile = SecurityProfile::new("CSF, OAuth; \"x\"".replace('"', "'").parse().unwrap());
    profile.device_security_mode = DeviceSecurityMode::Encrypted;
    profile.transport_type = TransportType::Tls;
    profile.oauth_authentication = true;
    node.put(vec![Object::Line(line), Object::Line(Line::new("2001".parse().unwrap())), Object::Profile(profile)])
        .await;
    node
}

const PHONES: &str = "Device Name,Description,Device Pool,Device Security Profile,Product Type,Owner User ID,Users,Directory Number 1,Directory Number 3,Line Text Label 3\r\n\
    CSFONE,@one,Default,Standard SIP Non-Secure Profile,Cisco Unified Client Services Framework,alice,\"reader\nadmin\",'+49301234,2003,Third\r\n\
    CSFTWO,,Default,Standard SIP Non-Secure Profile,Cisco 8851,,,,,\r\n";

#[tokio::test]
async fn an_import_is_tried_and_then_written() {
    let node = office().await;
    let browser = node.signed_in("admin").await;
    let tried = send(&browser, "/ccmadmin/phone", "try", PHONES).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert!(tried.has("<dd class=\"added\">2</dd>") && tried.has("<dd class=\"refused\">0</dd>"));
    assert!(node.directory().await.devices().is_empty(), "nothing is written yet");
    let written = send(&browser, "/ccmadmin/phone", "write", PHONES).await;
    assert_eq!((written.status, written.location()), (StatusCode::SEE_OTHER, "/ccmadmin/phone"));
    assert!(browser.get("/ccmadmin/phone").await.has("Imported: 2 added, 0 changed, 0 as they were."));
    let directory = node.directory().await;
    let one = directory.device("CSFONE").unwrap();
    assert_eq!(one.description, "@one");
    let numbers: Vec<_> = one.lines.iter().map(|line| (line.index, line.directory_number.as_str())).collect();
    assert_eq!(numbers, [(1, "+49301234"), (3, "2003")]);
    assert_eq!(one.associated_users.len(), 2);
    assert!(directory.line("2003").is_some(), "a line that was not there");
}

#[tokio::test]
async fn one_wrong_line_and_nothing_is_written() {
    let node = office().await;
    let browser = node.signed_in("admin").await;
    let text =
        format!("{PHONES}CSFTHREE,,Nowhere,Standard SIP Non-Secure Profile,Cisco 8851,,,,,\r\nCSFONE,,,,,,,,,\r\n");
    for act in ["try", "write"] {
        let page = send(&browser, "/ccmadmin/phone", act, &text).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.has("<dd class=\"refused\">2</dd>"), "{}", page.body);
        assert!(page.has("<td class=\"number\">5</td><th scope=\"row\">CSFTHREE</th>"), "{}", page.body);
        assert!(page.has("Device Pool: &#34;Nowhere&#34; does not exist") && page.has("the file has this name before"));
    }
    assert!(node.directory().await.devices().is_empty());
    for (text, said) in [
        ("Name,Nonsense\r\n", "There is no column &#34;Name&#34;."),
        ("Description\r\nx\r\n", "The column &#34;Device Name&#34; is missing."),
        ("Device Name,device name\r\n", "comes twice."),
        ("Device Name,Description\r\na\r\n", "Line 2: 1 columns instead of 2."),
        ("", "The first line must name the columns."),
    ] {
        let page = send(&browser, "/ccmadmin/phone", "try", text).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(page.has(said), "{text}: {}", page.body);
    }
}

/// Everything but the identity of a phone's lines.
fn plain(directory: &Directory) -> Vec<Object> {
    let devices = directory.devices().into_iter().map(|device| {
        let mut device = Device::clone(device);
        device.lines.iter_mut().for_each(|line| line.contact = token::Uuid::nil());
        Object::Device(device)
    });
    let lines = directory.lines().into_iter().map(|line| Object::Line(Line::clone(line)));
    let users = directory.users().into_iter().map(|user| Object::User(directory::EndUser::clone(user)));
    let profiles = directory.profiles().into_iter().map(|profile| Object::Profile(SecurityProfile::clone(profile)));
    lines.chain(users).chain(profiles).chain(devices).collect()
}

#[tokio::test]
async fn what_is_exported_comes_back_as_it_was() {
    let (node, other) = (office().await, Node::office().await);
    let (browser, there) = (node.signed_in("admin").await, other.signed_in("admin").await);
    send(&browser, "/ccmadmin/phone", "write", PHONES).await;
    for kind in ["phone-security-profile", "directory-number", "end-user", "device-pool", "call-manager-group", "phone"]
    {
        let at = format!("/ccmadmin/{kind}");
        let file = browser.get(&format!("{at}/export")).await;
        assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
        assert!(file.header("content-disposition").starts_with("attachment; filename="));
        let same = send(&browser, &at, "try", &file.body).await;
        assert!(
            same.has("<dd class=\"added\">0</dd>") && same.has("<dd class=\"changed\">0</dd>"),
            "{kind}: {}",
            same.body
        );
        let written = send(&there, &at, "write", &file.body).await;
        assert_eq!(written.status, StatusCode::SEE_OTHER, "{kind}: {}", written.body);
        assert_eq!(there.get(&format!("{at}/export")).await.body, file.body, "{kind}");
        for cell in file.body.lines().flat_map(|line| line.split(',')) {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "no formula: {cell}");
        }
    }
    assert_eq!(plain(&*node.directory().await), plain(&*other.directory().await));
    let filtered = browser.get("/ccmadmin/directory-number/export?field=number&how=is&value=2003").await;
    assert_eq!(filtered.body.lines().count(), 2);
}
