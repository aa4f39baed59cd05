//! The node's recorder hears what the line side does: registrations, calls, messages without their secrets, and no refresh.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::sync::Arc;

use callmanager::flow::{Listener, Transport};
use observation::{
    CredentialsForm, Dialect, Direction, Event, Limits, Message, MessageQuery, Port, RegistrationChange,
};
use support::RunningNode;
use support::client::Client;
use testkit::register::Register;

fn messages(node: &RunningNode, query: &MessageQuery) -> Vec<Message> {
    let records = node.shared.observation.recorder().messages(query, 100);
    let message = |record: &Arc<observation::Record>| match &record.event {
        Event::Message(message) => Some(message.clone()),
        _ => None,
    };
    records.iter().filter_map(message).collect()
}

#[tokio::test]
async fn a_registration_is_recorded_and_its_refresh_is_not() {
    let node = RunningNode::start();
    let token = node.token("alice");
    let mut client = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let register = Register::vendor("CSFalice", "1001").bearing(&token);
    assert!(client.ask(register.text()).await.starts_with("SIP/2.0 200 OK"));
    let of_alice = MessageQuery { devices: vec!["csfalice".into()], ..MessageQuery::default() };
    let first = messages(&node, &of_alice);
    assert_eq!(
        first.iter().map(|message| message.direction).collect::<Vec<_>>(),
        [Direction::Received, Direction::Sent]
    );
    assert!(first[0].text.as_str().starts_with("REGISTER sip:"));
    assert!(first[1].text.as_str().starts_with("SIP/2.0 200 OK"));
    assert!(first.iter().all(|message| message.port == Port::PhoneOAuth && message.cseq.is_some()));
    assert!(client.ask(register.next().text()).await.starts_with("SIP/2.0 200 OK"));
    assert_eq!(messages(&node, &of_alice).len(), 2, "the refresh is not recorded");
    let unregister = Register { expires: Some(0), ..register.next().next() };
    assert!(client.ask(unregister.text()).await.starts_with("SIP/2.0 200 OK"));
    assert_eq!(messages(&node, &of_alice).len(), 4);

    let recorder = node.shared.observation.recorder();
    let registrations = recorder.registrations(9, |_| true);
    let change = |record: &Arc<observation::Record>| match &record.event {
        Event::Registration(one) => Some((one.change, one.port, one.dialect, one.credentials)),
        _ => None,
    };
    let changes: Vec<_> = registrations.iter().filter_map(change).collect();
    let with = |change| (change, Port::PhoneOAuth, Dialect::Vendor, CredentialsForm::BearerParameter);
    let ended = RegistrationChange::Ended("device-unregistered", 10);
    assert_eq!(changes, [with(ended), with(RegistrationChange::Registered)]);
    assert_eq!(recorder.series().registered().total(), 0);
}

#[tokio::test]
async fn what_has_no_room_is_left_out_with_its_answer_and_counted() {
    let node = RunningNode::start_recording(Limits { messages_per_second: 0, ..Limits::default() });
    let token = node.token("alice");
    let mut client = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let register = Register::vendor("CSFalice", "1001").bearing(&token);
    assert!(client.ask(register.text()).await.starts_with("SIP/2.0 200 OK"));
    let recorder = node.shared.observation.recorder();
    assert_eq!(messages(&node, &MessageQuery::default()).len(), 0);
    assert_eq!(recorder.left_out(), 1);
    assert_eq!(recorder.registrations(9, |_| true).len(), 1, "what happened is known all the same");
    assert!(client.ask(register.next().text()).await.starts_with("SIP/2.0 200 OK"));
    assert_eq!(recorder.left_out(), 1, "a refresh asks for no room");
}

#[tokio::test]
async fn sec_1_no_token_is_in_what_is_recorded() {
    let node = RunningNode::start();
    let token = node.token("alice");
    let mut client = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    client.ask(Register::vendor("CSFalice", "1001").bearing(&token).text()).await;
    client.ask(Register::vendor("CSFcarol", "1003").bearing(&token).next().text()).await;
    let recorder = node.shared.observation.recorder();
    let all = format!("{:?}{:?}", recorder.messages(&MessageQuery::default(), 100), recorder.refusals(9, |_| true));
    assert!(all.contains("fingerprint=") && all.contains("CSFcarol"));
    assert!(token.split('.').all(|part| !all.contains(part)));
}
