use super::json::{check, check_error_object};
use super::rpc::{Said, read, request, shortened};

fn only(line: &str) -> Said {
    let mut said = read(line.as_bytes());
    assert_eq!(said.len(), 1, "{said:?}");
    said.remove(0)
}

#[test]
fn a_result_is_the_text_that_stands_in_its_line() {
    let text = r#"{ "z":1.0, "a":12345678901234567890, "z":[null] }"#;
    let line = format!(r#"{{"new":1,"result":{text},"id":7,"jsonrpc":"2.0"}}"#);
    assert_eq!(only(&line), Said::Answer(7, Ok(text.to_owned())));
    assert_eq!(only(&format!("\u{feff}{line}\r")), Said::Answer(7, Ok(text.to_owned())));
    assert_eq!(only(r#"{"id":7,"result":null}"#), Said::Answer(7, Ok("null".to_owned())));
    assert_eq!(only(r#"{"id":7,"result":1,"error":null}"#), Said::Answer(7, Ok("1".to_owned())));
}

#[test]
fn an_error_object_is_kept_and_any_other_error_becomes_one() {
    let error = r#"{"data":1.0,"message":"m","code":-5}"#;
    assert_eq!(only(&format!(r#"{{"id":7,"error":{error}}}"#)), Said::Answer(7, Err(error.to_owned())));
    let Said::Answer(7, Err(made)) = only(r#"{"id":7,"error":{"code":"five"}}"#) else { panic!("no answer") };
    assert!(made.contains("-32000") && made.contains("five"), "{made}");
    let Said::Answer(7, Err(made)) = only(r#"{"id":7}"#) else { panic!("no answer") };
    assert!(made.contains("neither"), "{made}");
}

#[test]
fn a_request_of_a_servers_is_answered_under_its_own_id() {
    for id in ["1", "\"a \\u0041\"", "1.50", "null", "{\"odd\":[1]}"] {
        let line = |method| format!(r#"{{"jsonrpc":"2.0","method":"{method}","id":{id}}}"#);
        assert_eq!(only(&line("ping")), Said::Reply(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{}}}}\n")));
        let Said::Reply(refusal) = only(&line("roots/list")) else { panic!("no reply") };
        assert!(
            refusal.starts_with(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":-32601,")),
            "{refusal}"
        );
    }
    // Some take a carriage return for the end of a line.
    let reply = only("{\"method\":\"ping\",\"id\":[1,\r2]}");
    assert_eq!(reply, Said::Reply("{\"jsonrpc\":\"2.0\",\"id\":[1, 2],\"result\":{}}\n".to_owned()));
}

#[test]
fn whatever_else_is_written_is_skipped() {
    assert_eq!(read(b" \r"), []);
    for line in ["hello", "{", "[", "[1", "1", "{}", r#"{"result":1}"#, r#"{"id":1,"method":2}"#, "\u{0}"] {
        assert_eq!(only(line), Said::Garbage(shortened(line)), "{line}");
    }
    assert_eq!(read(b"\xff\xfe{}"), [Said::Garbage("\u{fffd}\u{fffd}{}".to_owned())]);
    for line in [r#"{"method":"notifications/x"}"#, r#"{"id":"x1","result":1}"#, r#"{"id":1.5,"result":1}"#] {
        assert!(matches!(only(line), Said::Notice(_)), "{line}");
    }
    assert_eq!(only(r#"{"error":{"code":1}}"#), Said::Complaint(r#"{"code":1}"#.to_owned()));
    assert_eq!(only(r#"{"id":null,"error":{"code":1}}"#), Said::Complaint(r#"{"code":1}"#.to_owned()));
    let deep = "[".repeat(100_000);
    assert_eq!(only(&deep), Said::Garbage(shortened(&deep)));
}

#[test]
fn a_batch_ends_with_its_first_garbage() {
    let one = || Said::Answer(1, Ok("1".to_owned()));
    let line = r#"[{"id":1,"result":1},2,3,{"id":1,"result":1}]"#;
    assert_eq!(read(line.as_bytes()), [one(), Said::Garbage(line.to_owned())]);
    let line = format!("[{}1]", "1,".repeat(1 << 20));
    assert_eq!(only(&line), Said::Garbage(shortened(&line)));
    let line = format!("[{}2]", r#"{"id":1,"result":1},"#.repeat(1001));
    let said = read(line.as_bytes());
    assert_eq!((said.len(), said.last()), (1001, Some(&Said::Garbage(shortened(&line)))));
    let line = r#"[[7,null,1,null]]"#;
    assert_eq!(only(line), Said::Garbage(line.to_owned()));
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error() {
    let lines: [&[u8]; 7] = [
        br#"{"id":7,"result":1,"result":2}"#,
        br#"{"id":7,"error":1,"id_":NaN}"#,
        br#"{"jsonrpc":"2.0","id":7,"result":{"x":NaN}}"#,
        br#"{"id":7,"result":-Infinity}"#,
        br#"{"id":7,"result":{"half"#,
        b"{\"id\":7,\"result\":\"\xff\"}",
        b"{\"result\":\"\xff\",\"id\":7}",
    ];
    for line in lines {
        let said = read(line);
        let [Said::Answer(7, Err(made))] = &*said else { panic!("{said:?}") };
        assert!(made.contains("twice") && made.contains("UTF-8"), "{made}");
    }
    for line in [
        r#"{"id":7,"id":7,"result":2}"#,
        r#"{"id":7,"method":"m","method":"m"}"#,
        r#"{"id":7,"x":NaN}"#,
        r#"{"id":7,"method":"m","result":NaN}"#,
        r#"{"result":NaN,"id":7}"#,
    ] {
        assert_eq!(only(line), Said::Garbage(line.to_owned()));
    }
}

#[test]
fn an_answer_whose_id_became_a_string_is_an_error() {
    let Said::Answer(7, Err(made)) = only(r#"{"id":"7","result":1}"#) else { panic!("no answer") };
    assert!(made.contains("string"), "{made}");
}

#[test]
fn a_request_is_one_line() {
    assert_eq!(
        request(3, "a\"\n", "{\r\n\"x\":1}"),
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"a\\\"\\n\",\"params\":{  \"x\":1}}\n"
    );
    assert_eq!(request(3, "m", "null"), "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"m\"}\n");
}

#[test]
fn a_text_is_json_as_a_whole() {
    for good in ["1", " {} ", "null", r#"{"a":1,"a":2}"#, "123456789012345678901234567890"] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in ["", "1 2", "{", "'a'", "\"\n\"", "\"\\ud800\"x"] {
        assert!(check(bad).is_err(), "{bad}");
    }
    assert_eq!(check_error_object("\"why\""), Ok(r#"{"code":-32000,"message":"why"}"#.to_owned()));
}

#[test]
fn what_is_told_of_a_server_is_short_and_one_line() {
    assert_eq!(shortened("a\nb\u{1b}"), "a b ");
    assert!(shortened(&"x".repeat(1000)).len() < 310);
}
