//! Adding, editing, copying and deleting objects.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use directory::{EndUser, Object, Surface};

use crate::node::{Browser, Node};

const PHONE: [(&str, &str); 6] = [
    ("name", "CSFALICE"),
    ("description", "<script>alert(1)</script>"),
    ("product", "Cisco Unified Client Services Framework"),
    ("pool", "Default"),
    ("profile", "Standard SIP Non-Secure Profile"),
    ("owner", "alice"),
];

async fn add_phone(browser: &Browser<'_>, more: &[(&str, &str)]) -> crate::node::Answer {
    let fields: Vec<_> = PHONE.iter().chain(more).copied().collect();
    browser.submit("/ccmadmin/phone/new", "/ccmadmin/phone/new", &fields).await
}

#[tokio::test]
async fn a_phone_is_added_with_its_lines_and_shown_escaped() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let lines = [("line1", "2001"), ("label1", "Alice"), ("line2", ""), ("calls1", "6"), ("busy1", "3")];
    let answer = add_phone(&browser, &lines).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/ccmadmin/phone/edit?name=CSFALICE"));
    let directory = node.directory().await;
    let phone = directory.device("CSFALICE").unwrap();
    let line = &phone.lines[0];
    assert_eq!((line.index, line.label.as_str(), line.max_calls, line.busy_trigger), (1, "Alice", 6, 3));
    assert!(directory.line("2001").is_some(), "the number is a line now");
    let last = node.audit(1).await.remove(0);
    assert_eq!((last.author.name.as_str(), last.author.surface), ("admin", Surface::Web));
    assert_eq!((last.action.as_str(), last.object.as_str()), ("put", "Phone \"CSFALICE\""));

    let page = browser.get("/ccmadmin/phone/edit?name=CSFALICE").await;
    assert!(
        page.has("Phone &quot;CSFALICE&quot; was saved.") || page.has("Phone &#34;CSFALICE&#34; was saved."),
        "{}",
        page.body
    );
    for path in ["/ccmadmin/phone/edit?name=CSFALICE", "/ccmadmin/phone", "/ccmadmin/phone/new?from=CSFALICE"] {
        let page = browser.get(path).await;
        assert!(!page.has("<script>alert") && page.has("&#60;script&#62;alert(1)"), "{path}: {}", page.body);
    }
    let contact = line.contact;
    let page = browser.get("/ccmadmin/phone/edit?name=CSFALICE").await;
    let fields: Vec<_> = PHONE.iter().copied().filter(|(name, _)| *name != "description").collect();
    let version = page.value_of("version");
    let more = [
        ("description", "of Alice"),
        ("line1", "2001"),
        ("calls1", "6"),
        ("busy1", "3"),
        ("version", &version),
        ("name-before", "CSFALICE"),
    ];
    let fields: Vec<_> = fields.into_iter().chain(more).collect();
    assert_eq!(browser.post("/ccmadmin/phone/edit", &page.form_token(), &fields).await.status, StatusCode::SEE_OTHER);
    let directory = node.directory().await;
    let phone = directory.device("CSFALICE").unwrap();
    assert_eq!((phone.description.as_str(), phone.lines[0].contact), ("of Alice", contact), "the contact stays");
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_each_field() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let fields = [
        ("name", "a b"),
        ("product", "none"),
        ("pool", "Default"),
        ("profile", "Nowhere"),
        ("line1", "x"),
        ("owner", ""),
    ];
    let page = browser.submit("/ccmadmin/phone/new", "/ccmadmin/phone/new", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.has("id=\"name-error\">only letters, digits, dots"), "{}", page.body);
    assert!(page.has("id=\"product-error\">the value must be one of: Cisco Unified Client Services Framework, "));
    assert!(page.has("id=\"line1-error\">only digits, *, #, the letters A to D and one leading + are allowed"));
    assert!(page.has("href=\"#name\"") && page.has("aria-invalid=\"true\"") && page.has("value=\"a b\""));
    let fields =
        [("name", "CSFX"), ("product", PHONE[2].1), ("pool", "Default"), ("profile", "Nowhere"), ("owner", "nobody")];
    let page = browser.submit("/ccmadmin/phone/new", "/ccmadmin/phone/new", &fields).await;
    assert!(page.has("id=\"profile-error\">&#34;Nowhere&#34; does not exist"), "{}", page.body);
    assert_eq!(add_phone(&browser, &[]).await.status, StatusCode::SEE_OTHER);
    let again = add_phone(&browser, &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.has("id=\"name-error\">&#34;CSFALICE&#34; is already in use"), "{}", again.body);
}

