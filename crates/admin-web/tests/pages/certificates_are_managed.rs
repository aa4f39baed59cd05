//! Certificates, trust stores and token keys of a node.

use administration::ServedCertificate;
use axum::http::StatusCode;
use directory::ServiceName;

use crate::node::Node;

const PAGE: &str = "/cmplatform/certificates";
const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

#[tokio::test]
async fn a_chain_is_requested_uploaded_and_shown_as_staged() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    node.controlled.state().served = vec![ServedCertificate {
        certificate: "tomcat",
        service: ServiceName::CallManager,
        ports: vec![5090, 5091],
        fingerprint: "aa".repeat(32),
    }];
    let page = browser.get(PAGE).await;
    assert!(page.has("The certificates of ucm-pub.") && page.has("https://127.0.0.12:8443/cmplatform/certificates"));
    assert!(page.has("Cisco CallManager (5090, 5091): <span class=\"state good\">this one</span>"), "{}", page.body);
    assert!(page.has("It holds no certificate: nobody is trusted."), "{}", page.body);
    browser.submit("/cmplatform/generate-csr/tomcat", "/cmplatform/generate-csr/tomcat", &[]).await;
    let page = browser.get(PAGE).await;
    assert!(page.has("The CSR for tomcat is made. Have it signed, then upload the chain."), "{}", page.body);
    let request = browser.get("/cmplatform/requests/tomcat").await;
    assert_eq!(request.header("content-disposition"), "attachment; filename=\"tomcat-csr.pem\"");
    assert!(request.has("-----BEGIN CERTIFICATE REQUEST-----\ntomcat\n"), "{}", request.body);
    let upload = "/cmplatform/upload/tomcat";
    let refused = browser.submit(upload, upload, &[("pem", "rubbish <script>")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("there is no certificate in it") && refused.has("The old pair is kept."), "{}", refused.body);
    assert!(refused.has("rubbish &#60;script&#62;"), "what was pasted is there still: {}", refused.body);
    let answer = browser.submit(upload, upload, &[("pem", PEM)]).await;
    assert_eq!(answer.location(), "/cmplatform/certificates/tomcat/tomcat");
    let page = browser.get(answer.location()).await;
    assert!(page.has("tomcat has the uploaded certificate."), "{}", page.body);
    assert!(page.has("<span class=\"state warn\">an older one, until a restart</span>"), "{}", page.body);
    let row = node.audit(1).await.remove(0);
    assert_eq!((row.action.as_str(), row.object.as_str()), ("install certificate", "tomcat on ucm-pub"));
}

#[tokio::test]
async fn deleting_from_trust_warns_of_who_relies_on_it() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let upload = "/cmplatform/upload/tomcat-trust";
    browser.submit(upload, upload, &[("pem", PEM)]).await;
    let question = "/cmplatform/certificates/tomcat-trust/ca-1/delete";
    assert!(browser.get(question).await.has("No Expressway-C relies on this store now."));
    node.put(vec![directory::Object::Expressway(directory::ExpresswayC {
        host: "exp-c".parse().unwrap(),
        description: String::new(),
        subject_names: "exp-c.example".into(),
    })])
    .await;
    let page = browser.get(question).await;
    assert!(page.has("Warning: these Expressway-C rely on this store: exp-c."), "{}", page.body);
    browser.submit(question, question, &[]).await;
    assert!(browser.get(PAGE).await.has("ca-1 is deleted from tomcat-trust."));
    assert_eq!(browser.submit(PAGE, question, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/cmplatform/certificates/tomcat/tomcat/delete").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_certificate_is_shown_and_regenerated() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let page = browser.get("/cmplatform/certificates/tomcat/tomcat").await;
    for text in ["CN=ucm-pub", "EC P-256", "Signature algorithm", "SHA-256", "days left"] {
        assert!(page.has(text), "{text} in {}", page.body);
    }
    let pem = browser.get("/cmplatform/certificates/tomcat/tomcat/pem").await;
    assert_eq!(pem.header("content-disposition"), "attachment; filename=\"tomcat.pem\"");
    let question = "/cmplatform/regenerate/tomcat";
    assert!(browser.get(question).await.has("This makes a new key and a self-signed certificate."));
    browser.submit(question, question, &[]).await;
    assert!(browser.get(PAGE).await.has("tomcat has a new certificate."));
    assert_eq!(browser.get("/cmplatform/regenerate/ipsec").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/cmplatform/certificates/tomcat-trust/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn keys_are_shown_by_hash_and_regenerated() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    assert!(browser.get("/cmplatform/keys").await.has("hash of the signing key"));
    let question = "/cmplatform/keys/signing/regenerate";
    assert!(browser.get(question).await.has("all users have to sign in again"));
    browser.submit(question, question, &[]).await;
    assert!(browser.get("/cmplatform/keys").await.has("There is a new key. Its hash: hash of a new signing key"));
    let row = node.audit(1).await.remove(0);
    assert_eq!((row.action.as_str(), row.object.as_str()), ("regenerate key", "authz signing"));
    assert!(browser.get("/cmplatform/version").await.has("Registered devices on this node"));
}
