//! The REST interface answers as its OpenAPI document says, whatever it is asked.

use std::collections::BTreeSet;

use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::schemathesis::{Judge, Judgement, judge};

/// Every scope.
const SCOPES: &str = "read,write:nodes,write:parameters,write:security-profiles,write:callmanager-groups,\
                      write:device-pools,write:lines,write:users,write:phones,write:expressways,write:webhooks,\
                      write:certificates,control,admin";

/// What the judge never asks for: its own end, and what has no end.
const LEFT_OUT: [&str; 2] = ["revokeOwnToken", "followEvents"];

#[test]
fn rest_keeps_its_openapi_document() {
    let folder = Folder::new("schemathesis");
    let node = Node::start(&folder, "127.0.0.39");
    node.admin("set user judge roles administrator");
    node.admin("set expressway exp-c.example names exp-c.example");
    let made = node.admin(&format!("utils api token create judge {SCOPES} owner judge"));
    let token = made.lines().next().expect("a token").trim();
    let listed = node.admin("utils api token list");
    let token_id = listed.lines().find(|line| line.contains(" judge ")).and_then(|line| line.split(' ').next());
    let judgement = judge(&folder, &node, &Judge { user: "judge", token, token_id: token_id.expect("its id") });
    assert!(judgement.is_kept, "{}\n{}", judgement.report, node.words());
    println!("{}", judgement.report);
    every_operation_was_carried_out(&judgement);
}

/// A judge that is not let in finds no fault either: so each operation must have been answered to whom it is meant for.
fn every_operation_was_carried_out(judgement: &Judgement) {
    let shut_out: Vec<_> = judgement.answers.iter().filter(|answer| answer.token && answer.status == 401).collect();
    assert!(shut_out.is_empty(), "the token is good until the end: {:?}", shut_out.first());
    let document = include_str!("../../docs/openapi.json");
    let document: serde_json::Value = serde_json::from_str(document).expect("the document");
    let operations = document["paths"].as_object().expect("paths").values().flat_map(|path| path.as_object());
    let for_a_token =
        |operation: &&serde_json::Value| operation["security"].as_array().is_some_and(|all| !all.is_empty());
    let operations = operations.flat_map(|path| path.values()).filter(for_a_token);
    let ids = operations.filter_map(|operation| operation["operationId"].as_str());
    let wanted: BTreeSet<&str> = ids.filter(|id| !LEFT_OUT.contains(id)).collect();
    let statuses = judgement.statuses();
    let reached = |id: &&str| {
        let of = statuses.get(*id);
        of.is_some_and(|of| of.keys().any(|status| !matches!(status, 401 | 403 | 405 | 406 | 415)))
    };
    let missed: Vec<_> = wanted.iter().filter(|id| !reached(id)).collect();
    assert!(missed.is_empty(), "never carried out: {missed:?}\n{statuses:#?}");
    let done = |id: &&str| statuses.get(*id).is_some_and(|of| of.keys().any(|status| (200..300).contains(status)));
    let (succeeded, never): (Vec<&str>, Vec<&str>) = wanted.iter().partition(|id| done(id));
    println!("{} of {} operations were carried out with success; not: {never:?}", succeeded.len(), wanted.len());
    assert!(succeeded.len() * 10 >= wanted.len() * 8, "too few: {never:?}");
}
