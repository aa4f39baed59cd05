//! `run sql`: documented queries work word for word; nothing is written and no secret is reached.

#[cfg(test)]
mod support;

use directory::*;
use ringbearer_store::{SqlError, Store, Table};
use support::*;

const CANARY: &str = "canary-8d1f";

#[cfg(test)]
async fn office_with_secrets(test: &str) -> (Folder, Store) {
    let folder = Folder::new(test);
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let alice = "alice".parse().unwrap();
    store.set_password_hash(&author(), &alice, PasswordHash::new(format!("$argon2id${CANARY}"))).await.unwrap();
    let secret = DigestSecret { ha1_md5: CANARY.into(), ha1_sha256: CANARY.into(), ..secret() };
    store.set_digest_secret(&author(), &alice, secret).await.unwrap();
    (folder, store)
}

fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Table { columns: own(columns), rows: rows.iter().map(|row| own(row).into_iter().map(Some).collect()).collect() }
}

#[tokio::test]
async fn the_queries_of_the_manual_answer() {
    let (_folder, store) = office_with_secrets("manual").await;
    let mode = "select paramvalue FROM processconfig WHERE paramname = 'ClusterSIPOAuthMode'";
    assert_eq!(store.run_sql(mode).await.unwrap(), table(&["paramvalue"], &[&["0"]]));
    store.set_parameter(&author(), "ClusterSIPOAuthMode", "1").await.unwrap();
    assert_eq!(store.run_sql(mode).await.unwrap(), table(&["paramvalue"], &[&["1"]]));
    for name in ["expresswaycconfiguration", "expresswayconfiguration"] {
        let answer = store.run_sql(&format!("select * from {name}")).await.unwrap();
        assert_eq!(answer.columns, ["pkid", "hostnameorip", "description", "x509subjectnameoraltname"]);
        assert_eq!(
            answer.rows[0][1..],
            table(
                &[],
                &[&[
                    "exp-c",
                    "this is added through axl",
                    "domain-2.com,secure-phone-profile,domain-1.com,exp-c.domain-1.com",
                ]]
            )
            .rows[0][..]
        );
    }
    let lines = "select d.name, n.dnorpattern from device d
         inner join devicenumplanmap m on m.fkdevice = d.pkid inner join numplan n on m.fknumplan = n.pkid
         inner join typemodel t on d.tkmodel = t.enum
         where lower(t.name) like '%client services%' order by d.name, m.numplanindex;";
    let expected = [["CSFalice", "2001"], ["CSFalice", "2002"], ["CSFbob", "2002"]];
    let expected: Vec<&[&str]> = expected.iter().map(|row| row.as_slice()).collect();
    assert_eq!(store.run_sql(lines).await.unwrap(), table(&["name", "dnorpattern"], &expected));
    let users = "select eu.userid, d.name from enduser eu, enduserdevicemap m, device d
         where m.fkenduser = eu.pkid and m.fkdevice = d.pkid and d.name = 'csfalice'";
    assert_eq!(store.run_sql(users).await.unwrap(), table(&["userid", "name"], &[&["bob", "CSFalice"]]));
    let oauth = "select name from securityprofile where enableoauthauthentication = 't'";
    assert_eq!(store.run_sql(oauth).await.unwrap(), table(&["name"], &[&["CSF OAuth"]]));
    let tokens = store.run_sql("select * from refreshtokendetails").await.unwrap();
    assert_eq!(tokens.columns, ["pkid", "refreshtokenindex", "userid", "clientid", "validity", "state"]);
    let first = "SELECT  SKIP 1 FIRST 1 name FROM device ORDER BY name";
    assert_eq!(store.run_sql(first).await.unwrap(), table(&["name"], &[&["CSFbob"]]));
    let count = store.run_sql("select first 5 count(*) from processnode").await.unwrap();
    assert_eq!(count.rows, table(&[], &[&["2"]]).rows);
    let null = store.run_sql("select cfadestination from numplan where dnorpattern = '2001'").await.unwrap();
    assert_eq!(null.rows, [[None]]);
}

#[tokio::test]
async fn nothing_is_written() {
    let (folder, store) = office_with_secrets("readonly").await;
    let before = std::fs::read(folder.database()).unwrap();
    let sequence = store.change_sequence().await.unwrap();
    let queries = [
        "delete from device",
        "update enduser set status = 0",
        "insert into dirgroup values ('x', 'y')",
        "replace into typemodel values (1, 'x')",
        "drop table device",
        "create table x (y)",
        "create temp table x (y)",
        "create temp view device as select * from credential",
        "create index x on device (name)",
        "alter table device rename to x",
        "with x as (select 1) delete from device",
        "select 1; delete from device",
        "select name from device; select name from device",
        "select 1 union select 2; drop table device --",
        "begin",
        "commit",
        "rollback",
        "savepoint x",
        "vacuum",
        "vacuum into '/tmp/x.db'",
        "reindex",
        "analyze",
        "pragma user_version = 7",
        "pragma query_only = off",
        "pragma writable_schema = on",
        "pragma journal_mode = delete",
        "attach database '/tmp/x.db' as x",
        "attach ':memory:' as main2",
        "detach main",
        "explain select * from device",
        "explain query plan select 1",
        "",
        " ",
        ";",
        "-- nothing",
        "/* nothing */",
        "select",
        "nonsense",
        "\0",
        "select '\0",
        "select 1 --\0; drop table device",
    ];
    for query in queries {
        let refused = store.run_sql(query).await;
        assert!(matches!(refused, Err(SqlError::Refused(_))), "{query:?}: {refused:?}");
    }
    assert_eq!(store.change_sequence().await.unwrap(), sequence);
    assert_eq!(store.load().await.unwrap().devices().len(), 2);
    assert_eq!(std::fs::read(folder.database()).unwrap(), before);
}

