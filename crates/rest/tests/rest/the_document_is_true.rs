//! The OpenAPI document: complete, and as it is kept.
//!
//! `RINGBEARER_REGENERATE=1 cargo test -p ringbearer-rest the_document_is_the_one_that_is_kept` writes docs/openapi.json anew.

use std::collections::BTreeSet;

use ringbearer_rest::openapi;
use serde_json::Value;

/// The address in the document that is kept.
const KEPT: &str = "https://localhost:8443";

#[test]
fn the_document_is_the_one_that_is_kept() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let document = serde_json::to_string_pretty(&openapi(KEPT)).unwrap() + "\n";
    if std::env::var_os("RINGBEARER_REGENERATE").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let differs = kept.lines().zip(document.lines()).find(|(kept, made)| kept != made);
    assert_eq!(differs, None, "docs/openapi.json is not what the code makes: see above how it is written anew");
    assert_eq!(kept, document);
}

#[test]
fn every_operation_is_described_secured_and_refuses() {
    let document = openapi(KEPT);
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let shown = format!("{method} {path}");
            for text in ["summary", "description", "operationId"] {
                assert!(operation[text].as_str().is_some_and(|text| text.len() > 3), "{shown}: {text}");
            }
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{shown}");
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{shown}: security"));
            let responses = operation["responses"].as_object().unwrap();
            let has = |status: &str| responses.contains_key(status);
            assert!(responses.keys().any(|status| status.starts_with('2')), "{shown}");
            let mut expected = vec!["400", "429", "503"];
            if !security.is_empty() {
                expected.extend(["401", "403"]);
            }
            if operation["requestBody"].is_object() {
                expected.extend(["413", "415"]);
            }
            if path.contains('{') {
                expected.push("404");
            }
            for parameter in operation["parameters"].as_array().unwrap() {
                assert!(parameter["description"].as_str().is_some_and(|text| text.len() > 3), "{shown}: {parameter}");
                assert!(parameter["schema"].is_object(), "{shown}: {parameter}");
                if parameter["name"] == "If-Match" {
                    expected.extend(["412", "428"]);
                }
            }
            for status in expected {
                assert!(has(status), "{shown}: {status}");
            }
            for (_, response) in responses {
                let described = response["description"].is_string() || response["$ref"].is_string();
                assert!(described, "{shown}");
            }
        }
    }
}

#[test]
fn every_reference_is_kept_and_every_member_described() {
    let document = openapi(KEPT);
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.insert(reference.clone());
                }
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name}");
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property["description"].is_string()
                || property["$ref"].is_string()
                || property["anyOf"][0]["description"].is_string()
                || property["anyOf"][0]["$ref"].is_string()
                || property["oneOf"].is_array()
                || property["allOf"].is_array();
            assert!(described, "{name}.{member}: {property}");
        }
    }
}