#[tokio::test]
async fn the_oauth_rule_is_explained_and_kept() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let at = "/ccmadmin/phone-security-profile";
    let base = [("name", "OAuth"), ("nonce", "600"), ("port", "5060"), ("oauth", "true")];
    let with = |more: &[(&'static str, &'static str)]| base.iter().chain(more).copied().collect::<Vec<_>>();
    let wrong = with(&[("mode", "Encrypted"), ("transport", "TLS"), ("digest", "true")]);
    let explained = browser.submit(&format!("{at}/new"), &format!("{at}/explain"), &wrong).await;
    assert_eq!(explained.status, StatusCode::OK);
    assert!(explained.has("What is missing:") && !explained.has("<html"), "{}", explained.body);
    assert_eq!(explained.body.matches("state bad").count(), 1, "{}", explained.body);
    assert_eq!(explained.body.matches("state good").count(), 3);
    let refused = browser.submit(&format!("{at}/new"), &format!("{at}/new"), &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = "id=\"oauth-error\">conflicts with Enable Digest Authentication: OAuth and digest authentication exclude each other";
    assert!(refused.has(said) && refused.has("What is missing:"), "{}", refused.body);
    assert!(node.directory().await.profile("OAuth").is_none());
    let right = with(&[("mode", "Encrypted"), ("transport", "TLS")]);
    let explained = browser.submit(&format!("{at}/new"), &format!("{at}/explain"), &right).await;
    assert!(explained.has("OAuth is possible with this profile."));
    let saved = browser.submit(&format!("{at}/new"), &format!("{at}/new"), &right).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert!(node.directory().await.profile("OAuth").unwrap().oauth_authentication);
}

#[tokio::test]
async fn a_part_of_a_page_takes_no_message_from_the_next_page() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let at = "/ccmadmin/device-pool";
    let saved =
        browser.submit(&format!("{at}/new"), &format!("{at}/new"), &[("name", "Office"), ("group", "Default")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let part = browser.request(Method::GET, at).header("hx-request", "true").body(Body::empty()).unwrap();
    assert_eq!(browser.send(part).await.status, StatusCode::OK);
    let told = "Device Pool &#34;Office&#34; was saved.";
    let page = browser.get(saved.location()).await;
    assert!(page.has(told), "{}", page.body);
    assert!(!browser.get(saved.location()).await.has(told), "once");
}

#[tokio::test]
async fn two_administrators_edit_one_object_and_nothing_is_lost() {
    let node = Node::office().await;
    let (one, other) = (node.signed_in("admin").await, node.signed_in("admin").await);
    let at = "/ccmadmin/end-user/edit?name=alice";
    let (first, second) = (one.get(at).await, other.get(at).await);
    let fields = |last: &'static str, version: &str| {
        [("user", "alice"), ("name-before", "alice"), ("active", "true"), ("last", last)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .chain([("version".to_owned(), version.to_owned())])
            .collect::<Vec<_>>()
    };
    let post = async |browser: &Browser<'_>, page: &crate::node::Answer, fields: &[(String, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post("/ccmadmin/end-user/edit", &page.form_token(), &fields).await
    };
    let saved = post(&one, &first, &fields("First", &first.value_of("version"))).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let told = post(&other, &second, &fields("Second", &second.value_of("version"))).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.has("Changed meanwhile") && told.has("Last saved by admin (web)."));
    assert!(told.has("<td>Second</td><td>First</td>"), "both states: {}", told.body);
    assert!(told.has("name=\"last\" value=\"Second\""), "what was typed is still there");
    assert_eq!(node.directory().await.user("alice").unwrap().last_name, "First");
    let again = post(&other, &told, &fields("Second", &told.value_of("version"))).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(node.directory().await.user("alice").unwrap().last_name, "Second");

    let page = other.get(at).await;
    let delete = one.get("/ccmadmin/end-user/delete?name=alice").await;
    let gone = [("name", "alice"), ("version", &delete.value_of("version"))];
    assert_eq!(
        one.post("/ccmadmin/end-user/delete", &delete.form_token(), &gone).await.location(),
        "/ccmadmin/end-user"
    );
    let told = post(&other, &page, &fields("Third", &page.value_of("version"))).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(
        told.has("Deleted meanwhile") && told.has("value=\"Third\"") && told.has("action=\"/ccmadmin/end-user/new\"")
    );
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted_and_its_users_are_named() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    add_phone(&browser, &[("line1", "2001")]).await;
    for (at, name, user) in [
        ("/ccmadmin/phone-security-profile", "Standard SIP Non-Secure Profile", "CSFALICE"),
        ("/ccmadmin/device-pool", "Default", "CSFALICE"),
        ("/ccmadmin/directory-number", "2001", "CSFALICE"),
        ("/ccmadmin/end-user", "alice", "CSFALICE"),
        ("/ccmadmin/call-manager-group", "Default", "/ccmadmin/device-pool/edit?name=Default"),
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
        let page = browser.get(&format!("{at}/delete?{query}")).await;
        assert!(page.has("It is in use and cannot be deleted.") && page.has(user), "{at}: {}", page.body);
        let fields = [("name", name), ("version", "1")];
        let refused = browser.post(&format!("{at}/delete"), &page.form_token(), &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{at}");
    }
    let page = browser.get("/ccmadmin/phone/delete?name=CSFALICE").await;
    assert!(page.has("Nothing depends on it."));
    let fields = [("name", "CSFALICE"), ("version", &page.value_of("version"))];
    let gone = browser.post("/ccmadmin/phone/delete", &page.form_token(), &fields).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/ccmadmin/phone"));
    assert!(node.directory().await.device("CSFALICE").is_none());
}

