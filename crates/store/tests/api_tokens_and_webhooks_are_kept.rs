//! API tokens and webhooks: found by hash, sealed, audited, gone with their owner.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use authorization::{ApiScope, ApiToken, ApiTokenRepository, ApiTokenSecret, UnixTime, Uuid};
use directory::*;
use support::{Folder, author};

async fn user(store: &ringbearer_store::Store, name: &str) {
    let user = Object::User(EndUser::new(name.parse().unwrap()));
    store.put(&author(), vec![(user, Precondition::Absent)]).await.unwrap();
}

fn token(number: u128, name: &str, owner: &str, now: u64) -> ApiToken {
    let whose = (Uuid::from_u128(number), name, owner.parse().unwrap());
    ApiToken::new(whose, &[ApiScope::Read, ApiScope::Control], 1, UnixTime(now)).unwrap()
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_until_it_is_revoked() {
    let folder = Folder::new("api-token");
    let store = folder.open();
    user(&store, "ops").await;
    let (secret, other) = (ApiTokenSecret::new([1; 32]), ApiTokenSecret::new([2; 32]));
    let made = token(1, "ci", "OPS", 1000);
    store.add_api_token(&author(), made.clone(), secret.hash()).await.unwrap();
    let found = store.api_token(secret.hash()).await.unwrap().unwrap();
    assert_eq!(found, ApiToken { owner: "ops".parse().unwrap(), ..made.clone() });
    assert_eq!(store.api_token(other.hash()).await.unwrap(), None);

    store.note_api_token_use(made.id, UnixTime(2000)).await.unwrap();
    store.note_api_token_use(made.id, UnixTime(1500)).await.unwrap();
    let used = store.api_token(secret.hash()).await.unwrap().unwrap();
    assert_eq!(used.last_used, Some(UnixTime(2000)), "it never goes back");

    assert!(store.remove_api_token(&author(), made.id).await.unwrap());
    assert!(!store.remove_api_token(&author(), made.id).await.unwrap());
    assert_eq!(store.api_token(secret.hash()).await.unwrap(), None);
    let acts: Vec<_> = store.audit_records(2).await.unwrap().into_iter().map(|row| (row.action, row.object)).collect();
    let object = |owner: &str| format!("API Token \"ci\" of {owner}");
    assert_eq!(acts, [("revoke".into(), object("ops")), ("create".into(), object("OPS"))]);
}

#[tokio::test]
async fn a_name_is_given_once_until_its_token_is_over() {
    let folder = Folder::new("api-token-name");
    let store = folder.open();
    user(&store, "ops").await;
    user(&store, "dev").await;
    let hash = |number| ApiTokenSecret::new([number; 32]).hash();
    store.add_api_token(&author(), token(1, "ci", "ops", 1000), hash(1)).await.unwrap();
    let again = store.add_api_token(&author(), token(2, "ci", "ops", 1001), hash(2)).await.unwrap_err();
    assert_eq!(again.to_string(), "API Token: Name: \"ci\" is already in use");
    store.add_api_token(&author(), token(3, "ci", "dev", 1001), hash(3)).await.unwrap();
    store.add_api_token(&author(), token(4, "ci", "ops", 1000 + 86_400), hash(4)).await.unwrap();
    let ids: Vec<_> = store.api_tokens().await.unwrap().into_iter().map(|token| token.id.as_u128()).collect();
    assert_eq!(ids, [3, 4]);
    let nobody = store.add_api_token(&author(), token(5, "ci", "gone", 0), hash(5)).await.unwrap_err();
    assert_eq!(nobody.to_string(), "End User \"gone\" does not exist");
}

#[tokio::test]
async fn a_removed_user_takes_its_tokens_along() {
    let folder = Folder::new("api-token-owner");
    let store = folder.open();
    user(&store, "ops").await;
    let secret = ApiTokenSecret::new([1; 32]);
    store.add_api_token(&author(), token(1, "ci", "ops", 1000), secret.hash()).await.unwrap();
    // A change of the user keeps them.
    let changed = EndUser { first_name: "Op".into(), ..EndUser::new("ops".parse().unwrap()) };
    store.put(&author(), vec![(Object::User(changed), Precondition::Present)]).await.unwrap();
    assert!(store.api_token(secret.hash()).await.unwrap().is_some());
    store.remove(&author(), ObjectKey::User("ops".parse().unwrap()), Precondition::Present).await.unwrap();
    user(&store, "ops").await;
    assert_eq!(store.api_token(secret.hash()).await.unwrap(), None, "another of the same name is another");
}

#[tokio::test]
async fn no_file_and_no_query_has_a_token_or_a_webhooks_secret() {
    let folder = Folder::new("api-secret");
    let store = folder.open();
    user(&store, "ops").await;
    let secret = ApiTokenSecret::new([0x5a; 32]);
    store.add_api_token(&author(), token(1, "ci", "ops", 1000), secret.hash()).await.unwrap();
    let canary = b"canary-of-a-webhook-secret-32-by".to_vec();
    let hook = Webhook {
        id: Uuid::from_u128(9),
        name: "pager".into(),
        url: "https://pager.example/".into(),
        kinds: vec![EventKind::Refusal],
        active: true,
    };
    store.add_webhook(&author(), hook.clone(), canary.clone()).await.unwrap();
    assert_eq!(store.webhook_secret(hook.id).await.unwrap(), Some(canary.clone()));
    for table in ["api_token", "webhook"] {
        assert!(store.run_sql(&format!("SELECT * FROM {table}")).await.is_err(), "{table}");
    }
    drop(store);
    let database = folder.database();
    let wal = std::path::PathBuf::from(format!("{}-wal", database.display()));
    for file in [database, wal] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for needle in [secret.expose().as_bytes(), canary.as_slice()] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{}", file.display());
        }
    }
}

