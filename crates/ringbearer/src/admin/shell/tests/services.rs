//! Services and their restart, here and on the whole cluster.

use super::*;
use directory::RestartState;

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
async fn answer(store: &Store, state: RestartState) {
    let node = "ucm-sub".parse().unwrap();
    let mut seen = 0;
    loop {
        if let Some(request) = store.take_restart(&node).await.unwrap() {
            return store.finish_restart(request, state).await.unwrap();
        }
        seen = store.wait_change(seen).await.unwrap();
    }
}

#[tokio::test]
async fn the_cluster_restarts_node_by_node() {
    let office = Office::new().await;
    let (printed, ()) =
        tokio::join!(office.done("utils cluster restart Cisco CallManager"), answer(&office.store, RestartState::Done));
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
    let failed = RestartState::Failed("no".into());
    let (refused, ()) =
        tokio::join!(office.refused("utils cluster restart Cisco CallManager"), answer(&office.store, failed));
    assert_eq!(refused, (1, "Cisco CallManager[STOPPED]  no".into()));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_down_stops_the_restart_of_the_cluster() {
    let office = Office::new().await;
    let refusal = "ucm-sub does not answer. The nodes after it were not restarted.";
    assert_eq!(office.refused("utils cluster restart Cisco CallManager").await, (1, refusal.into()));
    // When it comes back it must not restart again.
    assert_eq!(office.store.take_restart(&"ucm-sub".parse().unwrap()).await.unwrap(), None);
}