#[tokio::test]
async fn a_user_is_given_secrets_roles_and_devices() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    add_phone(&browser, &[]).await;
    let at = "/ccmadmin/end-user/new";
    let base = [("user", "carol"), ("active", "true"), ("devices", "CSFALICE"), ("digest", "a digest password")];
    let with = |more: &[(&'static str, &'static str)]| base.iter().chain(more).copied().collect::<Vec<_>>();
    let weak = with(&[("administrator", "true"), ("password", "too short"), ("again", "too short")]);
    let page = browser.submit(at, at, &weak).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.has("id=\"password-error\">at least 12 characters are needed") && !page.has("too short"),
        "{}",
        page.body
    );
    let unlike = with(&[("password", "long enough"), ("again", "long enoughh")]);
    assert!(browser.submit(at, at, &unlike).await.has("id=\"again-error\">The two passwords are not alike."));
    let right = with(&[("read_only", "true"), ("password", "pw-carol"), ("again", "pw-carol")]);
    let saved = browser.submit(at, at, &right).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let directory = node.directory().await;
    assert!(directory.device("CSFALICE").unwrap().is_of_user("carol") && directory.digest_secret("carol").is_some());
    let carol = node.signed_in("carol").await;
    let page = browser.get("/ccmadmin/end-user/edit?name=carol").await;
    assert!(page.has(">CSFALICE</textarea>") && !page.has("pw-carol") && !page.has("a digest password"));
    let fields = [("name", "carol"), ("client", "")];
    let revoked = browser.post("/ccmadmin/end-user/revoke", &page.form_token(), &fields).await;
    assert_eq!((revoked.status, revoked.location()), (StatusCode::SEE_OTHER, "/ccmadmin/end-user/edit?name=carol"));
    let acts = node.audit(1).await;
    assert_eq!((acts[0].action.as_str(), acts[0].object.as_str()), ("revoke", "End User \"carol\""));
    assert_eq!(carol.get("/ccmadmin/").await.status, StatusCode::OK);
    browser.post("/ccmadmin/end-user/sign-out", &page.form_token(), &[("name", "carol")]).await;
    assert_eq!(carol.get("/ccmadmin/").await.status, StatusCode::SEE_OTHER, "signed out everywhere");
}

#[tokio::test]
async fn lists_are_found_sorted_and_cut() {
    let node = Node::office().await;
    let user = |number: usize| Object::User(EndUser::new(format!("user{number:04}").parse().unwrap()));
    node.put((0..120).map(user).collect()).await;
    let browser = node.signed_in("reader").await;
    let page = browser.get("/ccmadmin/end-user?field=user&how=begins&value=user&sort=user&order=down&page=2").await;
    assert!(page.has("51 to 100") && page.has("of 120") && page.has("(124 without the filter)"), "{}", page.body);
    assert!(page.has(">user0069</a>") && !page.has(">user0070</a>") && page.has("aria-sort=\"descending\""));
    assert!(page.has(
        "href=\"/ccmadmin/end-user?field=user&#38;how=begins&#38;value=user&#38;sort=user&#38;order=down&#38;page=3\""
    ));
    let found = browser.get("/ccmadmin/names/user?field=owner&owner=user01").await;
    assert_eq!(found.body.matches("<option").count(), 20);
}

