//! What clients and administrators were told about tokens: codes, refresh-token families, revocations, passwords.

use std::io::Result;
use std::time::{Duration, Instant};

use super::Shift;
use super::admin::Admin;
use super::oauth::{OauthClient, Refused, Tokens};
use super::random::Random;

/// The administrator of the programming interfaces.
pub const WARDEN: (&str, &str) = ("warden", "correct horse battery staple");

/// How many users a worker has.
pub const USERS: usize = 4;

/// How many families a worker keeps alive; with more, it revokes one.
const MOST_LIVE: usize = 12;

/// How long a code that was not redeemed yet is relied on: it is good for 60 s.
const CODE_PATIENCE: Duration = Duration::from_secs(40);

/// How long a refresh token that was replaced is relied on to give its successor again: it does for 60 s.
const GRACE_PATIENCE: Duration = Duration::from_secs(40);

/// The revoked families of earlier cycles that are looked at again.
const SAMPLE: usize = 2;

/// How often a node is asked whether it has heard.
const GLANCE: Duration = Duration::from_millis(50);

struct Family {
    user: usize,
    tokens: Tokens,
    /// The refresh token before, and when it was replaced.
    before: Option<(String, Instant)>,
}

struct Code {
    user: usize,
    code: String,
    since: Instant,
}

/// The request that was not answered yet.
enum UnderWay {
    SignIn,
    Redeem(Code),
    Refresh(usize),
    Revoke(usize),
    RevokeUser(usize),
    Password(usize, String),
}

/// The tokens of one worker, who has users of its own.
pub struct TokenLedger {
    worker: usize,
    passwords: Vec<String>,
    revision: u64,
    codes: Vec<Code>,
    /// Codes of users whose tokens were ended after it.
    ended_codes: Vec<Code>,
    live: Vec<Family>,
    dead: Vec<Family>,
    /// How many of the dead ones were so before the shift.
    dead_before: usize,
    under_way: Option<UnderWay>,
    acknowledged: usize,
    audited: usize,
}

impl TokenLedger {
    /// The ledger of a worker whose users were furnished with this password.
    pub fn new(worker: usize, password: &str) -> TokenLedger {
        TokenLedger {
            worker,
            passwords: vec![password.to_string(); USERS],
            revision: 0,
            codes: Vec::new(),
            ended_codes: Vec::new(),
            live: Vec::new(),
            dead: Vec::new(),
            dead_before: 0,
            under_way: None,
            acknowledged: 0,
            audited: 0,
        }
    }

    /// The name of a worker's user.
    pub fn user(worker: usize, user: usize) -> String {
        format!("token{worker}u{user}")
    }

    /// How many writes were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// How many families were revoked, and how many live.
    pub fn families(&self) -> (usize, usize) {
        (self.dead.len(), self.live.len())
    }

    /// How many rows of the audit log are due to this worker.
    pub fn audited(&self) -> usize {
        self.audited
    }

    /// All tokens are ended: the keys were regenerated.
    pub fn all_ended(&mut self) {
        self.live.clear();
        self.dead.clear();
        self.codes.clear();
        self.ended_codes.clear();
        self.dead_before = 0;
    }

    /// Works until the shift is over or the node is gone.
    pub fn work(
        &mut self,
        client: &mut OauthClient,
        admin: &mut Admin,
        shift: &Shift<'_>,
        random: &mut Random,
    ) -> Result<()> {
        self.dead_before = self.dead.len();
        while shift.goes_on() {
            self.act(client, admin, random)?;
            self.under_way = None;
            self.acknowledged += 1;
        }
        Ok(())
    }

    fn act(&mut self, client: &mut OauthClient, admin: &mut Admin, random: &mut Random) -> Result<()> {
        self.codes.retain(|code| code.since.elapsed() < CODE_PATIENCE);
        let crowded = self.live.len() >= MOST_LIVE;
        let family = random.below(self.live.len() as u64) as usize;
        let user = random.below(USERS as u64) as usize;
        match random.below(100) {
            _ if self.live.is_empty() && self.codes.is_empty() => self.sign_in(client, user),
            0..12 if !crowded => self.sign_in(client, user),
            12..40 if !crowded && !self.codes.is_empty() => self.redeem(client),
            88..95 if !self.live.is_empty() => self.revoke(client, family, random),
            95..98 => {
                // A code that is under way must not begin anything after the revocation.
                self.sign_in(client, user)?;
                self.revoke_user(client, user)
            }
            98..100 => self.set_password(admin, user),
            _ if crowded => self.revoke(client, family, random),
            _ if !self.live.is_empty() => self.refresh(client, family),
            _ => self.redeem(client),
        }
    }

