//! Frames of the real engines 0.4.0 and 0.5.2 and of the official clients, read and written.

use std::collections::BTreeMap;

use rmpv::Value;

use super::*;

struct Golden {
    from: String,
    kind: String,
    bytes: Vec<u8>,
    text: Option<String>,
}

fn golden(generation: Generation) -> Vec<Golden> {
    let text = match generation {
        Generation::G1 => include_str!("../../tests/golden/engine-0.4.json"),
        Generation::G2 => include_str!("../../tests/golden/engine-0.5.json"),
    };
    let entries: Vec<BTreeMap<String, String>> = serde_json::from_str(text).unwrap();
    let get = |entry: &BTreeMap<String, String>, key| entry.get(key).cloned().unwrap_or_default();
    let read = |entry: &BTreeMap<String, String>| Golden {
        from: get(entry, "from"),
        kind: get(entry, "type"),
        bytes: unhex(&get(entry, "hex")),
        text: entry.get("text").cloned(),
    };
    entries.iter().map(read).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// A message as the fields that are not nil.
fn fields(bytes: &[u8]) -> BTreeMap<String, Value> {
    let Value::Map(map) = rmpv::decode::read_value(&mut &*bytes).unwrap() else { panic!("not a map") };
    let present = map.into_iter().filter(|(_, value)| !value.is_nil());
    present.map(|(key, value)| (key.as_str().unwrap().to_owned(), value)).collect()
}

fn encoded(generation: Generation, request: &Request<'_>, id: u32) -> BTreeMap<String, Value> {
    fields(&generation.encode(id, request).unwrap())
}

/// The same request as an official client sent, written by us.
fn rewritten(generation: Generation, theirs: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let text = |key: &str| theirs.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| theirs.get(key).and_then(Value::as_u64).unwrap_or_default();
    let chunk = |hash| Chunk {
        of: Transfer { hash: text(hash), total_chunks: number("total_chunks") },
        index: number("chunk_index"),
        data: theirs["chunk_data"].as_slice().unwrap(),
    };
    let hash = |key: &str| theirs.get(key).and_then(Value::as_str);
    let list = |key: &str| theirs.get(key).and_then(Value::as_array).cloned();
    let inputs = list("inputs").unwrap_or_default();
    let inputs: Vec<_> = inputs.iter().filter_map(Value::as_str).collect();
    let budgets: Option<Vec<_>> = list("token_budgets").map(|list| list.iter().filter_map(Value::as_u64).collect());
    let flag = |key: &str| theirs[key].as_bool().unwrap();
    let request = match text("type") {
        "auth_identify" => Request::AuthIdentify { username: text("username") },
        "auth_prove" => Request::AuthProve { signature: text("signature") },
        "auth_by_token" => Request::AuthByToken { token: text("token") },
        "ping" => Request::Ping,
        "query" => Request::Query { subject: text("subject"), record: text("record") },
        "check_program" => Request::CheckProgram {
            name: text("name"),
            version: text("version"),
            wasm_hash: hash("wasm_hash"),
            manifest_hash: hash("manifest_hash"),
        },
        "add_program" => Request::AddProgram {
            manifest: text("manifest"),
            force_overwrite: flag("force_overwrite"),
            chunk: chunk("program_hash"),
        },
        "launch_process" => Request::LaunchProcess {
            inferlet: text("inferlet"),
            input: text("input"),
            capture_outputs: flag("capture_outputs"),
            token_budget: theirs.get("token_budget").and_then(Value::as_u64),
        },
        "launch_processes" => Request::LaunchProcesses {
            inferlet: text("inferlet"),
            inputs: &inputs,
            capture_outputs: flag("capture_outputs"),
            token_budgets: budgets.as_deref(),
        },
        "list_processes" => Request::ListProcesses,
        "terminate_process" => Request::TerminateProcess { process_id: text("process_id") },
        "signal_process" => Request::SignalProcess { process_id: text("process_id"), message: text("message") },
        "register_mcp_server" => Request::RegisterMcpServer { name: text("name"), transport: text("transport") },
        "mcp_response" => Request::McpResponse { ok: flag("ok"), result: text("result") },
        "transfer_file" => Request::TransferFile { process_id: text("process_id"), chunk: chunk("file_hash") },
        other => panic!("no such request: {other}"),
    };
    encoded(generation, &request, u32::try_from(number("corr_id")).unwrap())
}

#[test]
fn we_write_what_the_official_clients_write() {
    for generation in [Generation::G1, Generation::G2] {
        let requests: Vec<_> = golden(generation).into_iter().filter(|frame| frame.from == "client").collect();
        assert!(requests.len() > 8);
        for frame in requests {
            let mut theirs = fields(&frame.bytes);
            // How a server is started is for us alone to know.
            theirs.retain(|key, _| key != "command" && key != "args");
            assert_eq!(rewritten(generation, &theirs), theirs, "{}", frame.kind);
        }
    }
}

#[test]
fn we_read_what_the_engines_write() {
    for generation in [Generation::G1, Generation::G2] {
        for frame in golden(generation).iter().filter(|frame| frame.from == "engine") {
            let incoming = frame.text.as_ref().map_or_else(|| decode_binary(&frame.bytes), |text| decode_text(text));
            let known = matches!(
                (&*frame.kind, &incoming),
                ("response", Incoming::Response { .. })
                    | ("process_event", Incoming::Event { .. })
                    | ("file", Incoming::File(_))
                    | ("mcp_request", Incoming::McpRequest(_))
                    | ("", Incoming::TurnDone | Incoming::Complaint(_))
            );
            assert!(known, "{}: {incoming:?}", frame.kind);
        }
    }
}

#[test]
fn a_message_has_its_type_first_and_no_absent_fields() {
    let bytes = Generation::G1.encode(300, &Request::Ping).unwrap();
    assert_eq!(bytes, b"\x82\xa4type\xa4ping\xa7corr_id\xcd\x01\x2c");
    let launch = Request::LaunchProcess { inferlet: "a@1.0.0", input: "{}", capture_outputs: true, token_budget: None };
    assert!(!encoded(Generation::G1, &launch, 1).contains_key("token_budget"));
}

#[test]
fn what_a_generation_lacks_is_refused_by_name() {
    let error = Generation::G2.encode(1, &Request::AuthByToken { token: "secret" }).unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    assert!(error.message().contains("auth_by_token") && error.message().contains("0.5"), "{error}");
    assert!(!error.message().contains("secret"));
    let launch = Request::LaunchProcess { inferlet: "a", input: "{}", capture_outputs: true, token_budget: Some(1) };
    assert_eq!(Generation::G2.encode(1, &launch).unwrap_err().code(), Code::Unsupported);
}

#[test]
#[cfg_attr(miri, ignore = "megabytes take minutes")]
fn a_message_above_the_engines_limit_is_refused_with_the_limit() {
    for (generation, limit) in [(Generation::G1, 16_777_216), (Generation::G2, 7_340_032)] {
        let message = "x".repeat(limit);
        let error = generation.encode(0, &Request::SignalProcess { process_id: "p", message: &message }).unwrap_err();
        assert_eq!(error.code(), Code::TooLarge);
        assert!(error.message().contains(&limit.to_string()), "{error}");
    }
}

#[test]
fn an_mcp_request_is_answered_under_the_engines_id() {
    let asked = golden(Generation::G1).into_iter().find(|frame| frame.kind == "mcp_request").unwrap();
    let Incoming::McpRequest(asked) = decode_binary(&asked.bytes) else { panic!("no request") };
    assert_eq!((asked.corr_id, &*asked.server, &*asked.method, &*asked.params), (1, "demo", "tools/list", "{}"));
    for request in
        [Request::McpResponse { ok: true, result: "{}" }, Request::RegisterMcpServer { name: "a", transport: "stdio" }]
    {
        let error = Generation::G2.encode(1, &request).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
        assert!(error.message().contains("0.5"), "{error}");
    }
}

fn message(fields: &[(&str, Value)]) -> Vec<u8> {
    let map = fields.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &Value::Map(map)).unwrap();
    bytes
}

