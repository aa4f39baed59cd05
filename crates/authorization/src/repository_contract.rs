//! The suite that every [`AuthorizationRepository`] has to pass: the single steps, and the races between nodes.
//!
//! Each function is one scenario on an empty database. `open` gives another handle on the same database each time it is
//! called: a second node, or the same one after a restart. [`repository_contract_tests`] makes a test of each.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test suite")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use token::{UnixTime, Uuid};
use zeroize::Zeroizing;

use crate::{
    AuthorizationCode, AuthorizationRepository, CodeRedemption, CodeRefusal, FamilyRevocation, PreviousToken,
    ROTATION_GRACE, RefreshTokenFamily, Revocation, RevocationReason, Rotated, Rotation, RotationRefusal, TokenHash,
};

/// A handle on the database under test.
pub type Handle = Arc<dyn AuthorizationRepository>;

/// Makes a `#[tokio::test]` of each scenario. The argument is an expression that makes an empty database and gives
/// something callable that opens a [`Handle`] on it.
#[macro_export]
macro_rules! repository_contract_tests {
    ($database:expr) => {
        $crate::repository_contract_tests!(
            $database;
            a_code_is_redeemed_as_it_was_stored,
            a_code_answers_for_its_binding_and_its_age,
            oau_2_a_replayed_code_revokes_what_the_first_got,
            oau_2_fifty_parallel_redemptions_have_one_winner,
            a_refresh_token_is_rotated,
            oau_4_a_lost_reply_gets_the_same_successor,
            oau_4_reuse_after_the_grace_revokes_the_family,
            oau_4_reuse_of_an_older_token_revokes_the_family,
            oau_4_fifty_parallel_refreshes_have_one_successor,
            oau_4_rotations_in_one_second_stay_apart,
            oau_4_reuse_is_known_across_a_restart,
            oau_4_refresh_against_revoke_leaves_nothing_alive,
            oau_5_another_client_or_device_revokes_the_family,
            revocation_covers_what_it_names_and_is_recorded,
            aut_8_a_code_of_before_a_revocation_begins_nothing_after_it,
            the_past_is_purged,
            keys_are_replaced_only_by_who_read_them,
            the_marks_move_with_every_change,
        );
    };
    ($database:expr; $($name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let database = $database;
                $crate::repository_contract::$name(&|| database()).await;
            }
        )*
    };
}

/// Opens a handle.
pub type Open<'a> = &'a (dyn Fn() -> Handle + Sync);

const NOW: UnixTime = UnixTime(1_800_000_000);
const PARALLEL: u8 = 50;

fn hash(text: &str) -> TokenHash {
    TokenHash::of(text.as_bytes())
}

fn family_id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn code(family: u128) -> AuthorizationCode {
    AuthorizationCode {
        hash: hash(&format!("code {family}")),
        client_id: "C1".to_owned(),
        user: "alice".to_owned(),
        redirect_uri: "http://127.0.0.1/callback".to_owned(),
        code_challenge: "challenge".to_owned(),
        scope: "UnifiedCommunications:readwrite".to_owned(),
        device: Some("CSFALICE".to_owned()),
        family: family_id(family),
        issued_at: NOW,
        spent_at: None,
    }
}

fn redemption(family: u128) -> CodeRedemption {
    CodeRedemption {
        code: hash(&format!("code {family}")),
        client_id: "C1".to_owned(),
        redirect_uri: "http://127.0.0.1/callback".to_owned(),
        code_challenge: "challenge".to_owned(),
        first_token: hash("token 0"),
        family_expires_at: NOW.plus(Duration::from_secs(86_400)),
    }
}

fn redeemed(family: u128, now: UnixTime) -> RefreshTokenFamily {
    RefreshTokenFamily {
        id: family_id(family),
        user: "alice".to_owned(),
        client_id: "C1".to_owned(),
        device: Some("CSFALICE".to_owned()),
        scope: "UnifiedCommunications:readwrite".to_owned(),
        issued_at: now,
        expires_at: NOW.plus(Duration::from_secs(86_400)),
        current: hash("token 0"),
        previous: None,
        revoked: None,
    }
}

