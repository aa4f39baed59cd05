//! Certificates and token keys.

use super::*;

#[tokio::test]
async fn own_and_trusted_certificates_are_listed_apart() {
    let office = Office::new().await;
    assert_eq!(
        office.done("show cert list own").await,
        "tomcat/tomcat.pem: CN=ucm-pub, valid until Fri, 15 Jan 2027 08:00:00 GMT\n\
         CallManager/CallManager.pem: CN=ucm-pub, valid until Fri, 15 Jan 2027 08:00:00 GMT\n"
    );
    assert_eq!(office.done("show cert list trust").await, "");
    let pem = ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"];
    let said = office.say("set cert import trust tomcat", &pem).await;
    assert_eq!((said.printed.as_str(), said.refused), ("tomcat-trust/ca-1.pem imported.\n", None));
    assert_eq!(said.asked, ["Shown Paste the certificate in PEM:\n", "Shown ", "Shown "]);
    let list = office.done("show cert list trust").await;
    assert_eq!(list, "tomcat-trust/ca-1.pem: CN=ca, valid until Fri, 15 Jan 2027 08:00:00 GMT\n");
    assert!(office.done("show cert trust tomcat-trust ca-1.pem").await.starts_with("Subject                CN=ca\n"));
    assert_eq!(office.done("set cert delete tomcat-trust ca-1").await, "tomcat-trust/ca-1.pem deleted.\n");
    let gone = (1, "There is no such certificate: tomcat-trust ca-1".into());
    assert_eq!(office.refused("set cert delete tomcat-trust ca-1").await, gone);
}

#[tokio::test]
async fn an_own_certificate_is_shown_whole() {
    let office = Office::new().await;
    assert_eq!(
        office.done("show cert own tomcat").await,
        format!(
            "Subject                CN=ucm-pub\n\
             Issuer                 CN=ucm-pub\n\
             Serial Number          aa\n\
             Valid From             Tue, 14 Nov 2023 22:13:20 GMT\n\
             Valid To               Fri, 15 Jan 2027 08:00:00 GMT\n\
             Names                  ucm-pub, 127.0.0.11\n\
             Server Authentication  yes\n\
             Client Authentication  not restricted\n\
             CA                     no\n\
             SHA-256                {}\n",
            "aa".repeat(32)
        )
    );
    assert_eq!(office.refused("show cert own other").await, (1, "There is no such certificate: other ".into()));
}

#[tokio::test]
async fn a_certificate_is_regenerated_after_yes_only() {
    let office = Office::new().await;
    let cancelled = (1, "Cancelled: nothing was changed.".to_owned());
    for answer in ["no", "", "yess", "certainly"] {
        let said = office.say("set cert regen tomcat", &[answer]).await;
        assert_eq!((said.code, said.refused.unwrap()), cancelled, "{answer}");
    }
    let nobody = "the question was not answered; nothing was changed";
    assert_eq!(office.refused("set cert regen tomcat").await, (1, nobody.into()));
    let said = office.say("set cert regen tomcat", &["Yes"]).await;
    assert_eq!(
        said.printed,
        format!(
            "Successfully regenerated certificate for tomcat.\nSHA-256 {}\n\
             Please restart the Cisco CallManager service on this node: until then its ports use the old one.\n",
            "cc".repeat(32)
        )
    );
    let said = office.say("set cert regen ipsec", &["yes"]).await;
    assert_eq!((said.code, said.refused.unwrap()), (1, "there is no own certificate ipsec".into()));
}

#[tokio::test]
async fn keys_are_shown_by_hash_and_regenerated_after_yes() {
    let office = Office::new().await;
    assert_eq!(office.done("show key authz signing").await, "authz signing key hash: signing\n");
    assert_eq!(office.done("show key authz Encryption").await, "authz encryption key hash: encryption\n");
    assert_eq!(office.refused("show key authz other").await.0, 2);
    assert_eq!(office.say("set key regen authz signing", &["no"]).await.code, 1);
    let said = office.say("set key regen authz signing", &["yes"]).await;
    assert_eq!(
        said.printed,
        "authz signing key regenerated. Hash: new signing\n\
         All nodes take it over within seconds. Refresh the Unified CM servers on each Expressway-C.\n"
    );
    let audit = office.done("show audit 1").await;
    assert!(audit.contains("regenerate key authz signing new signing\n"), "{audit}");
}

#[tokio::test]
async fn a_request_is_made_shown_and_its_chain_imported() {
    let office = Office::new().await;
    let none = (1, "There is no CSR for tomcat. Make one with: set csr gen tomcat".into());
    assert_eq!(office.refused("show csr own tomcat").await, none);
    assert_eq!(
        office.done("set csr gen tomcat").await,
        "Successfully Generated CSR for tomcat\n\
         Its key stays on this node. Show the request with: show csr own tomcat\n"
    );
    let request = office.done("show csr own tomcat").await;
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{request}");
    let pem = ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"];
    let said = office.say("set cert import own tomcat", &[&pem[..], &[""]].concat()).await;
    assert_eq!((said.code, said.refused.as_deref()), (1, Some("the chain is not complete")));
    let said = office.say("set cert import own tomcat", &[&pem[..], &pem[..], &[""]].concat()).await;
    assert_eq!(
        said.printed,
        format!(
            "Successfully imported certificate for tomcat.\nSHA-256 {}\n\
             Please restart the Cisco CallManager service on this node: until then its ports use the old one.\n",
            "ee".repeat(32)
        )
    );
    let audit = office.done("show audit 2").await;
    assert!(audit.contains("install certificate tomcat on ucm-pub"), "{audit}");
}