/// A request to a server of this name.
pub(crate) fn mcp_request(server: &str) -> Vec<u8> {
    message(&[
        ("type", "mcp_request".into()),
        ("corr_id", 1.into()),
        ("process_id", "p".into()),
        ("server_name", server.into()),
        ("method", "m".into()),
        ("params", "{}".into()),
    ])
}

/// The answer to a request.
pub(crate) fn response(corr_id: u64, ok: bool, result: &str) -> Vec<u8> {
    let (ok, result) = (ok.into(), result.into());
    message(&[("type", "response".into()), ("corr_id", corr_id.into()), ("ok", ok), ("result", result)])
}

/// Something that a process did.
pub(crate) fn event(process_id: &str, name: &str, value: &str) -> Vec<u8> {
    let (id, name, value) = (process_id.into(), name.into(), value.into());
    message(&[("type", "process_event".into()), ("process_id", id), ("event", name), ("value", value)])
}

/// The type and the correlation id of a request.
pub(crate) fn request(bytes: &[u8]) -> (String, u64) {
    let fields = fields(bytes);
    let corr_id = fields.get("corr_id").and_then(Value::as_u64).unwrap_or_default();
    (fields["type"].as_str().unwrap().to_owned(), corr_id)
}

#[test]
fn key_order_unknown_fields_and_trailing_bytes_do_not_matter() {
    let mut bytes = message(&[
        ("new", Value::Map(vec![("deep".into(), Value::Array(vec![1.into()]))])),
        ("result", "Pong".into()),
        ("ok", true.into()),
        ("corr_id", 7.into()),
        ("type", "response".into()),
    ]);
    bytes.extend_from_slice(b"rest");
    assert_eq!(decode_binary(&bytes), Incoming::Response { corr_id: 7, ok: true, result: "Pong".into() });
}