#[tokio::test]
async fn a_webhook_is_changed_by_whoever_read_it_last() {
    let folder = Folder::new("webhook");
    let store = folder.open();
    let hook = |number: u128, name: &str| Webhook {
        id: Uuid::from_u128(number),
        name: name.into(),
        url: "https://pager.example/".into(),
        kinds: vec![EventKind::Registration, EventKind::Call],
        active: true,
    };
    let first = hook(1, "pager");
    store.add_webhook(&author(), first.clone(), vec![1]).await.unwrap();
    let taken = store.add_webhook(&author(), hook(2, "pager"), vec![2]).await.unwrap_err();
    assert_eq!(taken.to_string(), "Webhook: Name: \"pager\" is already in use");
    let (read, version) = store.webhooks().await.unwrap().remove(0);
    assert_eq!(read, first);
    let off = Webhook { active: false, ..first.clone() };
    let changed = store.change_webhook(&author(), off.clone(), Some(version)).await.unwrap();
    assert_eq!(changed, WebhookChange::Done);
    let late = store.change_webhook(&author(), first, Some(version)).await.unwrap();
    assert_eq!(late, WebhookChange::Changed);
    assert_eq!(store.webhooks().await.unwrap()[0].0, off);
    assert_eq!(store.remove_webhook(&author(), off.id, Some(version)).await.unwrap(), WebhookChange::Changed);
    assert_eq!(store.remove_webhook(&author(), off.id, None).await.unwrap(), WebhookChange::Done);
    assert_eq!(store.remove_webhook(&author(), off.id, None).await.unwrap(), WebhookChange::Absent);
    assert_eq!(store.webhook_secret(off.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_parameter_is_replaced_only_where_it_was_read() {
    let folder = Folder::new("parameter");
    let store = folder.open();
    const NAME: &str = "OAuthAccessTokenExpiryTimer";
    assert!(store.replace_parameter(&author(), NAME, "60", "30").await.unwrap());
    assert!(!store.replace_parameter(&author(), NAME, "60", "20").await.unwrap());
    assert_eq!(store.load().await.unwrap().parameters().get(Parameter::find(NAME).unwrap()), "30");
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page() {
    let folder = Folder::new("audit-page");
    let store = folder.open();
    for name in ["a", "b", "c"] {
        user(&store, name).await;
    }
    let first = store.audit_page(None, 2).await.unwrap();
    let last = first.last().unwrap().0;
    let second = store.audit_page(Some(last), 2).await.unwrap();
    let objects: Vec<_> = first.iter().chain(&second).map(|(_, row)| row.object.as_str()).collect();
    assert_eq!(objects, ["End User \"c\"", "End User \"b\"", "End User \"a\""]);
}
