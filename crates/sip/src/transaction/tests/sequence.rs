//! Random sequences: whatever peer and transaction user do, nothing panics and the tables end empty.

use super::*;

/// A small generator, so that a failure has a seed (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % end
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

const METHODS: [&str; 7] = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "x-new"];
const STATUSES: [u16; 8] = [100, 180, 200, 202, 302, 407, 486, 600];
const TO: [&str; 3] = ["", ";tag=b2", ";tag=c3"];

fn branch(random: &mut Random) -> String {
    let number = random.below(6);
    random.pick(&[format!("z9hG4bK-{number}").as_str(), format!("{number}").as_str()]).to_owned()
}

fn play(seed: u64) {
    let mut random = Random(seed);
    let mut flow = Flow::with_limits(
        random.pick(&[Transport::Reliable, Transport::Unreliable]),
        TableLimits { server: 5, client: 4 },
    );
    let mut transactions = Vec::new();
    for _ in 0..60 {
        step(&mut flow, &mut random);
        transactions.extend(flow.last_server.take());
        flow.last_server = transactions.last().copied();
        assert!(flow.layer.servers() <= 5, "seed {seed}");
    }
    finish(&mut flow, &transactions);
    assert_eq!(flow.open(), 0, "seed {seed}");
}

fn step(flow: &mut Flow, random: &mut Random) {
    let branch = branch(random);
    let sequence = random.below(3) as u32;
    match random.below(8) {
        0..3 => flow.receive(&numbered(random.pick(&METHODS), &branch, sequence, random.pick(&TO))),
        3 => flow.receive(&response(random.pick(&STATUSES), random.pick(&METHODS), &branch)),
        4 => {
            let method = random.pick(&["INVITE", "BYE", "NOTIFY"]);
            flow.send(random.below(4), &numbered(method, &branch, sequence, ""));
        }
        5 if flow.last_server.is_some() => flow.respond(random.pick(&STATUSES)),
        6 => flow.handle(Input::Cancel { invite: ClientKey(random.below(4)) }),
        _ => flow.advance(random.below(20_000)),
    }
}

/// The transaction user answers what is open and gives up what rings; then 64×T1 pass.
fn finish(flow: &mut Flow, transactions: &[ServerKey]) {
    for key in 0..4 {
        flow.handle(Input::Cancel { invite: ClientKey(key) });
    }
    for transaction in transactions {
        let response = Bytes::from_static(b"SIP/2.0 500 Server Internal Error\r\n\r\n");
        let status = StatusCode::SERVER_INTERNAL_ERROR;
        flow.handle(Input::Respond { transaction: *transaction, status, response });
    }
    flow.advance(32_000);
    // An INVITE that no peer ever answered could not be cancelled; one that was accepted late ends a Timer L later.
    flow.advance(32_000);
}

#[test]
fn frm_6_tables_are_empty_64_t1_after_any_sequence() {
    for seed in 1..=1_000 {
        play(seed);
    }
}
