//! Device > Expressway-C, written and read.

use directory::{DirectoryRepository, ExpresswayC, Surface};
use soap::Element;
use soap::axl::AxlError;

use crate::cluster::{Node, text};

const NAMES: &str = "X509SubjectNameorSubjectAlternateName";

fn row(host: &str, description: &str, names: &str) -> ExpresswayC {
    ExpresswayC { host: host.parse().unwrap(), description: description.into(), subject_names: names.into() }
}

fn new(host: &str, description: &str, names: &str) -> [Element; 1] {
    [Element::new("expresswayCConfiguration")
        .with_text("HostNameOrIP", host)
        .with_text("description", description)
        .with_text(NAMES, names)]
}

async fn add(node: &Node, host: &str) -> String {
    let answer = node.call("addExpresswayCConfiguration", new(host, "d", &format!("{host}.example"))).await.unwrap();
    answer.text().to_owned()
}

#[tokio::test]
async fn an_expressway_is_added_read_changed_and_removed() {
    let node = Node::new("lifecycle").await;
    let identifier = add(&node, "exp-c").await;
    assert!(identifier.starts_with('{') && identifier.ends_with('}') && identifier.len() == 38, "{identifier}");
    assert_eq!(node.expressways().await, [row("exp-c", "d", "exp-c.example")]);

    for by in [text("HostNameOrIP", "EXP-C"), text("uuid", &identifier), text("uuid", &identifier.to_lowercase())] {
        let answer = node.call("getExpresswayCConfiguration", [by]).await.unwrap();
        let [object] = answer.children() else { panic!("one object") };
        let expected = Element::new("expresswayCConfiguration")
            .with_attribute("uuid", &identifier)
            .with_text("HostNameOrIP", "exp-c")
            .with_text("description", "d")
            .with_text(NAMES, "exp-c.example");
        assert_eq!(*object, expected);
    }

    let change = [text("HostNameOrIP", "exp-c"), text(NAMES, "a.example,b.example")];
    assert_eq!(node.call("updateExpresswayCConfiguration", change).await.unwrap().text(), identifier);
    assert_eq!(node.expressways().await, [row("exp-c", "d", "a.example,b.example")]);

    let rename = [text("uuid", &identifier), text("newHostNameOrIP", "exp-d"), text("description", "")];
    assert_eq!(node.call("updateExpresswayCConfiguration", rename).await.unwrap().text(), identifier);
    assert_eq!(node.expressways().await, [row("exp-d", "", "a.example,b.example")]);
    let case = [text("HostNameOrIP", "exp-d"), text("newHostNameOrIP", "EXP-D")];
    assert_eq!(node.call("updateExpresswayCConfiguration", case).await.unwrap().text(), identifier);
    assert_eq!(node.expressways().await, [row("EXP-D", "", "a.example,b.example")]);

    let answer = node.call("removeExpresswayCConfiguration", [text("uuid", &identifier)]).await.unwrap();
    assert_eq!(answer.text(), identifier);
    assert_eq!(node.expressways().await, []);

    let audit = node.store.audit_records(6).await.unwrap();
    let acts: Vec<_> =
        audit.iter().rev().map(|record| format!("{} {} {}", record.action, record.object, record.detail)).collect();
    let expected = [
        "put Expressway-C \"exp-c\" added",
        "put Expressway-C \"exp-c\" changed",
        "rename Expressway-C \"exp-c\" to exp-d",
        "put Expressway-C \"EXP-D\" changed",
        "remove Expressway-C \"EXP-D\" ",
    ];
    assert_eq!(acts[acts.len() - 5..], expected);
    assert!(audit[..5].iter().all(|record| record.author.name == "axl" && record.author.surface == Surface::Axl));
}

