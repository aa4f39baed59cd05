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

/// A function runs to its end before SQLite looks at the clock: what it costs must be bounded by itself.
#[test]
fn axl_2_no_function_outlasts_the_time_of_a_query() {
    let folder = std::env::temp_dir().join(format!("ringbearer-sql-functions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("empty.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 1").unwrap();
    let long = |letter: char, count: usize| {
        let some = letter.to_string().repeat(16);
        (1..count).fold(format!("'{some}'"), |value, _| format!("replace({value},'{letter}','{some}')"))
    };
    // 2^16 octets, and 2^20, each with one that ends differently.
    for count in [4, 5] {
        let (text, part) = (long('a', count), long('a', count - 1));
        let set = long('b', count - 1);
        for sql in [
            format!("SELECT length(replace({text}, {part}||{part}||{part}||{part}||{part}||{part}||'b', ''))"),
            format!("SELECT instr({text}, {part}||{part}||{part}||{part}||{part}||{part}||{part}||{part}||'b')"),
            format!("SELECT length(trim({text}, {set}||'a'))"),
        ] {
            let began = Instant::now();
            let _ = run(&path, &sql);
            assert!(began.elapsed() < Duration::from_secs(1), "{sql} took {:?}", began.elapsed());
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn our_functions_of_texts_answer_as_sqlites_do() {
    let connection = Connection::open_in_memory().unwrap();
    let answers = |connection: &Connection, sql: &str| -> Option<String> {
        connection.query_row(sql, [], |row| Ok(text(row.get_ref(0)?))).unwrap()
    };
    let queries = [
        "instr('häuser', 'user')",
        "instr('a', '')",
        "instr('', 'a')",
        "instr(1234, 34)",
        "instr(NULL, 'a')",
        "replace('aXbXc', 'X', '--')",
        "replace('abc', '', 'x')",
        "replace('abc', 'b', NULL)",
        "replace(101, 0, 7)",
        "trim('  a b  ')",
        "ltrim('  a  ')",
        "rtrim('  a  ')",
        "trim(char(9) || ' a')",
        "trim('éxaxé', 'xé')",
        "ltrim('xxa', 'x')",
        "rtrim('axx', 'x')",
        "rtrim('a', NULL)",
        "trim('a', '')",
    ];
    let select = |query: &str| format!("SELECT {query}");
    let own: Vec<_> = queries.iter().map(|query| answers(&connection, &select(query))).collect();
    functions::add(&connection).unwrap();
    for (query, expected) in queries.iter().zip(own) {
        assert_eq!(answers(&connection, &select(query)), expected, "{query}");
    }
}
