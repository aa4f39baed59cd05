//! Both halves of the edge, joined by a link, with phones outside and a node inside, all of whom may say anything: nothing
//! panics, what comes out parses, and when the flows have ended nothing is left.
//!
//! An input is a play of steps, a record separator (0x1E) between them. The first octet of a step says what happens, the rest is
//! what is said; `$T` in it is a good access token, `$R` the Route to the phone that registered last, `$L` the length of the body.
//!
//! | Step | What happens |
//! |---|---|
//! | `1` to `3` | a phone says the rest; it connects first if it has to |
//! | `n` | the node says the rest |
//! | `e`, `c` | E, or C, hears the rest over the link |
//! | `A`, `P` | the node, or the phone, answers the last request that it got: status and reason, then more fields and a body |
//! | `x` | the phone of this digit is gone |
//! | `l`, `d` | the link, or the node, is lost; with `+` it is there again |
//! | `w` | as many seconds pass |
//! | `s` | E's clock is as many seconds ahead |
//! | `k` | the keys rotate |
//! | `z` | discovery finds no node, another port, or the node as it was |
//! | `q` | the node answers OPTIONS no more |
#![no_main]

extern crate edge as ringbearer_edge;

#[path = "edge/answer.rs"]
mod answer;
#[path = "edge/carry.rs"]
mod carry;
#[path = "edge/plane.rs"]
mod plane;
#[path = "edge/play.rs"]
mod play;
#[allow(dead_code, reason = "the tests of the crate use more of it")]
#[path = "../../crates/edge/tests/support/view.rs"]
mod view;

use libfuzzer_sys::fuzz_target;

/// The wall clock at the start.
const UNIX: u64 = 1_800_000_000;

/// Longer plays show nothing new.
const MOST_STEPS: usize = 64;

fuzz_target!(|input: &[u8]| {
    let mut play = play::Play::new();
    for step in input.split(|octet| *octet == 0x1e).take(MOST_STEPS) {
        play.step(step);
    }
    play.end();
});