/// From token `number` to token `number + 1`.
fn rotation(family: u128, number: u32) -> Rotation {
    Rotation {
        family: family_id(family),
        presented: hash(&format!("token {number}")),
        successor: hash(&format!("token {}", number + 1)),
        client_id: "C1".to_owned(),
        device: None,
    }
}

fn after(seconds: u64) -> UnixTime {
    NOW.plus(Duration::from_secs(seconds))
}

async fn begin(repository: &Handle, family: u128) {
    repository.store_code(code(family)).await.unwrap();
    let begun = repository.redeem_code(&redemption(family), NOW).await.unwrap();
    assert_eq!(begun, Ok(redeemed(family, NOW)));
}

async fn assert_revoked(repository: &Handle, family: u128, reason: RevocationReason, at: UnixTime) {
    let stored = repository.family(family_id(family)).await.unwrap().expect("the family exists");
    assert_eq!(stored.revoked, Some(FamilyRevocation { at, reason }));
    let recorded = repository.revocations(NOW).await.unwrap();
    assert!(recorded.families().any(|id| id == family_id(family)), "the revocation is recorded for every node");
}

/// Polls all the futures, side by side, to their ends.
async fn all<T>(mut futures: Vec<Pin<Box<dyn Future<Output = T> + Send>>>) -> Vec<T> {
    let mut outputs: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs).filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *output = Some(value);
            }
        }
        match outputs.iter().all(Option::is_some) {
            true => Poll::Ready(outputs.drain(..).flatten().collect()),
            false => Poll::Pending,
        }
    })
    .await
}

/// What is stored comes back, on another node too.
pub async fn a_code_is_redeemed_as_it_was_stored(open: Open<'_>) {
    let (one, two) = (open(), open());
    one.store_code(code(1)).await.unwrap();
    let family = two.redeem_code(&redemption(1), after(5)).await.unwrap();
    assert_eq!(family, Ok(redeemed(1, after(5))));
    assert_eq!(one.family(family_id(1)).await.unwrap(), Some(redeemed(1, after(5))));
    assert_eq!(one.family(family_id(2)).await.unwrap(), None);
}

/// Each wrong binding has its own refusal and spends the code; no family begins.
pub async fn a_code_answers_for_its_binding_and_its_age(open: Open<'_>) {
    let repository = open();
    assert_eq!(repository.redeem_code(&redemption(9), NOW).await.unwrap(), Err(CodeRefusal::Unknown));
    let wrong_client = CodeRedemption { client_id: "C2".to_owned(), ..redemption(1) };
    let wrong_uri = CodeRedemption { redirect_uri: "http://127.0.0.1/other".to_owned(), ..redemption(2) };
    let wrong_verifier = CodeRedemption { code_challenge: "guess".to_owned(), ..redemption(3) };
    for (family, wrong, at, refusal) in [
        (1, wrong_client, NOW, CodeRefusal::WrongClient),
        (2, wrong_uri, NOW, CodeRefusal::WrongRedirectUri),
        (3, wrong_verifier, NOW, CodeRefusal::WrongVerifier),
        (4, redemption(4), after(61), CodeRefusal::Expired),
    ] {
        repository.store_code(code(family)).await.unwrap();
        assert_eq!(repository.redeem_code(&wrong, at).await.unwrap(), Err(refusal));
        assert_eq!(repository.redeem_code(&redemption(family), at).await.unwrap(), Err(CodeRefusal::Replayed));
        assert_eq!(repository.family(family_id(family)).await.unwrap(), None);
    }
    repository.store_code(code(5)).await.unwrap();
    assert!(repository.redeem_code(&redemption(5), after(60)).await.unwrap().is_ok());
}

/// OAU-2.
pub async fn oau_2_a_replayed_code_revokes_what_the_first_got(open: Open<'_>) {
    let (one, two) = (open(), open());
    begin(&one, 1).await;
    let replay = two.redeem_code(&redemption(1), after(1)).await.unwrap();
    assert_eq!(replay, Err(CodeRefusal::Replayed));
    assert_revoked(&one, 1, RevocationReason::CodeReplayed, after(1)).await;
    let refused = one.rotate(&rotation(1, 0), after(2)).await.unwrap();
    assert_eq!(refused, Err(RotationRefusal::Revoked));
}