    fn sign_in(&mut self, client: &mut OauthClient, user: usize) -> Result<()> {
        self.under_way = Some(UnderWay::SignIn);
        let since = Instant::now();
        let code = client.sign_in(&Self::user(self.worker, user), &self.passwords[user])?;
        self.codes.push(Code { user, code: code.expect("the password is right"), since });
        Ok(())
    }

    fn redeem(&mut self, client: &mut OauthClient) -> Result<()> {
        let Some(code) = self.codes.pop() else { return Ok(()) };
        let (text, user) = (code.code.clone(), code.user);
        self.under_way = Some(UnderWay::Redeem(code));
        let tokens = client.redeem(&text)?.expect("the code was never redeemed");
        self.live.push(Family { user, tokens, before: None });
        Ok(())
    }

    fn refresh(&mut self, client: &mut OauthClient, family: usize) -> Result<()> {
        self.under_way = Some(UnderWay::Refresh(family));
        self.live[family].refresh(client)
    }

    fn revoke(&mut self, client: &mut OauthClient, family: usize, random: &mut Random) -> Result<()> {
        self.under_way = Some(UnderWay::Revoke(family));
        let Tokens { access, refresh } = &self.live[family].tokens;
        client.revoke(if random.percent(50) { access } else { refresh })?.expect("whoever has a token may revoke it");
        self.dead.push(self.live.swap_remove(family));
        Ok(())
    }

    fn revoke_user(&mut self, client: &mut OauthClient, user: usize) -> Result<()> {
        self.under_way = Some(UnderWay::RevokeUser(user));
        client.revoke_user(&Self::user(self.worker, user), WARDEN)?.expect("the warden may");
        self.end_user(user);
        Ok(())
    }

    fn set_password(&mut self, admin: &mut Admin, user: usize) -> Result<()> {
        self.revision += 1;
        let password = format!("a password of revision {}", self.revision);
        self.under_way = Some(UnderWay::Password(user, password.clone()));
        admin.must(&format!("set user password {}", Self::user(self.worker, user)), &password)?;
        self.password_was_set(user, password);
        Ok(())
    }

    fn password_was_set(&mut self, user: usize, password: String) {
        self.passwords[user] = password;
        self.audited += 1;
        self.end_user(user);
    }

    fn end_user(&mut self, user: usize) {
        let (ended, live) = std::mem::take(&mut self.live).into_iter().partition(|family| family.user == user);
        self.live = live;
        self.dead.extend::<Vec<_>>(ended);
        self.ended_codes.extend(self.codes.extract_if(.., |code| code.user == user));
    }

    /// Compares the ledger with what a node does, and settles what was under way. The node may take so long to hear of revocations:
    /// no time at all when it has just started.
    pub fn verify(&mut self, client: &mut OauthClient, hearing: Duration, random: &mut Random) -> Result<()> {
        self.verify_dead(client, hearing, random)?;
        if let Some(under_way) = self.under_way.take() {
            self.settle(client, under_way, hearing)?;
        }
        for family in &mut self.live {
            family.verify_live(client)?;
        }
        self.codes.retain(|code| code.since.elapsed() < CODE_PATIENCE);
        let codes = self.codes.len();
        for _ in 0..codes {
            self.redeem(client)?;
            self.under_way = None;
        }
        Ok(())
    }

    /// First, so that the node has no time to learn later what it ought to know from its start.
    fn verify_dead(&mut self, client: &mut OauthClient, hearing: Duration, random: &mut Random) -> Result<()> {
        let (old, new) = self.dead.split_at(self.dead_before.min(self.dead.len()));
        let sample = (0..SAMPLE).filter_map(|_| random.pick(old));
        for family in new.iter().rev().take(3).chain(sample) {
            family.expect_inactive(client, hearing)?;
        }
        for family in new {
            assert!(!family.refresh_works(client)?, "a revoked refresh token works again");
        }
        for code in self.ended_codes.drain(..) {
            assert_invalid_grant(&client.redeem(&code.code)?.expect_err("a code of before the revocation"));
        }
        Ok(())
    }

