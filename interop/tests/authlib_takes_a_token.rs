//! A Python OAuth client discovers the server, signs a user in, takes a token and refreshes it.

use ringbearer_interop::authlib::take_token;
use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;

#[test]
fn authlib_takes_a_token() {
    let folder = Folder::new("authlib");
    let node = Node::start(&folder, "127.0.0.31");
    let found = take_token(&folder, &node, "alice");
    assert_eq!(found["token_type"], "Bearer");
    assert_eq!(found["expires_in"], 3600);
    assert_eq!(found["rotated"], true);
    // What is inside is for the cluster alone.
    let payload = found["payload"].as_object().expect("claims");
    assert_eq!(payload.keys().collect::<Vec<_>>(), ["private"]);
}