/// OAU-2, on two nodes.
pub async fn oau_2_fifty_parallel_redemptions_have_one_winner(open: Open<'_>) {
    let nodes = [open(), open()];
    nodes[0].store_code(code(1)).await.unwrap();
    let mut attempts: Vec<Pin<Box<dyn Future<Output = _> + Send>>> = Vec::new();
    for number in 0..PARALLEL {
        let node = Arc::clone(&nodes[usize::from(number % 2)]);
        attempts.push(Box::pin(async move { node.redeem_code(&redemption(1), NOW).await.unwrap() }));
    }
    let outcomes = all(attempts).await;
    let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let replays = outcomes.iter().filter(|outcome| **outcome == Err(CodeRefusal::Replayed)).count();
    assert_eq!((winners, replays), (1, usize::from(PARALLEL) - 1));
    assert_revoked(&nodes[1], 1, RevocationReason::CodeReplayed, NOW).await;
}

/// A chain of rotations over two nodes.
pub async fn a_refresh_token_is_rotated(open: Open<'_>) {
    let nodes = [open(), open()];
    begin(&nodes[0], 1).await;
    for number in 0..4_u32 {
        let node = &nodes[usize::from(number % 2 == 0)];
        let at = after(u64::from(number));
        let (rotated, family) = node.rotate(&rotation(1, number), at).await.unwrap().unwrap();
        let expected = RefreshTokenFamily {
            current: hash(&format!("token {}", number + 1)),
            previous: Some(PreviousToken { hash: hash(&format!("token {number}")), rotated_at: at }),
            ..redeemed(1, NOW)
        };
        assert_eq!((rotated, &family), (Rotated::Now, &expected));
        assert_eq!(nodes[0].family(family_id(1)).await.unwrap(), Some(expected));
    }
    let unknown = nodes[0].rotate(&rotation(7, 0), NOW).await.unwrap();
    assert_eq!(unknown, Err(RotationRefusal::Unknown));
    let late = nodes[0].rotate(&rotation(1, 4), after(86_400)).await.unwrap();
    assert_eq!(late, Err(RotationRefusal::Expired));
}

/// OAU-4: the reply was lost, the client asks again within the grace.
pub async fn oau_4_a_lost_reply_gets_the_same_successor(open: Open<'_>) {
    let (one, two) = (open(), open());
    begin(&one, 1).await;
    let (_, first) = one.rotate(&rotation(1, 0), NOW).await.unwrap().unwrap();
    for at in [NOW, NOW.plus(ROTATION_GRACE)] {
        let again = two.rotate(&rotation(1, 0), at).await.unwrap();
        assert_eq!(again, Ok((Rotated::Again, first.clone())));
    }
    let (rotated, _) = one.rotate(&rotation(1, 1), after(61)).await.unwrap().unwrap();
    assert_eq!(rotated, Rotated::Now);
    // What would derive another successor gets none: there is one lineage.
    let another = Rotation { successor: hash("another"), ..rotation(1, 1) };
    let refused = two.rotate(&another, after(61)).await.unwrap();
    assert_eq!(refused, Err(RotationRefusal::RevokedNow(RevocationReason::RefreshTokenReused)));
}

/// OAU-4.
pub async fn oau_4_reuse_after_the_grace_revokes_the_family(open: Open<'_>) {
    let repository = open();
    begin(&repository, 1).await;
    repository.rotate(&rotation(1, 0), NOW).await.unwrap().unwrap();
    let late = repository.rotate(&rotation(1, 0), after(61)).await.unwrap();
    assert_eq!(late, Err(RotationRefusal::RevokedNow(RevocationReason::RefreshTokenReused)));
    assert_revoked(&repository, 1, RevocationReason::RefreshTokenReused, after(61)).await;
    let successor = repository.rotate(&rotation(1, 1), after(61)).await.unwrap();
    assert_eq!(successor, Err(RotationRefusal::Revoked));
}

