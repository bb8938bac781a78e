//! JSON texts that go through untouched, and the error objects of JSON-RPC.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{from_str, json};

use super::SERVER_ERROR;

/// Whether a text is JSON; if not, why.
pub fn check(text: &str) -> Result<(), String> {
    from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| format!("it is not JSON: {error}"))
}

/// An error object.
pub fn error_object(code: i64, message: &str) -> String {
    json!({"code": code, "message": message}).to_string()
}

/// The error object that a text is or, where it is a JSON string, that has it as its message.
pub fn check_error_object(text: &str) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Shape {
        #[serde(rename = "code")]
        _code: i64,
        #[serde(rename = "message")]
        _message: String,
    }
    check(text)?;
    if let Ok(message) = from_str::<String>(text) {
        return Ok(error_object(SERVER_ERROR, &message));
    }
    let shape = text.trim_start().starts_with('{').then(|| from_str::<Shape>(text));
    match shape {
        Some(Ok(_)) => Ok(text.to_owned()),
        _ => {
            Err("it is no error object; give {\"code\":-32000,\"message\":\"…\"}, or a JSON string as the message"
                .into())
        }
    }
}
