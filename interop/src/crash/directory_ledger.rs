//! What an administrator was told is written: users, lines, phones, their buttons, a parameter.
//!
//! A row is one text, as a query joins it from its columns, so that a row that is half one write and half another equals neither.

use std::collections::BTreeMap;
use std::io::Result;
use std::ops::RangeInclusive;

use super::Shift;
use super::admin::Admin;
use super::random::Random;

const OAUTH_PROFILE: &str = "Crash OAuth";
const PLAIN_PROFILE: &str = "Standard SIP Non-Secure Profile";
const PARAMETER: &str = "OAuthPhoneRefreshTokenExpiryTimer";

/// How many objects of each kind there are to choose from.
const OBJECTS: u64 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    User,
    Line,
    Phone,
    Button,
    Parameter,
}

type Key = (Kind, String);

/// The rows that a command makes, or takes away.
struct Act {
    command: String,
    effects: Vec<(Key, Option<String>)>,
    /// How many rows of the audit log it makes.
    audited: usize,
}

/// The rows of one administrator, who has names of its own.
pub struct DirectoryLedger {
    worker: usize,
    revision: u64,
    rows: BTreeMap<Key, String>,
    under_way: Option<Act>,
    acknowledged: usize,
    audited: RangeInclusive<usize>,
}

impl DirectoryLedger {
    /// The ledger of a worker; the first one also sets the parameter.
    pub fn new(worker: usize) -> DirectoryLedger {
        let mut rows = BTreeMap::new();
        if worker == 0 {
            apply(&mut rows, &set_parameter(60).effects);
        }
        DirectoryLedger { worker, revision: 0, rows, under_way: None, acknowledged: 0, audited: 0..=0 }
    }

    /// How many writes were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// How many rows of the audit log are due to this worker: not certain where a write that was under way leaves no other trace.
    pub fn audited(&self) -> RangeInclusive<usize> {
        self.audited.clone()
    }

    /// Writes until the shift is over or the node is gone.
    pub fn work(&mut self, admin: &mut Admin, shift: &Shift<'_>, random: &mut Random) -> Result<()> {
        while shift.goes_on() {
            let act = self.choose(random);
            let command = act.command.clone();
            self.under_way = Some(act);
            admin.must(&command, "yes")?;
            let act = self.under_way.take().expect("it was under way");
            self.note(act);
            self.acknowledged += 1;
        }
        Ok(())
    }

    /// Compares the ledger with what a node says, and settles what was under way.
    pub fn verify(&mut self, admin: &mut Admin) -> Result<()> {
        let found = self.read(admin)?;
        if let Some(act) = self.under_way.take() {
            let mut after = self.rows.clone();
            apply(&mut after, &act.effects);
            assert!(
                found == self.rows || found == after,
                "{} is half done:{}",
                act.command,
                difference(&after, &found)
            );
            if after == self.rows {
                self.audited = *self.audited.start()..=self.audited.end() + act.audited;
            } else if found == after {
                self.note(act);
            }
        }
        assert!(found == self.rows, "worker {}:{}", self.worker, difference(&self.rows, &found));
        Ok(())
    }

    fn note(&mut self, act: Act) {
        apply(&mut self.rows, &act.effects);
        self.audited = self.audited.start() + act.audited..=self.audited.end() + act.audited;
    }

    fn choose(&mut self, random: &mut Random) -> Act {
        self.revision += 1;
        let revision = self.revision;
        match random.below(100) {
            0..25 => self.set_user(random.below(OBJECTS), revision),
            25..40 => self.set_line(random.below(OBJECTS), revision),
            40..60 => self.set_phone(random, revision),
            60..78 => self.set_button(random, revision),
            78..92 => self.unset(random, revision),
            92..97 if self.worker == 0 => self.set_parameter(1 + revision % 365, revision),
            97..99 if self.worker == 0 => {
                let command = "set cert regen CallManager".to_string();
                Act { command, effects: Vec::new(), audited: 1 }
            }
            _ => self.set_user(random.below(OBJECTS), revision),
        }
    }

    fn set_user(&self, number: u64, revision: u64) -> Act {
        let name = self.user(number);
        let command =
            format!("set user {name} first-name F{revision} last-name L{revision} mail m{revision}@crash.test");
        let row = format!("{name}|F{revision}|L{revision}|m{revision}@crash.test|1");
        Act { command, effects: vec![((Kind::User, name), Some(row))], audited: 1 }
    }

    fn set_line(&self, number: u64, revision: u64) -> Act {
        let name = self.line(number);
        let command = format!("set line {name} description D{revision} alerting-name A{revision}");
        let row = format!("{name}|D{revision}|A{revision}");
        Act { command, effects: vec![((Kind::Line, name), Some(row))], audited: 1 }
    }

    fn set_phone(&self, random: &mut Random, revision: u64) -> Act {
        let name = self.phone(random.below(OBJECTS));
        let owner = random.pick(&self.names(Kind::User)).cloned().unwrap_or_else(|| "none".to_string());
        let profile = if random.percent(50) { OAUTH_PROFILE } else { PLAIN_PROFILE };
        let command = format!(
            "set phone {name} product CSF description R{revision} profile \"{profile}\" pool Default owner {owner} users {owner}"
        );
        let user = if owner == "none" { "-" } else { &owner };
        let row = format!("{name}|R{revision}|{profile}|{user}|{user}");
        Act { command, effects: vec![((Kind::Phone, name), Some(row))], audited: 1 }
    }

