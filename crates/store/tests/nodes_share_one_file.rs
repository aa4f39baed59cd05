//! Two stores on one file, as two nodes have: each sees what the other wrote, and races have one winner.

#[cfg(test)]
mod support;

use directory::*;
use std::time::Duration;
use support::*;

#[tokio::test]
async fn a_change_of_one_node_reaches_the_other() {
    let folder = Folder::new("feed");
    let (publisher, subscriber) = (folder.open(), folder.open());
    publisher.put(&author(), office()).await.unwrap();
    let seen = subscriber.load().await.unwrap();
    assert_eq!(seen.devices().len(), 2);

    let author = author();
    let waits = subscriber.wait_change(seen.sequence());
    let (sequence, set) = tokio::join!(waits, publisher.set_parameter(&author, "ClusterSIPOAuthMode", "1"));
    set.unwrap();
    assert_eq!(sequence.unwrap(), seen.sequence() + 1);
    let next = subscriber.load().await.unwrap();
    assert!(next.parameters().sip_oauth_mode());
    assert!(!seen.parameters().sip_oauth_mode(), "a snapshot never changes");
    assert!(std::sync::Arc::ptr_eq(next.device("CSFbob").unwrap(), seen.device("CSFbob").unwrap()));
    assert_eq!(subscriber.change_sequence().await.unwrap(), next.sequence());
}

