use std::time::{Duration, Instant};

use super::{Answer, Discovery, Input, Known, Output, Server, Service, Side, service};
use crate::settings::Random;

const UDS: &str = "_cisco-uds._tcp.example.com";
const EDGE: &str = "_collab-edge._tls.example.com";

fn random(value: u64) -> Random {
    Box::new(move |bytes| bytes.copy_from_slice(&value.to_le_bytes()))
}

fn domain() -> Known {
    Known::Domain("example.com".to_owned())
}

fn server(host: &str) -> Server {
    Server { host: host.to_owned(), port: 8443 }
}

fn services(hosts: &[&str]) -> Answer {
    let service = |host: &&str| Service { priority: 1, weight: 0, port: 8443, target: format!("{host}.") };
    Answer::Services(hosts.iter().map(service).collect(), Duration::from_secs(300))
}

struct Test {
    machine: Discovery,
    now: Instant,
}

impl Test {
    fn new(inside: Known, outside: Known) -> Self {
        let mut test = Self { machine: Discovery::new(inside, outside, random(0)), now: Instant::now() };
        test.machine.handle(test.now, Input::Start);
        test
    }

    fn input(&mut self, input: Input) -> Vec<Output> {
        self.machine.handle(self.now, input);
        self.outputs()
    }

    fn answer(&mut self, name: &str, answer: Answer) -> Vec<Output> {
        self.input(Input::Answered { name: name.to_owned(), answer })
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.machine.poll()).collect()
    }

    fn timer(&self, seconds: u64) -> Output {
        Output::SetTimer(self.now + Duration::from_secs(seconds))
    }

    fn ask(name: &str) -> Output {
        Output::Ask(name.to_owned())
    }
}

#[test]
fn a_phone_whose_domain_has_its_nodes_is_inside() {
    let mut test = Test::new(domain(), domain());
    assert_eq!(test.outputs(), [Test::ask(UDS)]);
    let found = test.answer(UDS, services(&["ucm1.example.com"]));
    assert_eq!(found, [test.timer(300), Output::Use(Side::Inside, vec![server("ucm1.example.com")])]);
    assert_eq!(test.machine.side(), Some(Side::Inside));
}

#[test]
fn a_phone_that_finds_no_node_is_outside() {
    for answer in [Answer::NoSuchName, Answer::Failed("no answer".to_owned()), services(&[])] {
        let mut test = Test::new(domain(), domain());
        test.outputs();
        assert_eq!(test.answer(UDS, answer), [Test::ask(EDGE)]);
        let found = test.answer(EDGE, services(&["edge.example.com"]));
        assert_eq!(found, [test.timer(300), Output::Use(Side::Outside, vec![server("edge.example.com")])]);
    }
}

#[test]
fn a_phone_that_finds_neither_says_what_it_tried_and_tries_again() {
    let mut test = Test::new(domain(), domain());
    test.outputs();
    for pause in [2, 4, 8, 16, 32, 60, 60] {
        test.answer(UDS, Answer::NoSuchName);
        let outputs = test.answer(EDGE, Answer::Failed("timed out".to_owned()));
        let tried = format!("{UDS}: no such service; {EDGE}: timed out");
        assert_eq!(outputs, [Output::Nowhere(tried), test.timer(pause)]);
        assert_eq!(test.input(Input::Timeout), [Test::ask(UDS)]);
    }
}

#[test]
fn what_is_known_is_not_asked_for() {
    let (inside, outside) = (vec![server("127.0.0.11")], vec![server("127.0.0.22")]);
    let mut test = Test::new(Known::Servers(inside.clone()), Known::Servers(outside.clone()));
    assert_eq!(test.outputs(), [test.timer(3600), Output::Use(Side::Inside, inside)]);
    let mut test = Test::new(Known::Nothing, Known::Servers(outside.clone()));
    assert_eq!(test.outputs(), [test.timer(3600), Output::Use(Side::Outside, outside)]);
    let mut test = Test::new(Known::Nothing, domain());
    assert_eq!(test.outputs(), [Test::ask(EDGE)]);
}

#[test]
fn a_side_that_does_not_answer_is_left_for_the_other_and_back() {
    let mut test = Test::new(domain(), domain());
    test.answer(UDS, services(&["ucm1"]));
    test.input(Input::Works);
    assert_eq!(test.input(Input::Silent), [], "once is no silence");
    assert_eq!(test.input(Input::Silent), [Test::ask(EDGE)]);
    let found = test.answer(EDGE, services(&["edge"]));
    assert_eq!(found, [test.timer(300), Output::Use(Side::Outside, vec![server("edge")])]);
    test.input(Input::Works);
    test.input(Input::Silent);
    test.input(Input::Works);
    assert_eq!(test.input(Input::Silent), [], "they do not add up over a success");
    assert_eq!(test.input(Input::Silent), [Test::ask(UDS)]);
    // The inside is not there: what was in use is tried anew.
    assert_eq!(test.answer(UDS, Answer::NoSuchName), [Test::ask(EDGE)]);
    let found = test.answer(EDGE, services(&["edge"]));
    assert_eq!(found, [test.timer(300), Output::Use(Side::Outside, vec![server("edge")])]);
}

