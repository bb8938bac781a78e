//! Does what its input says: `{"ops": [["send", "hello"], ["recv", 0], …]}`, the operations of
//! `tests/engine/README.md`. Any other input is returned as it is.
use inferlet::{Result, session};
use serde_json::Value;
use std::io::Write;

const GONE: &str = "nothing more can arrive: the connection of this process is gone";

#[inferlet::main]
async fn main(input: String) -> Result<String> {
    let script: Value = serde_json::from_str(&input).unwrap_or_default();
    let Some(ops) = script["ops"].as_array() else {
        return Ok(input);
    };
    for op in ops {
        let arg = &op[1];
        let text = arg.as_str().unwrap_or_default();
        let count = arg.as_u64().unwrap_or_default() as usize;
        match op[0].as_str().unwrap_or_default() {
            "print" => {
                print!("{text}");
                let _ = std::io::stdout().flush();
            }
            "eprint" => eprint!("{text}"),
            "send" => session::send(text),
            "sendn" => (0..count).for_each(|i| session::send(&i.to_string())),
            "sendbig" => session::send(&"x".repeat(count)),
            "recv" => {
                let signal = session::receive().await.ok_or(GONE)?;
                session::send(&format!("got:{signal}"));
            }
            "recv_file" => {
                let file = session::receive_file().await.ok_or(GONE)?;
                session::send(&format!("file:{}:{}", file.len(), blake3::hash(&file).to_hex()));
            }
            "echo_file" => session::send_file(&session::receive_file().await.ok_or(GONE)?),
            "send_file" => session::send_file(&(0..count).map(|i| (i % 251) as u8).collect::<Vec<u8>>()),
            "send_file_as" => session::send_file_as(b"hello file", text),
            "sleep" => {
                let seconds = arg.as_f64().unwrap_or_default();
                inferlet::sleep(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default()).await;
            }
            "raise" => return Err(text.into()),
            "panic" => {
                std::panic::set_hook(Box::new(|_| {})); // the engine's own text, nothing on standard error
                panic!("{text}")
            }
            "return" => return Ok(arg.as_str().map_or_else(|| arg.to_string(), String::from)),
            other => return Err(format!("unknown operation {other:?}")),
        }
    }
    Ok("done".into())
}