#[tokio::test]
async fn loading_again_without_a_change_gives_the_same_snapshot() {
    let folder = Folder::new("same");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let (first, second) = (store.load().await.unwrap(), store.load().await.unwrap());
    assert!(std::sync::Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn single_changes_and_a_whole_reading_agree() {
    let folder = Folder::new("agree");
    let (writer, reader) = (folder.open(), folder.open());
    writer.put(&author(), office()).await.unwrap();
    reader.load().await.unwrap();
    let mut bob = device("csfBOB", "alice", &["2001"]);
    bob.associated_users.clear();
    writer.put(&author(), vec![(Object::Device(bob), Precondition::Present)]).await.unwrap();
    writer.set_digest_secret(&author(), &"bob".parse().unwrap(), secret()).await.unwrap();
    writer.remove(&author(), ObjectKey::Device("CSFalice".parse().unwrap()), Precondition::None).await.unwrap();
    writer.remove(&author(), ObjectKey::User("bob".parse().unwrap()), Precondition::None).await.unwrap();
    let (stepwise, whole) = (reader.load().await.unwrap(), folder.open().load().await.unwrap());
    for directory in [stepwise, whole] {
        let names: Vec<_> = directory.devices().iter().map(|d| d.name.to_string()).collect();
        assert_eq!(names, ["csfBOB"]);
        assert_eq!(directory.devices_of_line("2001").len(), 1);
        assert_eq!(directory.devices_of_line("2002").len(), 0);
        assert!(directory.user("bob").is_none());
        assert_eq!(directory.digest_secret("bob"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_change_the_same_version_one_wins() {
    let folder = Folder::new("race");
    let stores = [folder.open(), folder.open()];
    stores[0].put(&author(), office()).await.unwrap();
    let directory = stores[0].load().await.unwrap();
    let key = ObjectKey::Line("2001".parse().unwrap());
    let version = Precondition::Version(directory.version(&key).unwrap());
    let mut tasks = Vec::new();
    for number in 0..40 {
        let store = stores[number % 2].clone();
        let mut line = Line::new("2001".parse().unwrap());
        line.description = number.to_string();
        tasks.push(tokio::spawn(async move {
            let put = store.put(&author(), vec![(Object::Line(line), version)]).await;
            put.map(|()| number)
        }));
    }
    let mut winners = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(number) => winners.push(number),
            Err(error) => assert_eq!(error, RepositoryError::Changed(key.clone())),
        }
    }
    assert_eq!(winners.len(), 1);
    let line = stores[1].load().await.unwrap().line("2001").unwrap().description.clone();
    assert_eq!(line, winners[0].to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_add_the_same_name_one_wins() {
    let folder = Folder::new("add-race");
    let stores = [folder.open(), folder.open()];
    let mut tasks = Vec::new();
    for number in 0..20 {
        let store = stores[number % 2].clone();
        let name = if number % 3 == 0 { "Carol" } else { "carol" };
        let user = Object::User(EndUser::new(name.parse().unwrap()));
        tasks.push(tokio::spawn(async move { store.put(&author(), vec![(user, Precondition::Absent)]).await }));
    }
    let mut added = 0;
    for task in tasks {
        added += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!(added, 1);
    assert_eq!(stores[0].load().await.unwrap().users().len(), 1);
}

#[tokio::test]
async fn a_device_is_on_the_node_that_claimed_it_last_while_its_lease_runs() {
    let folder = Folder::new("location");
    let (one, two) = (folder.open(), folder.open());
    let device: DeviceName = "CSFalice".parse().unwrap();
    let claim = |node: &str| LocationChange::Claim { device: device.clone(), node: node.parse().unwrap() };
    let release = |node: &str| LocationChange::Release { device: device.clone(), node: node.parse().unwrap() };
    let far = u64::from(u32::MAX);
    one.renew_lease(&"ucm-pub".parse().unwrap(), far).await.unwrap();
    two.renew_lease(&"ucm-sub".parse().unwrap(), far).await.unwrap();
    assert_eq!(one.note_location(claim("ucm-pub")).await.unwrap(), Claim::Free);
    assert_eq!(one.note_location(claim("ucm-pub")).await.unwrap(), Claim::Free);
    assert_eq!(two.note_location(claim("ucm-sub")).await.unwrap(), Claim::TakenFrom("ucm-pub".parse().unwrap()));
    assert_eq!(one.claimed_elsewhere(&"ucm-sub".parse().unwrap(), 1).await.unwrap(), []);
    let taken = one.claimed_elsewhere(&"ucm-pub".parse().unwrap(), 1).await.unwrap();
    assert_eq!(taken.iter().map(|at| at.device.as_str()).collect::<Vec<_>>(), ["CSFalice"]);
    assert_eq!(one.claimed_elsewhere(&"ucm-pub".parse().unwrap(), far).await.unwrap(), []);
    // The node that lost the device notices late: its release must not take the device from the other.
    one.note_location(release("ucm-pub")).await.unwrap();
    assert_eq!(one.device_location(&device).await.unwrap().unwrap().node.as_str(), "ucm-sub");
    assert_eq!(one.device_locations().await.unwrap().len(), 1);
    // The node dies: nothing but its lease ends.
    two.renew_lease(&"ucm-sub".parse().unwrap(), 1).await.unwrap();
    assert_eq!(one.device_location(&device).await.unwrap(), None);
    assert_eq!(one.note_location(claim("ucm-pub")).await.unwrap(), Claim::Free);
    two.note_location(release("ucm-pub")).await.unwrap();
    assert_eq!(two.device_locations().await.unwrap(), []);
}

#[tokio::test]
async fn f1_a_node_that_begins_again_has_no_device_and_owes_no_restart() {
    let folder = Folder::new("begin");
    let (publisher, subscriber) = (folder.open(), folder.open());
    let (pub_name, sub_name): (NodeName, NodeName) = ("ucm-pub".parse().unwrap(), "ucm-sub".parse().unwrap());
    for (name, device) in [(&pub_name, "CSFalice"), (&sub_name, "CSFbob")] {
        publisher.renew_lease(name, u64::from(u32::MAX)).await.unwrap();
        let claim = LocationChange::Claim { device: device.parse().unwrap(), node: name.clone() };
        publisher.note_location(claim).await.unwrap();
    }
    let author = author();
    let restart = |node| publisher.request_service(&author, node, ServiceName::CallManager, ServiceAct::Restart);
    let owed = restart(&sub_name).await.unwrap();
    let of_other = restart(&pub_name).await.unwrap();
    let stop = publisher.request_service(&author, &sub_name, ServiceName::CallManager, ServiceAct::Stop);
    let stop = stop.await.unwrap();
    subscriber.begin_node(&sub_name).await.unwrap();
    let there = publisher.device_locations().await.unwrap();
    assert_eq!(there.iter().map(|at| at.device.as_str()).collect::<Vec<_>>(), ["CSFalice"]);
    assert_eq!(publisher.service_request_state(owed).await.unwrap(), RequestState::Done);
    assert_eq!(publisher.service_request_state(of_other).await.unwrap(), RequestState::Waiting);
    assert_eq!(publisher.service_request_state(stop).await.unwrap(), RequestState::Waiting);
    assert_eq!(subscriber.take_service_request(&sub_name).await.unwrap().map(|taken| taken.id), Some(stop));
    subscriber.begin_node(&sub_name).await.unwrap();
    let failed = RequestState::Failed("the node was started anew meanwhile".into());
    assert_eq!(publisher.service_request_state(stop).await.unwrap(), failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_registrations_is_written_in_groups() {
    let folder = Folder::new("storm");
    let store = folder.open();
    let before = std::time::Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..2000 {
        let store = store.clone();
        let device: DeviceName = format!("CSF{number}").parse().unwrap();
        tasks.spawn(async move {
            store.note_location(LocationChange::Claim { device, node: "ucm-pub".parse().unwrap() }).await
        });
    }
    for claim in tasks.join_all().await {
        assert_eq!(claim.unwrap(), Claim::Free);
    }
    // One synchronisation each would take ten seconds on the slowest disk that we measured.
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_restart_that_is_asked_for_is_taken_up_once() {
    let folder = Folder::new("restart-request");
    let (publisher, subscriber) = (folder.open(), folder.open());
    let node: NodeName = "ucm-sub".parse().unwrap();
    let before = subscriber.change_sequence().await.unwrap();
    let (service, act) = (ServiceName::CallManager, ServiceAct::Restart);
    let request = publisher.request_service(&author(), &node, service, act).await.unwrap();
    assert!(subscriber.wait_change(before).await.unwrap() > before);
    assert_eq!(subscriber.take_service_request(&"ucm-pub".parse().unwrap()).await.unwrap(), None);
    let taken = ServiceRequest { id: request, author: author().name, service, act };
    assert_eq!(subscriber.take_service_request(&node).await.unwrap(), Some(taken));
    let again = subscriber.take_service_request(&node).await.unwrap();
    assert_eq!(again, None, "another change comes before the answer");
    assert_eq!(publisher.service_request_state(request).await.unwrap(), RequestState::Waiting);
    let failed = RequestState::Failed("port 5090 is taken".into());
    subscriber.finish_service_request(request, failed.clone()).await.unwrap();
    assert_eq!(publisher.service_request_state(request).await.unwrap(), failed);
}

#[tokio::test]
async fn a_node_says_what_it_runs_and_others_see_what_is_pending() {
    let folder = Folder::new("running");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let directory = store.load().await.unwrap();
    let runs = NodeSettings::staged(&directory, "ucm-pub", "aa").unwrap();
    for _ in 0..2 {
        store.record_running(&runs).await.unwrap();
    }
    store.set_parameter(&author(), "ClusterSIPOAuthMode", "Enabled").await.unwrap();
    let mut node = (**directory.node("ucm-pub").unwrap()).clone();
    node.ports = node.ports.with(PortName::SipPhone, 5070).unwrap();
    store.put(&author(), vec![(Object::Node(node), Precondition::Present)]).await.unwrap();
    let seen = folder.open().running(&"ucm-pub".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(seen, runs);
    let staged = NodeSettings::staged(&store.load().await.unwrap(), "ucm-pub", "bb").unwrap();
    assert_eq!(seen.pending(&staged), [Pending::SipOAuthMode, Pending::Ports, Pending::TomcatCertificate]);
    assert_eq!(seen.pending(&seen), []);
}

#[test]
fn nodes_that_start_together_on_an_empty_file_all_open_it() {
    for round in 0..10 {
        let folder = Folder::new(&format!("together-{round}"));
        let stores: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| folder.open())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clusters: std::collections::HashSet<_> =
            stores.iter().map(|store| runtime.block_on(store.load()).unwrap().cluster()).collect();
        assert_eq!(clusters.len(), 1);
    }
}

fn state_of(restart: &ClusterRestart) -> Vec<NodeRestartState> {
    restart.nodes.iter().map(|node| node.state.clone()).collect()
}

#[tokio::test]
async fn one_restart_of_the_cluster_is_under_way_at_a_time() {
    let folder = Folder::new("cluster-restart");
    let (publisher, subscriber) = (folder.open(), folder.open());
    let nodes: [NodeName; 2] = ["ucm-pub".parse().unwrap(), "ucm-sub".parse().unwrap()];
    publisher.renew_lease(&nodes[0], u64::from(u32::MAX)).await.unwrap();
    assert_eq!(publisher.cluster_restart().await.unwrap(), None);
    let first = publisher.begin_cluster_restart(&author(), &nodes[0], &nodes).await.unwrap().unwrap();
    assert_eq!(subscriber.begin_cluster_restart(&author(), &nodes[1], &nodes).await.unwrap(), None);
    publisher.note_cluster_restart(first, &nodes[0], &NodeRestartState::Failed("no".into())).await.unwrap();
    publisher.end_cluster_restart(first, "a node before it failed").await.unwrap();
    let seen = subscriber.cluster_restart().await.unwrap().unwrap();
    assert_eq!((seen.id, seen.ended.is_some(), seen.author), (first, true, author().name));
    let ended = subscriber.cluster_restart().await.unwrap().unwrap();
    let skipped = NodeRestartState::Skipped("a node before it failed".into());
    assert_eq!(state_of(&ended), [NodeRestartState::Failed("no".into()), skipped]);
    assert!(subscriber.begin_cluster_restart(&author(), &nodes[1], &nodes).await.unwrap() > Some(first));
}

#[tokio::test]
async fn a_restart_of_the_cluster_ends_with_the_node_that_leads_it() {
    let folder = Folder::new("cluster-restart-leader");
    let store = folder.open();
    let nodes: [NodeName; 2] = ["ucm-pub".parse().unwrap(), "ucm-sub".parse().unwrap()];
    let author = author();
    let lead = |leader: usize| store.begin_cluster_restart(&author, &nodes[leader], &nodes);
    store.renew_lease(&nodes[0], u64::from(u32::MAX)).await.unwrap();
    let first = lead(0).await.unwrap().unwrap();
    store.note_cluster_restart(first, &nodes[0], &NodeRestartState::Restarting).await.unwrap();
    store.begin_node(&nodes[1]).await.unwrap();
    assert_eq!(store.cluster_restart().await.unwrap().unwrap().ended, None, "it is not the one that leads");
    store.begin_node(&nodes[0]).await.unwrap();
    let reason = "the node that led the restart ended";
    let ended = store.cluster_restart().await.unwrap().unwrap();
    let expected = [NodeRestartState::Failed(reason.into()), NodeRestartState::Skipped(reason.into())];
    assert_eq!((state_of(&ended), ended.ended.is_some()), (expected.to_vec(), true));
    // A leader that died for good does not stand in the way when its lease is over.
    let second = lead(0).await.unwrap().unwrap();
    assert_eq!(lead(1).await.unwrap(), None);
    store.renew_lease(&nodes[0], 1).await.unwrap();
    assert!(lead(1).await.unwrap() > Some(second));
}

#[tokio::test]
async fn each_node_says_how_its_services_are() {
    let folder = Folder::new("services");
    let (one, two) = (folder.open(), folder.open());
    let node: NodeName = "ucm-sub".parse().unwrap();
    let service = |name, state, since| Service { name, state, since };
    let stopped = ServiceState::Stopped(StopReason::Administrator("admin".into()));
    let failed = ServiceState::Stopped(StopReason::Failure("port 6970 is taken".into()));
    let noted = [
        service(ServiceName::CallManager, stopped, 7),
        service(ServiceName::Tftp, failed, 8),
        service(ServiceName::Tomcat, ServiceState::Started, 9),
    ];
    for service in &noted {
        one.note_service(&node, &Service { state: ServiceState::Starting, ..service.clone() }).await.unwrap();
        one.note_service(&node, service).await.unwrap();
    }
    assert_eq!(two.services(&node).await.unwrap(), noted);
    assert_eq!(two.services(&"ucm-pub".parse().unwrap()).await.unwrap(), []);
}