#[test]
fn fields_that_we_do_not_know_may_be_anything() {
    let sizes = [1, 2, 4, 8, 16, 3, 300, 70_000];
    let mut values: Vec<_> = sizes.map(|size| Value::Ext(5, vec![0x91; size])).into();
    values.extend([Value::Nil, true.into(), (-1).into(), (-1000).into(), i64::MIN.into(), u64::MAX.into()]);
    values.extend([Value::F32(0.5), Value::F64(0.5), "x".repeat(300).into(), Value::Binary(vec![0x91; 70_000])]);
    values.extend([
        Value::Array(values.clone()),
        Value::Map(values.iter().map(|value| ("type".into(), value.clone())).collect()),
    ]);
    values.extend([Value::Array(vec![1.into(); 70_000]), Value::Array(vec![])]);
    for value in values {
        let bytes = message(&[("new", value), ("type", "response".into()), ("corr_id", 7.into()), ("ok", true.into())]);
        assert_eq!(decode_binary(&bytes), Incoming::Response { corr_id: 7, ok: true, result: "".into() });
    }
}

#[test]
fn a_number_may_have_any_width_that_it_fits_in() {
    let response = |number: &[u8]| [b"\x83\xa4type\xa8response\xa2ok\xc3\xa7corr_id", number].concat();
    for number in [
        &b"\x07"[..],
        b"\xcc\x07",
        b"\xcd\0\x07",
        b"\xce\0\0\0\x07",
        b"\xcf\0\0\0\0\0\0\0\x07",
        b"\xd0\x07",
        b"\xd1\0\x07",
        b"\xd2\0\0\0\x07",
        b"\xd3\0\0\0\0\0\0\0\x07",
    ] {
        assert_eq!(decode_binary(&response(number)), Incoming::Response { corr_id: 7, ok: true, result: "".into() });
    }
    for number in [
        &b"\xff"[..],
        b"\xd0\xff",
        b"\xd3\xff\0\0\0\0\0\0\x07",
        b"\xcf\0\0\0\x01\0\0\0\0",
        b"\xca\0\0\0\0",
        b"\xce\0\0",
    ] {
        assert!(matches!(decode_binary(&response(number)), Incoming::Skipped(_)), "{number:x?}");
    }
}

#[test]
fn text_may_be_binary_and_broken_text_is_mended() {
    let event = |value: Value| {
        message(&[
            ("type", "process_event".into()),
            ("process_id", "p".into()),
            ("event", "stdout".into()),
            ("value", value),
        ])
    };
    let expected =
        |value: &'static str| Incoming::Event { process_id: "p".into(), name: "stdout".into(), value: value.into() };
    assert_eq!(decode_binary(&event(Value::Binary(b"bin".to_vec()))), expected("bin"));
    assert_eq!(decode_binary(&event(Value::Nil)), expected(""));
    let mut broken = event("ab".into());
    let last = broken.len() - 1;
    broken[last] = 0xff;
    assert_eq!(decode_binary(&broken), expected("a\u{fffd}"));
}

#[test]
fn what_is_nested_deep_takes_little_stack() {
    let decoding = std::thread::Builder::new().stack_size(512 << 10).spawn(|| {
        for deep in [b"\x91".repeat(10_000), b"\x81\xa1x".repeat(10_000), b"\x81\xa4type".repeat(10_000)] {
            assert!(matches!(decode_binary(&deep), Incoming::Skipped(_)));
        }
    });
    decoding.unwrap().join().unwrap();
}

#[test]
fn whatever_else_comes_is_skipped() {
    let missing = message(&[("type", "response".into()), ("corr_id", 1.into())]);
    let unknown = message(&[("type", "news".into()), ("corr_id", 1.into())]);
    let wrong = message(&[("type", "response".into()), ("corr_id", "one".into()), ("ok", true.into())]);
    let deep = vec![0x91; 100_000];
    for bytes in
        [&b""[..], b"\xc1", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", &missing, &unknown, &wrong, &deep]
    {
        assert!(matches!(decode_binary(bytes), Incoming::Skipped(_)), "{:x?}", &bytes[..bytes.len().min(40)]);
    }
    for text in ["", "{}", "[]", r#"{"type":"news"}"#, "\u{fffd}"] {
        assert!(matches!(decode_text(text), Incoming::Skipped(_)), "{text}");
    }
}