/// OAU-4: inside the grace, but the successor was used already.
pub async fn oau_4_reuse_of_an_older_token_revokes_the_family(open: Open<'_>) {
    let repository = open();
    begin(&repository, 1).await;
    repository.rotate(&rotation(1, 0), NOW).await.unwrap().unwrap();
    repository.rotate(&rotation(1, 1), after(1)).await.unwrap().unwrap();
    let older = repository.rotate(&rotation(1, 0), after(2)).await.unwrap();
    assert_eq!(older, Err(RotationRefusal::RevokedNow(RevocationReason::RefreshTokenReused)));
    assert_revoked(&repository, 1, RevocationReason::RefreshTokenReused, after(2)).await;
}

/// OAU-4, on two nodes.
pub async fn oau_4_fifty_parallel_refreshes_have_one_successor(open: Open<'_>) {
    let nodes = [open(), open()];
    begin(&nodes[0], 1).await;
    for round in 0..5_u32 {
        let mut attempts: Vec<Pin<Box<dyn Future<Output = _> + Send>>> = Vec::new();
        for number in 0..PARALLEL {
            let node = Arc::clone(&nodes[usize::from(number % 2)]);
            attempts.push(Box::pin(async move { node.rotate(&rotation(1, round), NOW).await.unwrap().unwrap() }));
        }
        let outcomes = all(attempts).await;
        let first = outcomes.iter().filter(|(rotated, _)| *rotated == Rotated::Now).count();
        assert_eq!(first, 1);
        let successor = hash(&format!("token {}", round + 1));
        assert!(outcomes.iter().all(|(_, family)| family.current == successor), "one lineage");
    }
    let family = nodes[1].family(family_id(1)).await.unwrap().unwrap();
    assert!(family.is_live(NOW));
}

/// OAU-4: a whole chain in the same second, then its first link again.
pub async fn oau_4_rotations_in_one_second_stay_apart(open: Open<'_>) {
    let repository = open();
    begin(&repository, 1).await;
    for number in 0..3 {
        let (rotated, _) = repository.rotate(&rotation(1, number), NOW).await.unwrap().unwrap();
        assert_eq!(rotated, Rotated::Now);
    }
    let first = repository.rotate(&rotation(1, 0), NOW).await.unwrap();
    assert_eq!(first, Err(RotationRefusal::RevokedNow(RevocationReason::RefreshTokenReused)));
}

/// OAU-4: what was rotated before the restart is known after it.
pub async fn oau_4_reuse_is_known_across_a_restart(open: Open<'_>) {
    let before = open();
    begin(&before, 1).await;
    before.rotate(&rotation(1, 0), NOW).await.unwrap().unwrap();
    let after_restart = open();
    let (rotated, _) = after_restart.rotate(&rotation(1, 0), after(30)).await.unwrap().unwrap();
    assert_eq!(rotated, Rotated::Again);
    let late = after_restart.rotate(&rotation(1, 0), after(90)).await.unwrap();
    assert_eq!(late, Err(RotationRefusal::RevokedNow(RevocationReason::RefreshTokenReused)));
    assert_revoked(&open(), 1, RevocationReason::RefreshTokenReused, after(90)).await;
}

/// OAU-4: whoever comes first, afterwards nothing of the user is alive.
pub async fn oau_4_refresh_against_revoke_leaves_nothing_alive(open: Open<'_>) {
    let nodes = [open(), open()];
    for family in 1..=8_u128 {
        begin(&nodes[0], family).await;
        let (refresher, revoker) = (Arc::clone(&nodes[0]), Arc::clone(&nodes[1]));
        let attempts: Vec<Pin<Box<dyn Future<Output = bool> + Send>>> = vec![
            Box::pin(async move { refresher.rotate(&rotation(family, 0), NOW).await.unwrap().is_ok() }),
            Box::pin(async move {
                let what = Revocation::User("alice".to_owned());
                let revoked = revoker.revoke(&what, RevocationReason::Administrator, NOW).await.unwrap();
                revoked.iter().any(|revoked| revoked.id == family_id(family))
            }),
        ];
        assert!(all(attempts).await[1], "the revocation finds the family, before or after the rotation");
        assert_revoked(&nodes[0], family, RevocationReason::Administrator, NOW).await;
        let next = nodes[0].rotate(&rotation(family, 1), NOW).await.unwrap();
        assert_eq!(next, Err(RotationRefusal::Revoked));
    }
}

