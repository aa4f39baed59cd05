//! The authorization server's repository contract, each handle a store of its own on one file.

#[cfg(test)]
mod support;

#[cfg(test)]
mod contract {
    use crate::support::Folder;
    use authorization::repository_contract::Handle;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn database() -> impl Fn() -> Handle + Sync {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = Folder::new(&format!("contract-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        move || Arc::new(folder.open()) as Handle
    }

    authorization::repository_contract_tests!(database());
}

#[cfg(test)]
mod users {
    use crate::support::{Folder, author, office};
    use authorization::{AuthorizationCode, AuthorizationRepository, CodeRedemption, TokenHash, UnixTime, Uuid};
    use directory::{DirectoryRepository, EndUser, Object, ObjectKey, PasswordHash, Precondition};
    use ringbearer_store::Store;
    use std::time::{SystemTime, UNIX_EPOCH};

    fn now() -> UnixTime {
        UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    async fn sign_in(store: &Store, user: &str) -> Uuid {
        let family = Uuid::from_slice(&TokenHash::of(user.as_bytes()).as_bytes()[..16]).unwrap();
        let code = AuthorizationCode {
            hash: TokenHash::of(user.as_bytes()),
            client_id: "C1".into(),
            user: user.into(),
            redirect_uri: "http://127.0.0.1/".into(),
            code_challenge: "c".into(),
            scope: "s".into(),
            device: None,
            family,
            issued_at: now(),
            spent_at: None,
        };
        let redemption = CodeRedemption {
            code: code.hash,
            client_id: "C1".into(),
            redirect_uri: "http://127.0.0.1/".into(),
            code_challenge: "c".into(),
            first_token: TokenHash::of(b"first"),
            family_expires_at: UnixTime(now().0 + 1000),
        };
        store.store_code(code).await.unwrap();
        store.redeem_code(&redemption, now()).await.unwrap().unwrap();
        family
    }

    async fn is_live(store: &Store, family: Uuid) -> bool {
        store.family(family).await.unwrap().unwrap().is_live(now())
    }

    #[tokio::test]
    async fn aut_8_a_user_who_is_disabled_removed_or_given_a_password_has_no_tokens_left() {
        let folder = Folder::new("users");
        let (store, other) = (folder.open(), folder.open());
        store.put(&author(), office()).await.unwrap();
        let carol = Object::User(EndUser::new("carol".parse().unwrap()));
        store.put(&author(), vec![(carol, Precondition::Absent)]).await.unwrap();
        let (alice, bob, carol) =
            (sign_in(&store, "alice").await, sign_in(&store, "bob").await, sign_in(&store, "carol").await);
        assert!(is_live(&other, alice).await && is_live(&other, bob).await && is_live(&other, carol).await);

        let renamed = EndUser { last_name: "Liddell".into(), ..EndUser::new("alice".parse().unwrap()) };
        store.put(&author(), vec![(Object::User(renamed.clone()), Precondition::Present)]).await.unwrap();
        assert!(is_live(&other, alice).await, "a new name is no reason");
        let before = other.marks().await.unwrap();
        let disabled = EndUser { active: false, user_id: "Alice".parse().unwrap(), ..renamed };
        store.put(&author(), vec![(Object::User(disabled), Precondition::Present)]).await.unwrap();
        assert!(!is_live(&other, alice).await && is_live(&other, bob).await);
        assert!(other.marks().await.unwrap().revocations > before.revocations);

        let hash = PasswordHash::new("$argon2id$x".into());
        store.set_password_hash(&author(), &"Bob".parse().unwrap(), hash).await.unwrap();
        assert!(!is_live(&other, bob).await);

        assert!(is_live(&other, carol).await);
        store.remove(&author(), ObjectKey::User("CAROL".parse().unwrap()), Precondition::None).await.unwrap();
        assert!(!is_live(&other, carol).await);
    }
}
