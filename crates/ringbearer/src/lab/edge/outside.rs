//! Phones outside: found the edge, signed in and registered through it, and in calls with those inside and with each other.

use anyhow::ensure;

use super::ladder::{self as passed, Columns};
use super::zones;
use crate::lab::Lab;
use crate::lab::calls::{connect, hang_up, hold_and_resume, talk};
use crate::lab::ladder;
use crate::lab::member::LabNode;
use crate::lab::network::Place;
use crate::lab::phone::{ALICE, BOB, CAROL, DAVE, Event, Person, Phone, Way};

/// Brings two phones outside, lets them call, and carries one in and out.
pub(in crate::lab) async fn show(lab: &Lab) -> anyhow::Result<()> {
    lab.report.step("the zones are Active, the publisher's again", zones::all_active(lab)).await?;
    let mut alice = lab.report.step("alice is inside", registered(lab, ALICE, Way::Inside, &[])).await?;
    let mut bob = bob_from_outside(lab).await?;
    let mut dave = dave_is_carried_out(lab).await?;
    calls(lab, &mut alice, &mut bob, &mut dave).await?;
    dave_is_carried_in(lab, &mut alice, &mut dave).await?;
    tokio::join!(alice.quit(), bob.quit(), dave.quit());
    let released =
        lab.report.step("the edge has no ports left of the calls, and no registration", released(lab)).await?;
    lab.report.text("admin", &released);
    Ok(())
}

/// Two phones that answer whoever tries the lab.
pub(in crate::lab) async fn waiting(lab: &Lab) -> anyhow::Result<[Phone; 2]> {
    let answering = ["--answer", "--tone", "440"];
    let carol =
        lab.report.step("carol's phone answers, inside", registered(lab, CAROL, Way::Inside, &answering)).await?;
    let dave =
        lab.report.step("dave's phone answers, outside", registered(lab, DAVE, Way::Outside, &answering)).await?;
    Ok([carol, dave])
}

async fn registered(lab: &Lab, person: Person, way: Way, more: &[&str]) -> anyhow::Result<Phone> {
    let mut phone = Phone::start(lab, person, way, more).await?;
    let registered = phone.wait_for("registered").await?;
    match way {
        Way::Outside => is_outside(lab, &registered)?,
        Way::Inside | Way::Both => is_inside(&registered)?,
    }
    Ok(phone)
}

/// From nothing: the domain's name, the sign-in, the registration.
async fn bob_from_outside(lab: &Lab) -> anyhow::Result<Phone> {
    let mark = passed::mark(lab).await?;
    let mut bob = lab
        .report
        .step("bob, outside, finds the edge by the domain and signs in through it", async {
            let mut bob = Phone::start(lab, BOB, Way::Outside, &["--fresh"]).await?;
            bob.wait_for("signed-in").await?;
            let located = bob.wait_for("located").await?;
            ensure!(located.is("side", "outside"), "{located}");
            Ok(bob)
        })
        .await?;
    let registered = lab
        .report
        .step("CSFBOB registers over Expressway-E, Expressway-C and port 5091", async {
            let registered = bob.wait_for("registered").await?;
            is_outside(lab, &registered)?;
            ensure!(registered.is("expires", 120), "{registered}");
            Ok(registered)
        })
        .await?;
    lab.report.text("registered", &registered.to_string());
    let mut arrows = bob.arrows(0, 1);
    arrows.extend(passed::arrows(lab, &mark, Columns { edge: 1, core: 2, node: 3 }).await?);
    lab.report.text("ladder", &ladder::draw(&["bob", "exp-e", "exp-c", "ucm-pub"], arrows));
    let screens = [
        lab.give_all(LabNode::ExpresswayC, &["xStatus MRA"]).await?,
        lab.give_all(LabNode::Publisher, &["show registration"]).await?,
    ];
    lab.report.text("admin", &screens.join("\n"));
    Ok(bob)
}

/// A laptop that is registered inside goes on outside.
async fn dave_is_carried_out(lab: &Lab) -> anyhow::Result<Phone> {
    lab.network.carry_laptop(Place::Inside)?;
    let mut dave = lab.report.step("dave signs in and registers inside", registered(lab, DAVE, Way::Both, &[])).await?;
    lab.report
        .step("dave's laptop is carried out: it goes on through the edge, with no new sign-in", go_out(lab, &mut dave))
        .await?;
    Ok(dave)
}

