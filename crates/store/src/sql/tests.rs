use super::*;

#[test]
fn the_vendors_first_and_skip_become_a_limit() {
    let cases = [
        ("select first 5 name from device;", "SELECT name from device LIMIT 5 OFFSET 0"),
        ("select skip 2 first 5 name from device", "SELECT name from device LIMIT 5 OFFSET 2"),
        ("Select Skip 2 name from device", "SELECT name from device LIMIT -1 OFFSET 2"),
        ("select first from device", "select first from device"),
        ("select firstname from enduser", "select firstname from enduser"),
        ("selectfirst 5 x", "selectfirst 5 x"),
        ("é", "é"),
        ("", ""),
    ];
    for (sql, translated) in cases {
        assert_eq!(translate(sql), translated);
    }
}