#[tokio::test]
async fn axl_3_a_repeated_write_is_a_duplicate_and_changes_nothing() {
    let node = Node::new("duplicate").await;
    let identifier = add(&node, "exp-c").await;
    let message = "Could not insert new row - duplicate value in a UNIQUE INDEX column (Expressway-C \"exp-c\").";
    for description in ["d", "another"] {
        let refusal = node.refusal("addExpresswayCConfiguration", new("exp-c", description, "x.example")).await;
        assert_eq!(refusal, (AxlError::DUPLICATE, message.to_owned()));
    }
    let (code, _) = node.refusal("addExpresswayCConfiguration", new("EXP-C", "d", "x.example")).await;
    assert_eq!(code, AxlError::DUPLICATE, "names are the same in any case");
    assert_eq!(node.expressways().await, [row("exp-c", "d", "exp-c.example")]);

    add(&node, "exp-d").await;
    let rename = || [text("HostNameOrIP", "exp-d"), text("newHostNameOrIP", "Exp-C")];
    assert_eq!(node.refusal("updateExpresswayCConfiguration", rename()).await.0, AxlError::DUPLICATE);
    assert_eq!(node.expressways().await.len(), 2);

    // What was done once is not there to be done again.
    let gone = "Item not valid: The specified ExpresswayCConfiguration was not found".to_owned();
    node.call("removeExpresswayCConfiguration", [text("HostNameOrIP", "exp-c")]).await.unwrap();
    for by in [text("HostNameOrIP", "exp-c"), text("uuid", &identifier)] {
        for operation in
            ["removeExpresswayCConfiguration", "getExpresswayCConfiguration", "updateExpresswayCConfiguration"]
        {
            assert_eq!(node.refusal(operation, [by.clone()]).await, (5007, gone.clone()), "{operation}");
        }
    }
}

#[tokio::test]
async fn axl_3_writes_at_the_same_time_make_one() {
    let node = Node::new("race").await;
    let write = |number: usize| {
        let names = format!("{number}.example");
        let node = &node;
        async move { node.call("addExpresswayCConfiguration", new("exp-c", "d", &names)).await.is_ok() }
    };
    let outcomes = [write(0), write(1), write(2), write(3)].map(Box::pin);
    let mut done = Vec::new();
    let mut waiting: Vec<_> = outcomes.into_iter().collect();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(outcome) => {
                done.push(outcome);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    assert_eq!(node.expressways().await.len(), 1);
}

#[tokio::test]
async fn a_bad_object_says_which_field() {
    let node = Node::new("bad").await;
    let long = "x".repeat(51);
    let names = "y".repeat(4097);
    let cases = [
        (new("", "d", "n"), "Server: Host Name/IP Address: a value is required"),
        (new("a b", "d", "n"), "Server: Host Name/IP Address: only a host name or an IP address are allowed"),
        (new("exp-c", &long, "n"), "Expressway-C: Description: at most 50 characters are allowed"),
        (
            new("exp-c", "d", &names),
            "Expressway-C: X509 Subject Name / Subject Alternate Name: at most 4096 characters are allowed",
        ),
        (new("exp-c", "d", " , "), "Expressway-C: X509 Subject Name / Subject Alternate Name: a value is required"),
        ([Element::new("expresswayCConfiguration")], "HostNameOrIP is missing"),
        ([Element::new("phone")], "addExpresswayCConfiguration has no phone"),
        (
            [Element::new("expresswayCConfiguration").with_text("HostNameOrIP", "a").with_text("HostNameOrIP", "b")],
            "HostNameOrIP comes twice",
        ),
        (
            [Element::new("expresswayCConfiguration").with(Element::new("HostNameOrIP").with_text("a", "b"))],
            "HostNameOrIP is a text",
        ),
        (
            [Element::new("expresswayCConfiguration").with_text("hostNameOrIP", "a")],
            "expresswayCConfiguration has no hostNameOrIP",
        ),
    ];
    for (object, expected) in cases {
        let (code, message) = node.refusal("addExpresswayCConfiguration", object).await;
        assert_eq!((code, message.as_str()), (5003, expected));
    }
    for parameters in [vec![], vec![text("uuid", "{1}")], vec![text("uuid", "x"), text("HostNameOrIP", "y")]] {
        assert_eq!(node.refusal("getExpresswayCConfiguration", parameters).await.0, 5003);
    }
    assert_eq!(node.expressways().await, []);
}

#[tokio::test]
async fn what_is_nil_is_not_there() {
    let node = Node::new("nil").await;
    let nil = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"";
    let body = format!(
        "<a:addExpresswayCConfiguration><expresswayCConfiguration><HostNameOrIP>exp-c</HostNameOrIP>\
         <description {nil}/><{NAMES}>n.example</{NAMES}></expresswayCConfiguration></a:addExpresswayCConfiguration>"
    );
    let answer = node.post(crate::cluster::envelope(&body)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    assert_eq!(node.expressways().await, [row("exp-c", "", "n.example")]);
}