async fn go_out(lab: &Lab, phone: &mut Phone) -> anyhow::Result<()> {
    let sign_ins = phone.sign_ins();
    lab.network.carry_laptop(Place::Outside)?;
    phone.tell("move outside").await?;
    is_outside(lab, &phone.wait_for("registered").await?)?;
    ensure!(phone.sign_ins() == sign_ins, "{} signed in again", phone.person.user);
    Ok(())
}

async fn dave_is_carried_in(lab: &Lab, alice: &mut Phone, dave: &mut Phone) -> anyhow::Result<()> {
    lab.report
        .step("dave's laptop is carried in: it registers on port 5090, with no new sign-in", async {
            let sign_ins = dave.sign_ins();
            lab.network.carry_laptop(Place::Inside)?;
            dave.tell("move inside").await?;
            is_inside(&dave.wait_for("registered").await?)?;
            ensure!(dave.sign_ins() == sign_ins, "dave signed in again");
            Ok(())
        })
        .await?;
    lab.report.step("alice calls dave inside, and they hear each other", call(lab, "inside", alice, dave)).await?;
    lab.report.step("and it is carried out again", go_out(lab, dave)).await?;
    lab.report.step("alice calls dave outside, and they hear each other", call(lab, "outside-again", alice, dave)).await
}

async fn calls(lab: &Lab, alice: &mut Phone, bob: &mut Phone, dave: &mut Phone) -> anyhow::Result<()> {
    let mark = passed::mark(lab).await?;
    bob.begin_ladder();
    let suite = lab.report.step("alice, inside, calls bob outside", connect(alice, bob)).await?;
    lab.report.text("media", &format!("SRTP: {suite}, relayed by exp-c and exp-e without a key"));
    lab.report.step("each hears the other, sample by sample", talk(lab, "to-outside", alice, bob)).await?;
    lab.report.step("alice hangs up", hang_up(alice, bob)).await?;
    passed::answered(lab, &mark, "BYE").await?;
    let mut arrows = bob.arrows(3, 2);
    arrows.extend(passed::arrows(lab, &mark, Columns { edge: 2, core: 1, node: 0 }).await?);
    lab.report.text("ladder", &ladder::draw(&["ucm-pub", "exp-c", "exp-e", "bob"], arrows));

    lab.report.step("bob, outside, calls alice inside", connect(bob, alice)).await?;
    lab.report.step("each hears the other, sample by sample", talk(lab, "from-outside", bob, alice)).await?;
    lab.report.step("bob holds and resumes", hold_and_resume(bob, alice)).await?;
    lab.report.step("after the hold they hear each other again", talk(lab, "outside-resumed", bob, alice)).await?;
    lab.report.step("alice hangs up", hang_up(alice, bob)).await?;

    lab.report.step("bob calls dave, both outside, and they hear each other", call(lab, "outside", bob, dave)).await
}

async fn call(lab: &Lab, name: &str, caller: &mut Phone, callee: &mut Phone) -> anyhow::Result<()> {
    connect(caller, callee).await?;
    talk(lab, name, caller, callee).await?;
    hang_up(caller, callee).await
}

fn is_outside(lab: &Lab, registered: &Event) -> anyhow::Result<()> {
    let edge = lab.network.address(LabNode::ExpresswayE).to_string();
    let through = registered.text("through");
    let known = through.starts_with(&edge) || through.starts_with(crate::lab::member::EDGE_NAME);
    ensure!(registered.is("port", 5091) && known, "not through the edge: {registered}");
    Ok(())
}

fn is_inside(registered: &Event) -> anyhow::Result<()> {
    ensure!(registered.is("port", 5090) && registered.text("through").is_empty(), "not inside: {registered}");
    Ok(())
}

/// What calls and registrations took, they have given back.
async fn released(lab: &Lab) -> anyhow::Result<String> {
    let none = |page: &str| page.lines().any(|line| line.starts_with("0 registered"));
    let registered = lab.until(LabNode::ExpresswayC, "xStatus MRA", none).await?;
    let media = lab.give_all(LabNode::ExpresswayE, &["xStatus Media"]).await?;
    Ok(format!("{registered}\n{media}"))
}
