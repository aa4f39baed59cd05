//! RFC 4028.

use crate::dialog::session_timer::*;
use crate::message::header::{Refresher, SessionExpires};

use super::*;

const POLICY: SessionPolicy = SessionPolicy { interval: 1800, min_se: 600 };

fn answer(extra: &str) -> Result<Option<(SessionTimer, SessionExpires)>, SessionTimerViolation> {
    POLICY.answer(Instant::now(), &invite(&format!("Supported: timer\r\n{extra}")))
}

fn agreed(extra: &str) -> SessionExpires {
    answer(extra).unwrap().unwrap().1
}

#[test]
fn the_answerer_takes_the_interval_of_the_caller_or_a_shorter_one() {
    let expected = |seconds, refresher| SessionExpires { seconds, refresher: Some(refresher) };
    assert_eq!(agreed("Session-Expires: 900\r\n"), expected(900, Refresher::Uac));
    assert_eq!(agreed("Session-Expires: 900;refresher=uas\r\n"), expected(900, Refresher::Uas));
    assert_eq!(agreed("Session-Expires: 7200\r\n"), expected(1800, Refresher::Uac));
    assert_eq!(agreed("Session-Expires: 7200\r\nMin-SE: 3600\r\n"), expected(3600, Refresher::Uac));
    assert_eq!(agreed(""), expected(1800, Refresher::Uac));
}

#[test]
fn too_small_an_interval_is_refused_with_min_se() {
    let refused = Err(SessionTimerViolation::IntervalTooSmall { min_se: 600 });
    assert_eq!(answer("Session-Expires: 599\r\n"), refused);
}

#[test]
fn a_caller_without_the_extension_gets_no_timer() {
    assert_eq!(POLICY.answer(Instant::now(), &invite("Session-Expires: 60\r\n")), Ok(None));
}

#[test]
fn the_refresher_refreshes_at_half_the_interval() {
    let now = Instant::now();
    let timer = SessionTimer::agreed(now, &response(200, "Session-Expires: 1800;refresher=uac\r\n")).unwrap().unwrap();
    assert_eq!(timer.refresher(), Side::Local);
    assert_eq!(timer.deadline(), now + Duration::from_secs(900));
    assert_eq!(timer.due(now + Duration::from_secs(899)), None);
    assert_eq!(timer.due(now + Duration::from_secs(900)), Some(Due::Refresh));
    assert_eq!(timer.due(now + Duration::from_secs(1767)), Some(Due::Refresh));
    assert_eq!(timer.due(now + Duration::from_secs(1768)), Some(Due::Expired), "no refresh got through");
}

#[test]
fn the_other_side_gives_up_shortly_before_the_end() {
    let now = Instant::now();
    let agreed = |value: &str| {
        let response = response(200, &format!("Session-Expires: {value};refresher=uas\r\n"));
        SessionTimer::agreed(now, &response).unwrap().unwrap()
    };
    assert_eq!(agreed("1800").deadline(), now + Duration::from_secs(1768));
    assert_eq!(agreed("90").deadline(), now + Duration::from_secs(60));
    assert_eq!(agreed("90").due(now + Duration::from_secs(60)), Some(Due::Expired));
}

#[test]
fn a_2xx_without_session_expires_starts_no_timer() {
    assert_eq!(SessionTimer::agreed(Instant::now(), &response(200, "")), Ok(None));
}
