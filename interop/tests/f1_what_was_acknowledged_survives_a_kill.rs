//! F1: a node is killed while administrators and clients write, fifty times; whatever they were told is done is so after it,
//! what they were not told is done wholly or not at all, and the node is ready again in two seconds.
//!
//! `RINGBEARER_CRASH_SEED` repeats the choices of a run, `RINGBEARER_CRASH_CYCLES` makes it longer or shorter.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use authorization::Password;
use directory::{
    Author, Device, DeviceSecurityMode, DirectoryRepository, EndUser, Line, LineAppearance, Object, Precondition,
    Product, Role, SecurityProfile, Surface, TransportType,
};
use ringbearer_interop::child::wait_until;
use ringbearer_interop::crash::Shift;
use ringbearer_interop::crash::directory_ledger::DirectoryLedger;
use ringbearer_interop::crash::node::{CrashNode, Startup};
use ringbearer_interop::crash::random::Random;
use ringbearer_interop::crash::token_ledger::{TokenLedger, USERS, WARDEN};
use ringbearer_interop::folder::Folder;
use store::Store;
use tokio::runtime::Runtime;
use uuid::Uuid;
use web::passwords::HashQueue;

const CYCLES: usize = 50;
const DEVICES: usize = 2500;
const WORKERS: usize = 2;

/// A node on an idle machine has this long to be ready.
const READY: Duration = Duration::from_secs(2);

/// A node that was not started anew hears of the others' revocations in this time.
const HEARING: Duration = Duration::from_secs(5);

/// The longest that nodes are left alone before the kill.
const SHIFT: Duration = Duration::from_secs(20);

struct Scene {
    folder: Folder,
    nodes: [CrashNode; 2],
    directory: Vec<DirectoryLedger>,
    tokens: Vec<TokenLedger>,
    random: Random,
    runtime: Runtime,
    /// How many rows of the audit log are not the workers'.
    audited: RangeInclusive<usize>,
    startups: Vec<Startup>,
    kills: usize,
}

#[test]
fn f1_what_was_acknowledged_survives_a_kill() {
    let cycles = std::env::var("RINGBEARER_CRASH_CYCLES").map_or(CYCLES, |text| text.parse().expect("a number"));
    let (random, seed) = Random::seeded();
    println!("seed {seed}");
    let begun = Instant::now();
    let mut scene = Scene::furnish(random);
    println!("{DEVICES} devices after {:?}", begun.elapsed());
    for cycle in 0..cycles {
        scene.cycle(cycle, cycles);
    }
    scene.report(begun);
}

