//! `executeSQLQuery`.

use directory::{DirectoryRepository, PasswordHash};
use soap::Element;
use soap::axl::AxlError;

use crate::cluster::{Node, author, text};

const CANARY: &str = "canary-77ab";

async fn rows(node: &Node, sql: &str) -> Vec<Vec<(String, String)>> {
    let answer = node.call("executeSQLQuery", [text("sql", sql)]).await.unwrap();
    let column = |column: &Element| (column.name().to_owned(), column.text().to_owned());
    answer.children_of("row").map(|row| row.children().iter().map(column).collect()).collect()
}

#[tokio::test]
async fn a_query_answers_in_rows() {
    let node = Node::new("query").await;
    let own =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let mode = "select paramname, paramvalue from processconfig where paramname = 'ClusterSIPOAuthMode'";
    let expected = own(&[("paramname", "ClusterSIPOAuthMode"), ("paramvalue", "0")]);
    assert_eq!(rows(&node, mode).await, [expected]);
    assert_eq!(
        rows(&node, "select name, address from processnode order by name limit 1").await,
        [own(&[("name", "ucm-pub"), ("address", "127.0.0.11")])]
    );
    assert_eq!(rows(&node, "select count(*) from expresswaycconfiguration").await, [own(&[("count", "0")])]);
    assert_eq!(rows(&node, "select * from expresswayconfiguration").await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn axl_2_a_query_neither_writes_nor_reaches_a_secret() {
    let node = Node::new("secret").await;
    let alice = "alice".parse().unwrap();
    node.store.set_password_hash(&author(), &alice, PasswordHash::new(format!("$argon2id${CANARY}"))).await.unwrap();
    let sequence = node.store.change_sequence().await.unwrap();
    let no_table = "The specified table (credential) is not in the database.";
    for (sql, code, message) in [
        ("select * from credential", AxlError::NO_TABLE, no_table),
        ("select password_hash from credential", AxlError::NO_TABLE, no_table),
        ("select name from device where 1 in (select password_hash from credential)", AxlError::NO_TABLE, no_table),
        ("select userid from enduser union select password_hash from credential --", AxlError::NO_TABLE, no_table),
        ("select * from nowhere", AxlError::NO_TABLE, "The specified table (nowhere) is not in the database."),
        ("select nowhere from device", AxlError::NO_COLUMN, "Column (nowhere) not found in any table in the query."),
        ("delete from processnode", AxlError::NO_TABLE, ""),
        ("update enduser set status = 0", AxlError::NO_TABLE, ""),
        ("drop table device", AxlError::NO_TABLE, ""),
        ("select 1; delete from device", AxlError::SQL_SYNTAX, "A syntax error has occurred: one query at a time."),
        ("selec", AxlError::SQL_SYNTAX, "A syntax error has occurred: near \"selec\": syntax error."),
        ("", AxlError::SQL_SYNTAX, "A syntax error has occurred: there is no query."),
        ("pragma query_only = off", AxlError::NO_TABLE, ""),
        ("attach ':memory:' as x", AxlError::NO_TABLE, ""),
        ("select load_extension('x')", AxlError::SQL_SYNTAX, ""),
    ] {
        let refusal = node.refusal("executeSQLQuery", [text("sql", sql)]).await;
        assert_eq!(refusal.0, code, "{sql}: {refusal:?}");
        assert!(message.is_empty() || refusal.1 == message, "{sql}: {refusal:?}");
        assert!(!refusal.1.contains(CANARY));
    }
    assert_eq!(node.refusal("executeSQLQuery", []).await.0, 5003);
    assert_eq!(node.store.change_sequence().await.unwrap(), sequence);
}

#[tokio::test]
async fn axl_2_names_are_no_part_of_a_statement() {
    let node = Node::new("injection").await;
    for host in ["x'; drop table device --", "x' or '1'='1", "%' union select password_hash from credential --"] {
        let by = || text("HostNameOrIP", host);
        let row = Element::new("expresswayCConfiguration")
            .with(by())
            .with_text("X509SubjectNameorSubjectAlternateName", host);
        assert_eq!(node.refusal("addExpresswayCConfiguration", [row]).await.0, 5003);
        assert_eq!(node.refusal("getExpresswayCConfiguration", [by()]).await.0, 5007);
        let list = Element::new("searchCriteria").with(by());
        assert_eq!(node.call("listExpresswayCConfiguration", [list]).await.unwrap().children(), []);
        assert_eq!(node.refusal("getPhoneSecurityProfile", [text("name", host)]).await.0, 5007);
    }
}

#[tokio::test]
async fn axl_2_an_update_by_sql_is_switched_off() {
    let node = Node::new("update").await;
    let refusal = node.refusal("executeSQLUpdate", [text("sql", "delete from enduser")]).await;
    let expected = "executeSQLUpdate is switched off: change objects with their own operations";
    assert_eq!(refusal, (5003, expected.to_owned()));
    assert!(node.store.load().await.unwrap().user("alice").is_some());
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let node = Node::new("limit").await;
    let tables = "typemodel a, typemodel b, typemodel c, typemodel d, typemodel e";
    let sql = format!("select a.name, b.name, c.name, d.name, e.name, 1, 2 from {tables}");
    let refusal = node.refusal("executeSQLQuery", [text("sql", &sql)]).await;
    let message = "Query request too large. Total rows matched: 32768 rows. Fetch less than 16384 rows.";
    assert_eq!(refusal, (5001, message.to_owned()));
}