#[test]
fn a_side_of_which_no_server_answers_is_left_at_once() {
    let mut test = Test::new(domain(), domain());
    test.answer(UDS, services(&["ucm1"]));
    assert_eq!(test.input(Input::Unreachable), [Test::ask(EDGE)]);
    let mut test = Test::new(domain(), Known::Nothing);
    test.answer(UDS, services(&["ucm1"]));
    assert_eq!(test.input(Input::Unreachable), [], "there is no other side");
}

#[test]
fn what_works_is_looked_up_again_and_left_for_the_inside_alone() {
    let mut test = Test::new(domain(), domain());
    test.answer(UDS, Answer::NoSuchName);
    test.answer(EDGE, services(&["edge2", "edge1"]));
    test.input(Input::Works);
    assert_eq!(test.input(Input::Timeout), [Test::ask(UDS)]);
    test.answer(UDS, Answer::NoSuchName);
    let found = test.answer(EDGE, services(&["edge1", "edge2"]));
    assert_eq!(found, [test.timer(300)], "the same servers in another order");
    test.input(Input::Timeout);
    let found = test.answer(UDS, services(&["ucm1"]));
    assert_eq!(found, [test.timer(300), Output::Use(Side::Inside, vec![server("ucm1")])], "back in the office");
    test.input(Input::Works);
    test.input(Input::Timeout);
    test.answer(UDS, Answer::Failed("timed out".to_owned()));
    assert_eq!(test.answer(EDGE, services(&["edge1"])), [test.timer(300)], "the DNS has gone, the node has not");
}

#[test]
fn the_user_says_where_the_phone_is() {
    let mut test = Test::new(domain(), Known::Servers(vec![server("edge")]));
    test.answer(UDS, services(&["ucm1"]));
    test.input(Input::Works);
    let moved = test.input(Input::MoveTo(Side::Outside));
    assert_eq!(moved, [test.timer(3600), Output::Use(Side::Outside, vec![server("edge")])]);
    assert_eq!(test.input(Input::MoveTo(Side::Inside)), [Test::ask(UDS)]);
    assert_eq!(test.answer(EDGE, services(&["edge"])), [], "that was not asked");
    let moved = test.answer(UDS, services(&["ucm1"]));
    assert_eq!(moved, [test.timer(300), Output::Use(Side::Inside, vec![server("ucm1")])]);
}

#[test]
fn a_side_that_the_user_chose_is_kept_while_it_works() {
    let mut test = Test::new(domain(), domain());
    test.answer(UDS, services(&["ucm1"]));
    test.input(Input::Works);
    assert_eq!(test.input(Input::MoveTo(Side::Outside)), [Test::ask(EDGE)]);
    // It is not there: the phone stays, and says so.
    let outputs = test.answer(EDGE, Answer::NoSuchName);
    assert_eq!(outputs, [Output::Nowhere(format!("{EDGE}: no such service")), test.timer(2)]);
    assert_eq!(test.input(Input::Timeout), [Test::ask(UDS)], "chosen no more");
    assert_eq!(test.answer(UDS, services(&["ucm1"])), [test.timer(300)]);
    test.input(Input::MoveTo(Side::Outside));
    let moved = test.answer(EDGE, services(&["edge"]));
    assert_eq!(moved, [test.timer(300), Output::Use(Side::Outside, vec![server("edge")])]);
    test.input(Input::Works);
    assert_eq!(test.input(Input::Timeout), [Test::ask(EDGE)], "the inside is not even asked for");
    test.answer(EDGE, services(&["edge"]));
    test.input(Input::Silent);
    assert_eq!(test.input(Input::Silent), [Test::ask(UDS)]);
    let moved = test.answer(UDS, services(&["ucm1"]));
    assert_eq!(moved, [test.timer(300), Output::Use(Side::Inside, vec![server("ucm1")])]);
}

#[test]
fn servers_come_by_priority_then_by_chance_and_weight() {
    let service = |priority, weight, target: &str| Service { priority, weight, port: 1, target: target.to_owned() };
    let services =
        vec![service(2, 0, "last."), service(1, 10, "ten"), service(1, 90, "NINETY."), service(1, 0, "zero")];
    let hosts = |chance| {
        let servers = service::in_order(services.clone(), &mut random(chance));
        servers.into_iter().map(|server| server.host).collect::<Vec<_>>()
    };
    assert_eq!(hosts(0), ["zero", "ten", "ninety", "last"]);
    assert_eq!(hosts(100), ["ninety", "ten", "zero", "last"]);
    assert_eq!(service::in_order(vec![service(0, 0, ".")], &mut random(0)), []);
}