/// OAU-5.
pub async fn oau_5_another_client_or_device_revokes_the_family(open: Open<'_>) {
    let repository = open();
    let stolen = RotationRefusal::RevokedNow(RevocationReason::RefreshTokenStolen);
    begin(&repository, 1).await;
    let client = Rotation { client_id: "C2".to_owned(), ..rotation(1, 0) };
    assert_eq!(repository.rotate(&client, NOW).await.unwrap(), Err(stolen));
    assert_revoked(&repository, 1, RevocationReason::RefreshTokenStolen, NOW).await;
    begin(&repository, 2).await;
    let device = Rotation { device: Some("CSFMALLORY".to_owned()), ..rotation(2, 0) };
    assert_eq!(repository.rotate(&device, NOW).await.unwrap(), Err(stolen));
    begin(&repository, 3).await;
    let device = Rotation { device: Some("CSFALICE".to_owned()), ..rotation(3, 0) };
    assert!(repository.rotate(&device, NOW).await.unwrap().is_ok());
}

/// Signing in and redeeming are two moments: what is revoked between them stays revoked.
pub async fn aut_8_a_code_of_before_a_revocation_begins_nothing_after_it(open: Open<'_>) {
    let (one, two) = (open(), open());
    let by_client = |client: &str| Revocation::UserClient { user: "alice".to_owned(), client_id: client.to_owned() };
    let cases = [
        (Revocation::User("alice".to_owned()), Err(CodeRefusal::Unknown)),
        (by_client("C1"), Err(CodeRefusal::Unknown)),
        (Revocation::Family(family_id(3)), Err(CodeRefusal::Unknown)),
        (Revocation::User("bob".to_owned()), Ok(())),
        (by_client("C2"), Ok(())),
        (Revocation::Family(family_id(7)), Ok(())),
    ];
    for (family, (what, expected)) in (1..).zip(cases) {
        one.store_code(code(family)).await.unwrap();
        two.revoke(&what, RevocationReason::Policy, after(1)).await.unwrap();
        let outcome = one.redeem_code(&redemption(family), after(2)).await.unwrap();
        assert_eq!(outcome.map(|_| ()), expected, "{what:?}");
    }
    // A spent code stays: its replay still revokes what it began.
    begin(&one, 8).await;
    two.revoke(&Revocation::User("alice".to_owned()), RevocationReason::Policy, after(1)).await.unwrap();
    let replay = one.redeem_code(&redemption(8), after(2)).await.unwrap();
    assert_eq!(replay, Err(CodeRefusal::Replayed));
}

/// By family, by user and client, by user.
pub async fn revocation_covers_what_it_names_and_is_recorded(open: Open<'_>) {
    let (one, two) = (open(), open());
    for family in 1..=2 {
        begin(&one, family).await;
    }
    let bob = AuthorizationCode { user: "bob".to_owned(), ..code(3) };
    one.store_code(bob).await.unwrap();
    one.redeem_code(&redemption(3), NOW).await.unwrap().unwrap();
    let carol = AuthorizationCode { user: "carol".to_owned(), ..code(4) };
    one.store_code(carol).await.unwrap();
    one.redeem_code(&redemption(4), NOW).await.unwrap().unwrap();

    let ids = |families: Vec<RefreshTokenFamily>| {
        let mut ids: Vec<u128> = families.iter().map(|family| family.id.as_u128()).collect();
        ids.sort_unstable();
        ids
    };
    let by_family = Revocation::Family(family_id(3));
    let revoked = two.revoke(&by_family, RevocationReason::Client, after(1)).await.unwrap();
    assert_eq!(ids(revoked), [3]);
    let by_client = Revocation::UserClient { user: "carol".to_owned(), client_id: "C2".to_owned() };
    let revoked = two.revoke(&by_client, RevocationReason::Administrator, after(2)).await.unwrap();
    assert_eq!(ids(revoked), []);
    let by_user = Revocation::User("alice".to_owned());
    let revoked = two.revoke(&by_user, RevocationReason::Administrator, after(3)).await.unwrap();
    assert_eq!(ids(revoked), [1, 2]);
    let again = one.revoke(&by_user, RevocationReason::Policy, after(4)).await.unwrap();
    assert_eq!(ids(again), []);
    assert_revoked(&one, 1, RevocationReason::Administrator, after(3)).await;
    assert!(one.family(family_id(4)).await.unwrap().unwrap().is_live(after(4)));

    // Families 1, 2, 3, and what was asked for by client and by user.
    assert_eq!(one.revocations(NOW).await.unwrap().len(), 5);
    // Families 1 and 2, and the user.
    assert_eq!(one.revocations(after(3)).await.unwrap().len(), 3);
}

