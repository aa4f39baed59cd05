//! What the lab's phones do: sign in, register, call, hold, transfer, fall back to the other node.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use media_net::{compare, read_wav, write_wav};
use rtp::g711::Law;

use super::Lab;
use super::ladder;
use super::phone::{ALICE, BOB, CAROL, Person, Phone, Way};

/// How long each end speaks before the other is looked at.
const TALK: Duration = Duration::from_millis(1200);
/// How much of what was sent must have arrived, in samples of 1/8000 s.
const ENOUGH: usize = 4000;

/// The lab's three phones.
pub(super) struct Phones {
    pub(super) alice: Phone,
    pub(super) bob: Phone,
    pub(super) carol: Phone,
}

impl Phones {
    /// Signs three people in and registers their phones.
    pub(super) async fn start(lab: &Lab) -> anyhow::Result<Self> {
        let alice = register(lab, ALICE).await?;
        let ladder = ladder::draw(&["alice", "ucm-pub"], alice.arrows(0, 1));
        lab.report.text("ladder", &ladder);
        let bob = register(lab, BOB).await?;
        let carol = register(lab, CAROL).await?;
        Ok(Self { alice, bob, carol })
    }

    /// A call from alice to bob with audio both ways, hold and resume, a transfer to carol, and its end.
    pub(super) async fn call(&mut self, lab: &Lab) -> anyhow::Result<()> {
        let Lab { report, .. } = lab;
        for phone in [&mut self.alice, &mut self.bob, &mut self.carol] {
            phone.begin_ladder();
        }
        let Self { alice, bob, carol } = self;
        let suite = report.step("alice calls bob, bob answers", connect(alice, bob)).await?;
        report.text("media", &format!("SRTP: {suite}"));
        report.step("each hears the other, sample by sample", talk(lab, "call", alice, bob)).await?;
        report.step("alice holds and resumes", hold_and_resume(alice, bob)).await?;
        report.step("after the hold they hear each other again", talk(lab, "resumed", alice, bob)).await?;
        report.step("bob transfers alice to carol", transfer(alice, bob, carol)).await?;
        report.step("alice and carol hear each other", talk(lab, "transferred", alice, carol)).await?;
        report.step("alice hangs up", hang_up(alice, carol)).await?;
        let mut arrows = alice.arrows(0, 1);
        arrows.extend(bob.arrows(2, 1));
        arrows.extend(carol.arrows(3, 1));
        report.text("ladder", &ladder::draw(&["alice", "ucm-pub", "bob", "carol"], arrows));
        Ok(())
    }

    /// Ends the phones.
    pub(super) async fn quit(self) {
        let Self { alice, bob, carol } = self;
        tokio::join!(alice.quit(), bob.quit(), carol.quit());
    }
}

async fn register(lab: &Lab, person: Person) -> anyhow::Result<Phone> {
    let Lab { report, .. } = lab;
    let user = person.user;
    let mut phone = report
        .step(&format!("{user} signs in"), async {
            let mut phone = Phone::start(lab, person, Way::Inside, &[]).await?;
            phone.wait_for("signed-in").await?;
            Ok(phone)
        })
        .await?;
    let registered = report
        .step(&format!("{} registers", person.device), async {
            let registered = phone.wait_for("registered").await?;
            ensure!(registered.is("port", 5090) && registered.is("expires", 120), "{registered}");
            Ok(registered)
        })
        .await?;
    report.text("registered", &registered.to_string());
    Ok(phone)
}

/// `caller` calls `callee`; answers with the SRTP suite.
pub(super) async fn connect(caller: &mut Phone, callee: &mut Phone) -> anyhow::Result<String> {
    caller.tell(&format!("call {}", callee.person.line)).await?;
    callee.wait_for("incoming").await?;
    callee.tell("answer").await?;
    let (called, answered) = tokio::try_join!(caller.wait_for("media"), callee.wait_for("media"))?;
    let suite = called.text("suite");
    ensure!(!suite.is_empty() && answered.is("suite", suite), "the two ends disagree: {called} and {answered}");
    tokio::try_join!(caller.wait_for("heard"), callee.wait_for("heard"))?;
    Ok(suite.to_owned())
}

/// Both play what only they can have played, and each is found in the other's recording.
pub(super) async fn talk(lab: &Lab, name: &str, one: &mut Phone, other: &mut Phone) -> anyhow::Result<()> {
    let files = |phone: &Phone, what: &str| lab.folder.file(&format!("{name}-{}-{what}.wav", phone.person.user));
    let recorded = [files(one, "recorded"), files(other, "recorded")];
    let played = [files(one, "played"), files(other, "played")];
    // Both record, and say that they do, before either plays.
    for (phone, file) in [&mut *one, &mut *other].into_iter().zip(&recorded) {
        phone.tell(&format!("record {}", file.display())).await?;
        phone.tell("status").await?;
        phone.wait_for("status").await?;
    }
    for (seed, (phone, file)) in (1..).zip([&mut *one, &mut *other].into_iter().zip(&played)) {
        write_wav(file, &speech(seed, 8000))?;
        phone.tell(&format!("play {}", file.display())).await?;
    }
    // Audio takes its time; there is nothing to wait for but the sound itself.
    tokio::time::sleep(TALK).await;
    for phone in [one, other] {
        phone.tell("record stop").await?;
        // Commands are carried out in their order: the status comes when the recording is closed.
        phone.tell("status").await?;
        phone.wait_for("status").await?;
    }
    let ([played_one, played_other], [recorded_one, recorded_other]) = (&played, &recorded);
    heard(played_one, recorded_other)?;
    heard(played_other, recorded_one)
}

fn heard(played: &Path, recorded: &Path) -> anyhow::Result<()> {
    let (sent, got) = (read_wav(played)?, read_wav(recorded)?);
    let heard = compare(&sent, &got, Law::Mu).map_err(|difference| {
        anyhow::anyhow!("{} differs from {}: {difference:?}", recorded.display(), played.display())
    })?;
    ensure!(heard.samples >= ENOUGH, "{}: only {} samples were heard", recorded.display(), heard.samples);
    Ok(())
}

/// A sound with no two moments alike, so that a recording tells exactly which part it holds.
fn speech(seed: u32, samples: usize) -> Vec<i16> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // The upper half of the state, at half of full scale.
        (state >> 16).cast_signed() as i16 / 2
    };
    (0..samples).map(|_| step()).collect()
}

/// One holds the call and takes it up again; the other sees both.
pub(super) async fn hold_and_resume(holder: &mut Phone, held: &mut Phone) -> anyhow::Result<()> {
    for (command, on) in [("hold", true), ("resume", false)] {
        holder.tell(command).await?;
        tokio::try_join!(holder.wait_for_hold("local_hold", on), held.wait_for_hold("remote_hold", on))?;
    }
    Ok(())
}

/// The transferee stays in its call, and hears the target from then on.
async fn transfer(transferee: &mut Phone, transferor: &mut Phone, target: &mut Phone) -> anyhow::Result<()> {
    transferor.tell(&format!("transfer {}", target.person.line)).await?;
    target.wait_for("incoming").await?;
    target.tell("answer").await?;
    tokio::try_join!(target.wait_for("heard"), transferor.wait_for("ended"), transferee.wait_for("heard"))?;
    Ok(())
}

/// One ends the call, the other sees it end.
pub(super) async fn hang_up(one: &mut Phone, other: &mut Phone) -> anyhow::Result<()> {
    one.tell("hangup").await?;
    tokio::try_join!(one.wait_for("ended"), other.wait_for("ended"))?;
    Ok(())
}
