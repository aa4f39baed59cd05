use super::*;
use crate::account::Permission;

fn account(name: &str) -> Account {
    Account { name: name.into(), permission: Permission::Write, stamp: Stamp::of(&[name.as_bytes()]), signed_out_at: 0 }
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[test]
fn a_session_ends_when_it_is_idle_or_old() {
    let (sessions, start) = (Sessions::new(Limits::default()), Instant::now());
    let identifier = sessions.begin(&account("alice"), start, 0);
    assert_eq!(identifier.len(), 64);
    let mut now = start;
    while now + minutes(29) < start + minutes(12 * 60) {
        now += minutes(29);
        assert!(sessions.find(&identifier, now).is_some(), "it is used every 29 minutes");
    }
    assert!(sessions.find(&identifier, start + minutes(12 * 60)).is_none(), "it is twelve hours old");
    let identifier = sessions.begin(&account("alice"), start, 0);
    assert!(sessions.find(&identifier, start + minutes(30)).is_none(), "it was idle for half an hour");
    assert!(sessions.find(&identifier, start).is_none(), "and it does not come back");
}

#[test]
fn sessions_are_bounded_and_the_idlest_makes_room() {
    let limits = Limits { per_account: 2, all: 3, ..Limits::default() };
    let (sessions, start) = (Sessions::new(limits), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let first = sessions.begin(&account("alice"), at(0), 0);
    let second = sessions.begin(&account("alice"), at(1), 0);
    assert!(sessions.find(&first, at(2)).is_some());
    let third = sessions.begin(&account("alice"), at(3), 0);
    assert!(sessions.find(&second, at(4)).is_none(), "it was idle longest");
    assert!(sessions.find(&first, at(4)).is_some() && sessions.find(&third, at(5)).is_some());
    for name in ["bob", "carol"] {
        sessions.begin(&account(name), at(6), 0);
    }
    assert!(sessions.find(&first, at(7)).is_none());
    assert_eq!(sessions.sessions().len(), 3);
}

#[test]
fn an_account_is_signed_out_everywhere() {
    let (sessions, now) = (Sessions::new(Limits::default()), Instant::now());
    let of_alice = [sessions.begin(&account("alice"), now, 0), sessions.begin(&account("alice"), now, 0)];
    let of_bob = sessions.begin(&account("bob"), now, 0);
    sessions.end_all_of("ALICE");
    assert!(of_alice.iter().all(|identifier| sessions.find(identifier, now).is_none()));
    assert!(sessions.find(&of_bob, now).is_some());
}

#[test]
fn a_session_is_of_the_account_as_it_signed_in() {
    let (sessions, now) = (Sessions::new(Limits::default()), Instant::now());
    let identifier = sessions.begin(&account("alice"), now, 1000);
    let found = sessions.find(&identifier, now).unwrap();
    assert!(found.is_of(&account("alice")));
    assert!(found.is_of(&Account { signed_out_at: 1000, ..account("alice") }));
    assert!(!found.is_of(&Account { signed_out_at: 1001, ..account("alice") }));
    assert!(!found.is_of(&Account { stamp: Stamp::of(&[b"another password"]), ..account("alice") }));
}

#[test]
fn messages_are_seen_once_and_bounded() {
    let (sessions, now) = (Sessions::new(Limits::default()), Instant::now());
    let identifier = sessions.begin(&account("alice"), now, 0);
    let key = sessions.find(&identifier, now).unwrap().key;
    for _ in 0..20 {
        sessions.tell(key, Flash::done("saved"));
    }
    assert_eq!(sessions.take_flashes(key).len(), MOST_FLASHES);
    assert!(sessions.take_flashes(key).is_empty());
}
