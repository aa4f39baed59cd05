//! A call detail record comes back by a query, whole.

#[cfg(test)]
mod support;

use callmanager::call::{CallDetailRecord, CallSecurity, Cause, EndedBy, Party, Redirected};
use callmanager::flow::{CallKey, FlowId};
use support::*;
use token::UnixTime;

#[tokio::test]
async fn a_record_is_queried_with_each_of_its_values() {
    let folder = Folder::new("calls");
    let store = folder.open();
    let party = |device: &str, number: &str, user: Option<&str>| Party {
        device: device.parse().unwrap(),
        number: number.into(),
        user: user.map(|user| user.parse().unwrap()),
    };
    let record = CallDetailRecord {
        call: CallKey { flow: FlowId(7), number: 3 },
        node: "ucm-pub".parse().unwrap(),
        calling: party("CSFalice", "2001", Some("alice")),
        original_called: "2002".into(),
        final_called: "2003".into(),
        connected: Some(party("CSFbob", "2003", None)),
        redirected: Some(Redirected::ForwardBusy),
        start: UnixTime(100),
        connect: Some(UnixTime(110)),
        disconnect: UnixTime(170),
        cause: Cause::NORMAL_CLEARING,
        ended_by: EndedBy::Called,
        status: None,
        security: CallSecurity::Encrypted,
        suites: vec!["AEAD_AES_256_GCM"],
    };
    store.record_call(&record).await.unwrap();
    let answer = store.run_sql("select * from calldetailrecord").await.unwrap();
    let values: Vec<_> = answer.rows[0][1..].iter().map(|value| value.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(
        values.join("|"),
        "7-3|ucm-pub|CSFalice|2001|alice|2002|2003|CSFbob|2003|NULL|forward busy|100|110|170|60|16|called|NULL|\
         Encrypted|AEAD_AES_256_GCM"
    );
    assert_eq!(store.purge_calls(170).await.unwrap(), 0);
    assert_eq!(store.purge_calls(171).await.unwrap(), 1);
}