#[tokio::test]
async fn parameters_are_set_and_told() {
    let node = Node::office().await;
    let (browser, other) = (node.signed_in("admin").await, node.signed_in("admin").await);
    let at = "/ccmadmin/enterprise-parameters";
    let page = browser.get(at).await;
    assert!(
        page.has("Default: 60. Range: 1 to 1440.") && page.has("utils sipOAuth-mode enable|disable"),
        "{}",
        page.body
    );
    assert!(!page.has("name=\"ClusterSIPOAuthMode\""), "a command's parameter is no field");
    let set = |value: &'static str, was: &'static str| {
        [("OAuthAccessTokenExpiryTimer", value), ("was-OAuthAccessTokenExpiryTimer", was)]
    };
    let wrong = browser.post(at, &page.form_token(), &set("1441", "60")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("id=\"OAuthAccessTokenExpiryTimer-error\">the value must be between 1 and 1440"));
    assert_eq!(browser.post(at, &page.form_token(), &set("30", "60")).await.status, StatusCode::SEE_OTHER);
    let token = other.get(at).await.form_token();
    let told = other.post(at, &token, &set("15", "60")).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.has("Somebody else changed it meanwhile, to 30.") && told.has("value=\"15\""), "{}", told.body);
    let command = [("ClusterSIPOAuthMode", "1"), ("was-ClusterSIPOAuthMode", "0")];
    assert_eq!(other.post(at, &token, &command).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let parameters = node.directory().await.parameters().clone();
    assert_eq!(parameters.access_token_lifetime().as_secs(), 30 * 60);
    assert!(!parameters.sip_oauth_mode());
}

#[tokio::test]
async fn ports_are_staged_beside_what_runs() {
    use directory::{DirectoryRepository as _, NodeSettings};
    let node = Node::office().await;
    let settings = NodeSettings::staged(&*node.directory().await, "ucm-pub", "fingerprint").unwrap();
    node.store.record_running(&settings).await.unwrap();
    let browser = node.signed_in("admin").await;
    let at = "/ccmadmin/cisco-unified-cm/edit?name=ucm-pub";
    let page = browser.get(at).await;
    assert!(page.has("Each port is between 1024 and 49151") && !page.has("restart needed"), "{}", page.body);
    let version = page.value_of("version");
    let fields = |oauth: &'static str, version: &str| {
        let ports = [
            ("ethernet_phone", "2000"),
            ("mgcp_listen", "2427"),
            ("mgcp_keep_alive", "2428"),
            ("sip_phone", "5060"),
            ("sip_phone_secure", "5061"),
            ("sip_phone_oauth", oauth),
            ("sip_mra_oauth", "5091"),
            ("name", "ucm-pub"),
        ];
        let mut fields: Vec<_> = ports.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fields.push(("version".to_owned(), version.to_owned()));
        fields
    };
    let post = async |fields: Vec<(String, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post("/ccmadmin/cisco-unified-cm/edit", &page.form_token(), &fields).await
    };
    for (port, said) in [
        ("1023", "id=\"sip_phone_oauth-error\">the value must be between 1024 and 49151"),
        ("5060", "id=\"sip_phone_oauth-error\">conflicts with SIP Phone Port: no two ports of a server are alike"),
    ] {
        let refused = post(fields(port, &version)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.has(said), "{}", refused.body);
    }
    assert_eq!(post(fields("5095", &version)).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(at).await;
    assert!(page.has("restart needed") && page.has("5095</td><td class=\"number\">5090"), "{}", page.body);
    assert!(browser.get("/ccmadmin/cisco-unified-cm").await.has("restart needed"));
    let late = post(fields("5096", &version)).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.has("<td>5096</td><td>5095</td>"));
    assert_eq!(node.directory().await.node("ucm-pub").unwrap().ports.sip_phone_oauth(), 5095);
}

#[tokio::test]
async fn the_audit_log_is_read() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let page = browser.get("/ccmadmin/audit-log?field=action&how=is&value=sign+in").await;
    assert!(page.has("<td>admin</td><td>web</td><td>sign in</td>"), "{}", page.body);
}