/// What is over is deleted, what is not stays.
pub async fn the_past_is_purged(open: Open<'_>) {
    let repository = open();
    begin(&repository, 1).await;
    repository.revoke(&Revocation::User("bob".to_owned()), RevocationReason::Policy, after(10)).await.unwrap();
    repository.purge(NOW).await.unwrap();
    assert!(repository.family(family_id(1)).await.unwrap().is_some());
    assert_eq!(repository.redeem_code(&redemption(1), NOW).await.unwrap(), Err(CodeRefusal::Replayed));
    repository.purge(after(86_401)).await.unwrap();
    assert_eq!(repository.family(family_id(1)).await.unwrap(), None);
    assert_eq!(repository.redeem_code(&redemption(1), NOW).await.unwrap(), Err(CodeRefusal::Unknown));
    assert!(repository.revocations(NOW).await.unwrap().is_empty());
}

/// Two writers who read the same generation cannot both win.
pub async fn keys_are_replaced_only_by_who_read_them(open: Open<'_>) {
    let (one, two) = (open(), open());
    let bytes = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
    assert!(one.keys().await.unwrap().is_none());
    assert!(one.replace_keys(None, bytes("first")).await.unwrap());
    assert!(!two.replace_keys(None, bytes("also first")).await.unwrap());
    assert!(two.replace_keys(Some(1), bytes("second")).await.unwrap());
    assert!(!one.replace_keys(Some(1), bytes("also second")).await.unwrap());
    let stored = one.keys().await.unwrap().unwrap();
    assert_eq!((stored.generation, stored.keys.as_slice()), (2, &b"second"[..]));
}

/// The change feed: every way to revoke, and new keys.
pub async fn the_marks_move_with_every_change(open: Open<'_>) {
    let (one, two) = (open(), open());
    let mut last = two.marks().await.unwrap();
    assert_eq!(last.keys, 0);
    for family in 1..=3 {
        begin(&one, family).await;
    }
    one.rotate(&rotation(2, 0), NOW).await.unwrap().unwrap();
    assert_eq!(two.marks().await.unwrap(), last, "neither a login nor a refresh concerns other nodes");
    for step in 0..4 {
        match step {
            0 => {
                one.revoke(&Revocation::Family(family_id(1)), RevocationReason::Client, NOW).await.unwrap();
            }
            1 => assert!(one.redeem_code(&redemption(3), NOW).await.unwrap().is_err()),
            2 => assert!(one.rotate(&rotation(2, 0), after(61)).await.unwrap().is_err()),
            _ => {
                one.revoke(&Revocation::User("nobody".to_owned()), RevocationReason::Policy, NOW).await.unwrap();
            }
        }
        let marks = two.marks().await.unwrap();
        assert!(marks.revocations > last.revocations, "step {step}");
        last = marks;
    }
    one.purge(after(86_401)).await.unwrap();
    assert!(two.marks().await.unwrap().revocations >= last.revocations);
    one.replace_keys(None, Zeroizing::new(vec![1])).await.unwrap();
    assert_eq!(two.marks().await.unwrap().keys, 1);
}
