//! Services and their restart, here and on the whole cluster.

use super::*;
use directory::RequestState;

#[tokio::test]
async fn services_are_listed_with_their_state() {
    let office = Office::new().await;
    assert_eq!(
        office.done("utils service list").await,
        "Requesting service status, please wait...\n\
         Cisco CallManager[STARTED]\n\
         Cisco Tftp[STOPPED]  port 6970 is in use\n"
    );
}

#[tokio::test]
async fn a_restart_ends_with_started() {
    let office = Office::new().await;
    assert_eq!(
        office.done("utils service restart cisco callmanager").await,
        "Do not press Ctrl+C while the service restarts.\n\
         Cisco CallManager[STOPPING]\n\
         Cisco CallManager[STARTING]\n\
         Cisco CallManager[STARTED]\n"
    );
    let audit = office.done("show audit 1").await;
    assert!(audit.contains("uid 0 (cli) restart Cisco CallManager on ucm-pub started\n"), "{audit}");
    assert_eq!(
        office.refused("utils service restart Cisco").await,
        (
            2,
            "unknown service \"Cisco\"; known are: Cisco CallManager, Cisco Tftp\nUsage: utils service restart service"
                .into()
        )
    );
}

#[tokio::test]
async fn a_restart_that_fails_says_so() {
    let office = Office::new().await;
    office.node.restart_fails.store(true, Ordering::Relaxed);
    assert_eq!(
        office.refused("utils service restart Cisco CallManager").await,
        (1, "Cisco CallManager[STOPPED]  port 5090 is in use".into())
    );
}

/// Plays the other node: answers the first restart that it is asked for.
#[cfg(test)]
async fn answer(store: &Store, state: RequestState) {
    let node = "ucm-sub".parse().unwrap();
    let mut seen = 0;
    loop {
        if let Some(request) = store.take_service_request(&node).await.unwrap() {
            return store.finish_service_request(request.id, state).await.unwrap();
        }
        seen = store.wait_change(seen).await.unwrap();
    }
}

#[tokio::test]
async fn the_cluster_restarts_node_by_node() {
    let office = Office::new().await;
    let (printed, ()) =
        tokio::join!(office.done("utils cluster restart Cisco CallManager"), answer(&office.store, RequestState::Done));
    assert_eq!(
        printed,
        "ucm-pub:\n\
         Cisco CallManager[STOPPING]\n\
         Cisco CallManager[STARTING]\n\
         Cisco CallManager[STARTED]\n\
         ucm-sub:\n\
         Cisco CallManager[STOPPING]\n\
         Cisco CallManager[STARTING]\n\
         Cisco CallManager[STARTED]\n"
    );
    let failed = RequestState::Failed("no".into());
    let (refused, ()) =
        tokio::join!(office.refused("utils cluster restart Cisco CallManager"), answer(&office.store, failed));
    assert_eq!(refused, (1, "Cisco CallManager[STOPPED]  no".into()));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_down_stops_the_restart_of_the_cluster() {
    let office = Office::new().await;
    let refusal = "Cisco CallManager[STOPPED]  ucm-sub does not answer.";
    assert_eq!(office.refused("utils cluster restart Cisco CallManager").await, (1, refusal.into()));
    // When it comes back it must not restart again.
    assert_eq!(office.store.take_service_request(&"ucm-sub".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_service_that_is_stopped_says_by_whom_until_it_is_started() {
    let office = Office::new().await;
    assert_eq!(
        office.done("utils service stop Cisco CallManager").await,
        "Do not press Ctrl+C while the service stops.\nCisco CallManager[STOPPING]\nCisco CallManager[STOPPED]\n"
    );
    let list = office.done("utils service list").await;
    assert!(list.contains("Cisco CallManager[STOPPED]  Stopped by uid 0\n"), "{list}");
    let again = (1, "Cisco CallManager is stopped already.".into());
    assert_eq!(office.refused("utils service stop Cisco CallManager").await, again);
    assert_eq!(
        office.done("utils service start Cisco CallManager").await,
        "Do not press Ctrl+C while the service starts.\nCisco CallManager[STARTING]\nCisco CallManager[STARTED]\n"
    );
    let again = (1, "Cisco CallManager[STOPPED]  Cisco CallManager is started already.".into());
    assert_eq!(office.refused("utils service start Cisco CallManager").await, again);
    let audit = office.done("show audit 3").await;
    assert!(audit.contains("uid 0 (cli)   stop   Cisco CallManager on ucm-pub stopped\n"), "{audit}");
}

#[tokio::test]
async fn a_node_whose_service_is_stopped_is_left_out_of_the_restart_of_the_cluster() {
    let office = Office::new().await;
    office.done("utils service stop Cisco CallManager").await;
    let (printed, ()) =
        tokio::join!(office.done("utils cluster restart Cisco CallManager"), answer(&office.store, RequestState::Done));
    assert_eq!(
        printed,
        "ucm-pub:\n\
         not restarted: stopped by uid 0\n\
         ucm-sub:\n\
         Cisco CallManager[STOPPING]\n\
         Cisco CallManager[STARTING]\n\
         Cisco CallManager[STARTED]\n"
    );
}

#[tokio::test]
async fn nodes_after_the_one_that_failed_are_not_restarted() {
    let office = Office::new().await;
    office.node.restart_fails.store(true, Ordering::Relaxed);
    let said = office.say("utils cluster restart Cisco CallManager", &[]).await;
    assert_eq!(
        said.printed,
        "ucm-pub:\n\
         Cisco CallManager[STOPPING]\n\
         Cisco CallManager[STARTING]\n\
         ucm-sub:\n\
         not restarted: ucm-pub did not restart\n"
    );
    assert_eq!(said.refused.as_deref(), Some("Cisco CallManager[STOPPED]  port 5090 is in use"));
    assert_eq!(office.store.take_service_request(&"ucm-sub".parse().unwrap()).await.unwrap(), None);
}