impl Scene {
    fn furnish(random: Random) -> Scene {
        let folder = Folder::new("f1");
        let database = folder.join("cluster.db");
        let publisher = CrashNode::new(&folder, "crash-pub", "publisher", "127.0.1.61", &database);
        let subscriber = CrashNode::new(&folder, "crash-sub", "subscriber", "127.0.1.62", &database);
        let mut nodes = [publisher, subscriber];
        // Both, so that their rows are there.
        for node in &mut nodes {
            node.start();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let audited = runtime.block_on(furnish(&database));
        nodes.iter_mut().for_each(CrashNode::kill);
        nodes[0].start();
        let directory = (0..WORKERS).map(DirectoryLedger::new).collect();
        let tokens = (0..WORKERS).map(|worker| TokenLedger::new(worker, WARDEN.1)).collect();
        let audited = audited..=audited;
        Scene { folder, nodes, directory, tokens, random, runtime, audited, startups: Vec::new(), kills: 0 }
    }

    /// Work, kill, start, compare. The middle third of the cycles has two nodes on the database.
    fn cycle(&mut self, cycle: usize, cycles: usize) {
        let two = (cycles / 3..2 * cycles / 3).contains(&cycle);
        if two && !self.nodes[1].runs() {
            self.nodes[1].start();
        } else if !two {
            self.nodes[1].kill();
        }
        let victims: &[usize] = match self.random.below(10) {
            _ if !two => &[0],
            0..4 => &[0],
            4..8 => &[1],
            _ => &[0, 1],
        };
        self.work_and_kill(two, victims);
        if self.random.percent(25) {
            // Once more, while it starts.
            victims.iter().for_each(|victim| self.nodes[*victim].launch());
            std::thread::sleep(self.random.milliseconds(0, 600));
            self.kill(victims);
        }
        self.start(cycle, victims);
        self.verify(cycle, two, victims);
        if cycle % 10 == 9 {
            self.regenerate_keys(cycle, two);
        }
    }

    fn kill(&mut self, victims: &[usize]) {
        for victim in victims {
            self.nodes[*victim].kill();
            self.kills += 1;
        }
    }

    fn start(&mut self, cycle: usize, victims: &[usize]) {
        for victim in victims {
            let startup = self.nodes[*victim].start();
            assert!(startup.own() <= READY, "cycle {cycle}: ready after {startup:?}");
            self.startups.push(startup);
        }
    }

    fn work_and_kill(&mut self, two: bool, victims: &[usize]) {
        let over = AtomicBool::new(false);
        let shift = Shift { over: &over, end: Instant::now() + SHIFT };
        let pause = self.random.milliseconds(40, 700);
        let (nodes, random) = (&mut self.nodes, &mut self.random);
        std::thread::scope(|scope| {
            let mut hands = Vec::new();
            for (worker, (directory, tokens)) in self.directory.iter_mut().zip(&mut self.tokens).enumerate() {
                let at = if two { worker } else { 0 };
                let admin = || nodes[at].admin().expect("it runs");
                let (mut first, mut second, mut client) = (admin(), admin(), nodes[at].oauth().expect("it runs"));
                let (mut random, mut other, shift) = (random.split(), random.split(), &shift);
                hands.push((at, scope.spawn(move || directory.work(&mut first, shift, &mut random))));
                hands.push((at, scope.spawn(move || tokens.work(&mut client, &mut second, shift, &mut other))));
            }
            std::thread::sleep(pause);
            victims.iter().for_each(|victim| nodes[*victim].kill());
            over.store(true, Ordering::Relaxed);
            for (at, hand) in hands {
                let worked = hand.join().expect("nothing is refused that is in order");
                let gone = worked.is_err();
                assert!(!gone || victims.contains(&at), "a node that lives gave up: {worked:?}\n{}", nodes[at].words());
            }
        });
        self.kills += victims.len();
    }

    /// The workers' ledgers at a node that runs, and the file.
    fn verify(&mut self, cycle: usize, two: bool, started: &[usize]) {
        let gone = "it runs and stays";
        for worker in 0..WORKERS {
            let at = if two { self.random.below(2) as usize } else { 0 };
            let node = &self.nodes[at];
            let hearing = if started.contains(&at) { Duration::ZERO } else { HEARING };
            self.tokens[worker].verify(&mut node.oauth().expect(gone), hearing, &mut self.random).expect(gone);
            self.directory[worker].verify(&mut node.admin().expect(gone)).expect(gone);
        }
        let store = Store::open(&self.folder.join("cluster.db")).expect("the database opens");
        self.runtime.block_on(async {
            assert_eq!(store.damage().await.expect("it can be read"), Vec::<String>::new(), "cycle {cycle}");
            assert_eq!(store.audit_break().await.expect("it can be read"), None, "cycle {cycle}");
            let directory = store.load().await.expect("the directory is in order");
            let furnished = directory.devices().iter().filter(|device| device.name.as_str().starts_with("SEP")).count();
            assert_eq!(furnished, DEVICES, "cycle {cycle}");
            let rows = audit_rows(&store).await;
            let due = self.audited();
            assert!(due.contains(&rows), "cycle {cycle}: the audit log has {rows} rows, and {due:?} are due");
        });
    }

    fn audited(&self) -> RangeInclusive<usize> {
        let of_tokens: usize = self.tokens.iter().map(TokenLedger::audited).sum();
        let mut due = *self.audited.start() + of_tokens..=self.audited.end() + of_tokens;
        for ledger in &self.directory {
            due = due.start() + ledger.audited().start()..=due.end() + ledger.audited().end();
        }
        due
    }

    /// New keys end all tokens, or none when the node was killed before they were written.
    fn regenerate_keys(&mut self, cycle: usize, two: bool) {
        let kind = if self.random.percent(30) { "signing" } else { "encryption" };
        let show = |node: &CrashNode| node.admin()?.must(&format!("show key authz {kind}"), "");
        let before = show(&self.nodes[0]).expect("it runs");
        let mut admin = self.nodes[0].admin().expect("it runs");
        let pause = self.random.milliseconds(0, 400);
        let acknowledged = std::thread::scope(|scope| {
            let hand = scope.spawn(move || {
                let mut acknowledged = Vec::new();
                while let Ok(text) = admin.must(&format!("set key regen authz {kind}"), "yes") {
                    acknowledged.push(text);
                }
                acknowledged
            });
            std::thread::sleep(pause);
            self.nodes[0].kill();
            hand.join().expect("nothing is refused that is in order")
        });
        self.kills += 1;
        self.start(cycle, &[0]);
        let after = show(&self.nodes[0]).expect("it runs");
        let hash = |text: &str| text.split("ash: ").nth(1).and_then(|rest| rest.lines().next()).map(str::to_string);
        let last = acknowledged.last().map_or(&before, |text| text);
        // One more may have been written whose answer was lost.
        assert!(acknowledged.is_empty() || hash(&after) != hash(&before), "cycle {cycle}: the new keys are lost");
        let another = hash(&after) != hash(last);
        self.audited =
            self.audited.start() + acknowledged.len()..=self.audited.end() + acknowledged.len() + usize::from(another);
        if hash(&after) != hash(&before) {
            self.tokens.iter_mut().for_each(TokenLedger::all_ended);
        }
        if two {
            let node = &self.nodes[1];
            wait_until("the other node has the keys", READY, || show(node).is_ok_and(|shown| shown == after));
        }
    }

    fn report(&self, begun: Instant) {
        let written: usize = self.directory.iter().map(DirectoryLedger::acknowledged).sum();
        let tokens: usize = self.tokens.iter().map(TokenLedger::acknowledged).sum();
        let mut walls: Vec<_> = self.startups.iter().map(|startup| startup.wall).collect();
        walls.sort();
        let late = walls.iter().filter(|wall| **wall > READY).count();
        let median = walls.get(walls.len() / 2).copied().unwrap_or_default();
        let most = walls.last().copied().unwrap_or_default();
        let own = self.startups.iter().map(Startup::own).max().unwrap_or_default();
        println!(
            "{} kills, {written} administrative and {tokens} token writes acknowledged and found; ready after {median:?} \
             (median), {most:?} (most; {own:?} without waiting for a processor), {late} times after more than {READY:?}; {:?} in all",
            self.kills,
            begun.elapsed()
        );
    }
}

async fn audit_rows(store: &Store) -> usize {
    store.audit_records(1_000_000).await.expect("it can be read").len()
}

/// The profile, the token users, the administrator of the programming interfaces, and phones enough to make a start long.
async fn furnish(database: &Path) -> usize {
    let store = Store::open(database).expect("the database opens");
    let author = Author { name: "interop".into(), surface: Surface::System };
    let profile = SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        oauth_authentication: true,
        ..SecurityProfile::new("Crash OAuth".parse().expect("a profile's name"))
    };
    let users: Vec<String> =
        (0..WORKERS).flat_map(|worker| (0..USERS).map(move |user| TokenLedger::user(worker, user))).collect();
    let mut objects = vec![Object::Profile(profile)];
    let warden = EndUser { roles: vec![Role::AxlAccess], ..end_user(WARDEN.0) };
    objects.extend(users.iter().map(|user| Object::User(end_user(user))).chain([Object::User(warden)]));
    objects.extend((0..DEVICES).flat_map(phone));
    let objects = objects.into_iter().map(|object| (object, Precondition::Absent)).collect();
    store.put(&author, objects).await.expect("the office is written");
    store.set_parameter(&author, "OAuthRefreshLoginFlow", "1").await.expect("the parameter is written");
    let hash = HashQueue::default().hash(Password::new(WARDEN.1.to_string())).await.expect("a hash");
    for user in users.iter().map(String::as_str).chain([WARDEN.0]) {
        let user = user.parse().expect("a user id");
        store.set_password_hash(&author, &user, hash.clone()).await.expect("the password is written");
    }
    audit_rows(&store).await
}

fn end_user(name: &str) -> EndUser {
    EndUser::new(name.parse().expect("a user id"))
}

fn phone(number: usize) -> [Object; 2] {
    let line = format!("7{number:05}").parse().expect("a number");
    let device = Device {
        name: format!("SEP{number:012}").parse().expect("a device name"),
        description: format!("phone {number}"),
        product: Product::ThirdPartyAdvanced,
        security_profile: "Standard SIP Non-Secure Profile".parse().expect("a profile's name"),
        device_pool: "Default".parse().expect("a pool's name"),
        owner: None,
        associated_users: Vec::new(),
        lines: vec![LineAppearance::new(1, line, Uuid::from_u128(number as u128 + 1))],
        digest_user: None,
    };
    let line = device.lines[0].directory_number.clone();
    [Object::Line(Line::new(line)), Object::Device(device)]
}
