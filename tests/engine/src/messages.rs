//! What the engine says, as the ordered fields of a map.

use rmpv::Value;

pub type Fields = Vec<(&'static str, Value)>;

pub const TURN_DONE: &str = r#"{"type":"turn_done"}"#;

pub fn response(corr_id: u32, ok: bool, result: &str) -> Fields {
    vec![("type", "response".into()), ("corr_id", corr_id.into()), ("ok", ok.into()), ("result", result.into())]
}

pub fn process_event(process_id: &str, event: &str, value: &str) -> Fields {
    vec![
        ("type", "process_event".into()),
        ("process_id", process_id.into()),
        ("event", event.into()),
        ("value", value.into()),
    ]
}

/// One chunk of a file. `name` is the field of that name, where the generation has one.
pub struct FileChunk<'a> {
    pub hash: &'a str,
    pub index: u64,
    pub total: u64,
    pub data: &'a [u8],
    pub name: Option<Value>,
}

pub fn file(process_id: &str, chunk: FileChunk) -> Fields {
    let mut fields = vec![
        ("type", "file".into()),
        ("process_id", process_id.into()),
        ("file_hash", chunk.hash.into()),
        ("chunk_index", chunk.index.into()),
        ("total_chunks", chunk.total.into()),
        ("chunk_data", Value::Binary(chunk.data.to_vec())),
    ];
    fields.extend(chunk.name.map(|name| ("name", name)));
    fields
}

pub fn mcp_request(corr_id: u32, process_id: &str, server: &str, method: &str, params: &str) -> Fields {
    vec![
        ("type", "mcp_request".into()),
        ("corr_id", corr_id.into()),
        ("process_id", process_id.into()),
        ("server_name", server.into()),
        ("method", method.into()),
        ("params", params.into()),
    ]
}

pub fn error_text(message: &str) -> String {
    let message = serde_json::Value::from(message);
    format!(r#"{{"type":"error","message":{message}}}"#)
}

/// A message of a type that no client knows.
pub fn unknown_message() -> Fields {
    vec![("type", "news".into()), ("headline", "nothing".into())]
}

/// An event of a name that no client knows, for a process that does not exist.
pub fn unknown_event() -> Fields {
    process_event("00000000-0000-4000-8000-00000000dead", "novelty", "nothing")
}

/// Fields that no client knows, of each kind a map can hold.
pub fn unknown_fields() -> Fields {
    let list = Value::Array(vec![Value::Nil, true.into(), Value::F64(0.5)]);
    let map = Value::Map(vec![("a".into(), Value::Binary(vec![0, 255])), (7.into(), (-1).into())]);
    vec![("x_list", list), ("x_map", map), ("x_ext", Value::Ext(5, vec![1, 2, 3]))]
}

pub fn encode(fields: Fields) -> Vec<u8> {
    let pairs = fields.into_iter().map(|(key, value)| (key.into(), value)).collect();
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &Value::Map(pairs)).expect("a vector takes any bytes");
    bytes
}