    fn settle(&mut self, client: &mut OauthClient, under_way: UnderWay, hearing: Duration) -> Result<()> {
        match under_way {
            // Nobody holds the code.
            UnderWay::SignIn => {}
            // The token that was presented is the current one or the one before it: either way it gives its successor. The
            // one before that may be too old by now.
            UnderWay::Refresh(family) => self.live[family].before = None,
            UnderWay::Redeem(code) => match client.redeem(&code.code)? {
                Ok(tokens) => self.live.push(Family { user: code.user, tokens, before: None }),
                Err(refused) => assert_invalid_grant(&refused),
            },
            UnderWay::Revoke(family) => {
                let family = self.live.swap_remove(family);
                self.settle_families(client, vec![family], hearing)?;
            }
            UnderWay::RevokeUser(user) => {
                self.settle_user(client, user, hearing)?;
            }
            UnderWay::Password(user, password) => {
                let name = Self::user(self.worker, user);
                let had_families = self.live.iter().any(|family| family.user == user);
                let ended = self.settle_user(client, user, hearing)?;
                let new = client.sign_in(&name, &password)?.is_ok();
                assert!(
                    !had_families || new == ended,
                    "a password was changed without the end of the tokens, or they ended without it"
                );
                if new {
                    self.password_was_set(user, password);
                }
            }
        }
        Ok(())
    }

    /// Whether the user's families ended: all or none.
    fn settle_user(&mut self, client: &mut OauthClient, user: usize, hearing: Duration) -> Result<bool> {
        self.codes.retain(|code| code.user != user);
        let (of_user, others) = std::mem::take(&mut self.live).into_iter().partition(|family| family.user == user);
        self.live = others;
        self.settle_families(client, of_user, hearing)
    }

    fn settle_families(&mut self, client: &mut OauthClient, families: Vec<Family>, hearing: Duration) -> Result<bool> {
        let mut ended = Vec::new();
        for mut family in families {
            // The refresh token first: the database alone decides about it. The access token has to follow.
            let live = family.refresh_works(client)?;
            ended.push(!live);
            if live {
                assert!(family.access_is_active(client)?, "an access token was revoked, and its refresh token was not");
                family.refresh(client)?;
                self.live.push(family);
            } else {
                family.expect_inactive(client, hearing)?;
                self.dead.push(family);
            }
        }
        assert!(ended.iter().all(|one| *one == ended[0]), "some families of a user are revoked, and some are not");
        Ok(ended.first().is_some_and(|ended| *ended))
    }
}

impl Family {
    fn refresh(&mut self, client: &mut OauthClient) -> Result<()> {
        let tokens = client.refresh(&self.tokens.refresh)?;
        let tokens = tokens.expect("the refresh token was acknowledged and is not used");
        let before = std::mem::replace(&mut self.tokens, tokens);
        assert_ne!(before.refresh, self.tokens.refresh, "refresh tokens rotate");
        self.before = Some((before.refresh, Instant::now()));
        Ok(())
    }

    /// The refresh token works, and the one before it gives the same successor once more.
    fn verify_live(&mut self, client: &mut OauthClient) -> Result<()> {
        if let Some((before, since)) = &self.before
            && since.elapsed() < GRACE_PATIENCE
        {
            // Only while the token after it is unused; it is, as far as anybody was told.
            match client.refresh(before)? {
                Ok(tokens) => assert_eq!(tokens.refresh, self.tokens.refresh, "the grace gives the same successor"),
                Err(refused) => panic!("the grace is refused: {refused:?}"),
            }
        }
        self.refresh(client)
    }

    fn refresh_works(&self, client: &mut OauthClient) -> Result<bool> {
        match client.refresh(&self.tokens.refresh)? {
            Ok(_) => Ok(true),
            Err(refused) => {
                assert_invalid_grant(&refused);
                Ok(false)
            }
        }
    }

    fn expect_inactive(&self, client: &mut OauthClient, hearing: Duration) -> Result<()> {
        let deadline = Instant::now() + hearing;
        while self.access_is_active(client)? {
            assert!(Instant::now() < deadline, "a revoked access token is active");
            std::thread::sleep(GLANCE);
        }
        Ok(())
    }

    fn access_is_active(&self, client: &mut OauthClient) -> Result<bool> {
        Ok(client.is_active(&self.tokens.access, WARDEN)?.expect("the warden may ask"))
    }
}

fn assert_invalid_grant(refused: &Refused) {
    assert_eq!(*refused, Refused { status: 400, error: "invalid_grant".to_string(), retry_after: None });
}
