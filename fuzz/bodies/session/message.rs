//! Messages of an engine, in MessagePack.

#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Number(u64),
    Truth(bool),
}

pub(super) struct Message(Vec<u8>);

impl Message {
    /// A message of a kind with these fields.
    pub fn of(kind: &str, fields: &[(&str, Value<'_>)]) -> Vec<u8> {
        let mut message = Self(vec![0xde]);
        message.0.extend_from_slice(&(fields.len() as u16 + 1).to_be_bytes());
        message.field("type", Value::Text(kind.as_bytes()));
        fields.iter().for_each(|(name, value)| message.field(name, *value));
        message.0
    }

    pub fn response(corr_id: u32, ok: bool, result: &[u8]) -> Vec<u8> {
        let corr_id = Value::Number(corr_id.into());
        Self::of("response", &[("corr_id", corr_id), ("ok", Value::Truth(ok)), ("result", Value::Text(result))])
    }

    pub fn event(process: &str, name: &[u8], value: &[u8]) -> Vec<u8> {
        let process = Value::Text(process.as_bytes());
        let (name, value) = (Value::Text(name), Value::Text(value));
        Self::of("process_event", &[("process_id", process), ("event", name), ("value", value)])
    }

    fn field(&mut self, name: &str, value: Value<'_>) {
        self.value(Value::Text(name.as_bytes()));
        self.value(value);
    }

    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Text(text) => self.sized(0xdb, text),
            Value::Bytes(bytes) => self.sized(0xc6, bytes),
            Value::Number(number) => {
                self.0.push(0xcf);
                self.0.extend_from_slice(&number.to_be_bytes());
            }
            Value::Truth(truth) => self.0.push(0xc2 + u8::from(truth)),
        }
    }

    fn sized(&mut self, marker: u8, bytes: &[u8]) {
        self.0.push(marker);
        self.0.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }
}