#[tokio::test]
async fn sec_1_no_secret_is_reached() {
    let (_folder, store) = office_with_secrets("canary").await;
    let queries = [
        "select * from credential",
        "select password_hash from credential",
        "select count(*) from credential",
        "select c.ha1_md5 from enduser u join credential c on c.fkenduser = u.pkid",
        "select u.*, c.* from enduser u left join credential c",
        "select name from device where exists (select 1 from credential where password_hash like '$argon2id$c%')",
        "select (select password_hash from credential limit 1)",
        "select 1 from device order by (select password_hash from credential)",
        "select 1 in credential",
        "select userid from enduser union all select password_hash from credential",
        // Names that the authorizer reports as the accessor.
        "with device as (select password_hash from credential) select * from device",
        "with expresswayconfiguration as (select * from credential) select * from expresswayconfiguration",
        "select * from (select * from credential) device",
        "select * from main.credential",
        "select * from \"credential\"",
        "select * from [credential]",
        "select * from `Credential`",
        "select * from 'credential'",
        "select * from CREDENTIAL",
        "select * from credential indexed by sqlite_autoindex_credential_1",
        "values ((select password_hash from credential))",
        "table credential",
        "select * from sqlite_schema",
        "select sql from sqlite_master",
        "select * from sqlite_temp_schema",
        "select * from sqlite_sequence",
        "select * from sqlite_stat1",
        "select * from dbstat",
        "select * from pragma_table_info('credential')",
        "select * from pragma_database_list",
        "select * from json_each((select password_hash from credential))",
        "select * from migration",
        "select * from object",
        "select * from cluster",
        "select * from auditlog",
        "select * from authorization_code",
        "select * from refresh_token",
        "select r.current from refreshtokendetails d join refresh_token r on r.family = d.pkid",
        "select * from authorization_key",
        "select * from revocation",
        "with refreshtokendetails as (select hex(current) from refresh_token) select * from refreshtokendetails",
        "select readfile('/etc/passwd')",
        "select load_extension('x')",
        "select writefile('/tmp/x', 'y')",
        "select randomblob(1000000000)",
        "select zeroblob(1000000000)",
        "select hex(zeroblob(100000000))",
        "select printf('%1000000000d', 1)",
        "select sqlite_version()",
        "select sqlite_compileoption_get(1)",
        "select last_insert_rowid()",
        "select fts3_tokenizer('x')",
        "select quote(name) from device",
    ];
    for query in queries {
        let refused = store.run_sql(query).await;
        assert!(matches!(refused, Err(SqlError::Refused(_))), "{query:?}: {refused:?}");
        assert!(!format!("{refused:?}").contains(CANARY), "{query:?}");
    }
}

#[tokio::test]
async fn a_query_is_bounded_in_time_and_size() {
    let (_folder, store) = office_with_secrets("limits").await;
    let many = ('a'..='n').map(|alias| format!("typemodel {alias}")).collect::<Vec<_>>().join(", ");
    let slow = store.run_sql(&format!("select count(*) from {many} where a.name = b.name || n.name")).await;
    assert!(matches!(slow, Err(SqlError::Limit("it took too long"))), "{slow:?}");
    let long = store.run_sql(&format!("select a.name, b.name, c.name from {many}")).await;
    assert!(matches!(long, Err(SqlError::Limit("the answer has too many rows"))), "{long:?}");
    let queries = [
        "with recursive x(n) as (select 1 union all select n + 1 from x) select count(*) from x".into(),
        format!("select '{}'", "x".repeat(20_000)),
        format!("select {}1", "1+".repeat(5000)),
        "select replace(replace(replace(group_concat(name || name), 'a', group_concat(name)), 'C', group_concat(name)), 'S', group_concat(name)) from (select a.name from typemodel a, typemodel b, typemodel c, typemodel d)".into(),
    ];
    for query in queries {
        let before = std::time::Instant::now();
        let refused = store.run_sql(&query).await;
        let short: String = query.chars().take(60).collect();
        assert!(matches!(refused, Err(SqlError::Limit(_) | SqlError::Refused(_))), "{short}");
        assert!(before.elapsed() < std::time::Duration::from_secs(10), "{short}");
    }
}