    /// Adds the line too, when there is none: two objects in one write.
    fn set_button(&self, random: &mut Random, revision: u64) -> Act {
        let phones = self.names(Kind::Phone);
        let Some(phone) = random.pick(&phones) else { return self.set_user(0, revision) };
        let (button, line) = (1 + random.below(2), self.line(random.below(OBJECTS)));
        let other = format!("{phone}|{}|{line}|", 3 - button);
        if self.rows.values().any(|row| row.starts_with(&other)) {
            return self.set_line(0, revision);
        }
        let command = format!("set phone line {phone} {button} {line} label B{revision}");
        let row = format!("{phone}|{button}|{line}|B{revision}");
        let mut effects = vec![((Kind::Button, format!("{phone}|{button}")), Some(row))];
        let mut audited = 1;
        let key = (Kind::Line, line.clone());
        if !self.rows.contains_key(&key) {
            effects.push((key, Some(format!("{line}||"))));
            audited += 1;
        }
        Act { command, effects, audited }
    }

    fn unset(&self, random: &mut Random, revision: u64) -> Act {
        let used = |name: &String| {
            self.rows.iter().any(|((kind, own), row)| {
                matches!(kind, Kind::Phone | Kind::Button) && own != name && row.split('|').any(|field| field == name)
            })
        };
        let (kind, verb) =
            *random.pick(&[(Kind::User, "user"), (Kind::Line, "line"), (Kind::Phone, "phone")]).expect("three");
        let mut names = self.names(kind);
        names.retain(|name| kind == Kind::Phone || !used(name));
        let Some(name) = random.pick(&names) else { return self.set_user(0, revision) };
        let buttons = [1, 2].map(|button| ((Kind::Button, format!("{name}|{button}")), None));
        let mut effects = vec![((kind, name.clone()), None)];
        if kind == Kind::Phone {
            effects.extend(buttons);
        }
        Act { command: format!("unset {verb} {name}"), effects, audited: 1 }
    }

    fn set_parameter(&self, value: u64, revision: u64) -> Act {
        let act = set_parameter(value);
        let mut after = self.rows.clone();
        apply(&mut after, &act.effects);
        if after == self.rows { self.set_user(0, revision) } else { act }
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        self.rows.keys().filter(|key| key.0 == kind).map(|key| key.1.clone()).collect()
    }

    fn user(&self, number: u64) -> String {
        format!("w{}u{number}", self.worker)
    }

    fn line(&self, number: u64) -> String {
        format!("9{}{number:04}", self.worker)
    }

    fn phone(&self, number: u64) -> String {
        format!("CSFW{}N{number}", self.worker)
    }

    fn read(&self, admin: &mut Admin) -> Result<BTreeMap<Key, String>> {
        let worker = self.worker;
        let mut rows = BTreeMap::new();
        let queries = [
            (
                Kind::User,
                1,
                format!(
                    "select userid||'|'||firstname||'|'||lastname||'|'||mailid||'|'||status from enduser where userid like 'w{worker}u%'"
                ),
            ),
            (
                Kind::Line,
                1,
                format!(
                    "select dnorpattern||'|'||description||'|'||alertingname from numplan where dnorpattern like '9{worker}%'"
                ),
            ),
            (
                Kind::Phone,
                1,
                format!(
                    "select d.name||'|'||d.description||'|'||s.name||'|'||coalesce(o.userid, '-')||'|'||coalesce(u.userid, '-') from device d \
                 join securityprofile s on s.pkid = d.fksecurityprofile join devicepool p on p.pkid = d.fkdevicepool \
                 left join enduser o on o.pkid = d.fkenduser left join enduserdevicemap m on m.fkdevice = d.pkid \
                 left join enduser u on u.pkid = m.fkenduser where d.name like 'CSFW{worker}N%'"
                ),
            ),
            (
                Kind::Button,
                2,
                format!(
                    "select d.name||'|'||m.numplanindex||'|'||n.dnorpattern||'|'||m.label from devicenumplanmap m \
                 join device d on d.pkid = m.fkdevice join numplan n on n.pkid = m.fknumplan where d.name like 'CSFW{worker}N%'"
                ),
            ),
            (
                Kind::Parameter,
                1,
                format!("select paramname||'|'||paramvalue from processconfig where paramname = '{PARAMETER}'"),
            ),
        ];
        for (kind, words, query) in queries {
            if kind == Kind::Parameter && worker != 0 {
                continue;
            }
            for row in admin.query(&query)? {
                let name: Vec<_> = row.split('|').take(words).collect();
                let twice = rows.insert((kind, name.join("|")), row.clone());
                assert_eq!(twice, None, "two rows: {row}");
            }
        }
        Ok(rows)
    }
}

fn set_parameter(value: u64) -> Act {
    let row = format!("{PARAMETER}|{value}");
    let effects = vec![((Kind::Parameter, PARAMETER.to_string()), Some(row))];
    Act { command: format!("set parameter {PARAMETER} {value}"), effects, audited: 1 }
}

fn apply(rows: &mut BTreeMap<Key, String>, effects: &[(Key, Option<String>)]) {
    for (key, row) in effects {
        match row {
            Some(row) => rows.insert(key.clone(), row.clone()),
            None => rows.remove(key),
        };
    }
}

fn difference(expected: &BTreeMap<Key, String>, found: &BTreeMap<Key, String>) -> String {
    let lost = expected.iter().filter(|(key, row)| found.get(key) != Some(row)).map(|(_, row)| format!("\n- {row}"));
    let strange = found.iter().filter(|(key, row)| expected.get(key) != Some(row)).map(|(_, row)| format!("\n+ {row}"));
    lost.chain(strange).collect()
}
