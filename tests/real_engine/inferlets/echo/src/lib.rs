//! Does what its input says: `{"ops": [["send", "hello"], ["recv", 0], …]}`, the operations of
//! `tests/engine/README.md`. Any other input is returned as it is.
use inferlet::{Result, session};
use serde_json::Value;
use std::future::{Future, poll_fn};
use std::io::Write;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

const GONE: &str = "nothing more can arrive: the connection of this process is gone";

/// How long the engine may take to note whose process this is, or a wait that has begun: it does so beside whatever the
/// inferlet does next.
const SETTLING: Duration = Duration::from_millis(25);

/// The engine drops a file that comes while nobody waits for one. So a message right before a file operation, by
/// which the script says that it is ready, leaves only some time after the wait has begun.
async fn receive_file(ready: Option<&str>) -> Result<Vec<u8>> {
    let mut file = pin!(session::receive_file());
    if let Some(ready) = ready {
        let mut settled = pin!(inferlet::sleep(SETTLING));
        let both = |context: &mut Context<'_>| match file.as_mut().poll(context) {
            Poll::Pending => settled.as_mut().poll(context).map(|()| None),
            over => over.map(Some),
        };
        if let Some(file) = poll_fn(both).await {
            return Ok(file.ok_or(GONE)?);
        }
        session::send(ready);
    }
    Ok(file.await.ok_or(GONE)?)
}

fn is_file_operation(op: &Value) -> bool {
    matches!(op[0].as_str(), Some("recv_file" | "echo_file"))
}

#[inferlet::main]
async fn main(input: String) -> Result<String> {
    let script: Value = serde_json::from_str(&input).unwrap_or_default();
    // What a process says before the engine has noted whose it is, its return too, is lost. A signal comes after that.
    if script["ops"][0][0] != "recv" {
        inferlet::sleep(SETTLING).await;
    }
    let Some(ops) = script["ops"].as_array() else {
        return Ok(input);
    };
    let mut ready = None;
    for (i, op) in ops.iter().enumerate() {
        let arg = &op[1];
        let text = arg.as_str().unwrap_or_default();
        let count = arg.as_u64().unwrap_or_default() as usize;
        match op[0].as_str().unwrap_or_default() {
            "print" => {
                print!("{text}");
                let _ = std::io::stdout().flush();
            }
            "eprint" => eprint!("{text}"),
            "send" if ops.get(i + 1).is_some_and(is_file_operation) => ready = Some(text),
            "send" => session::send(text),
            "sendn" => (0..count).for_each(|i| session::send(&i.to_string())),
            "sendbig" => session::send(&"x".repeat(count)),
            "recv" => {
                let signal = session::receive().await.ok_or(GONE)?;
                session::send(&format!("got:{signal}"));
            }
            "recv_file" => {
                let file = receive_file(ready.take()).await?;
                session::send(&format!("file:{}:{}", file.len(), blake3::hash(&file).to_hex()));
            }
            "echo_file" => session::send_file(&receive_file(ready.take()).await?),
            "send_file" => session::send_file(&(0..count).map(|i| (i % 251) as u8).collect::<Vec<u8>>()),
            "send_file_as" => session::send_file_as(b"hello file", text),
            "sleep" => {
                let seconds = arg.as_f64().unwrap_or_default();
                inferlet::sleep(Duration::try_from_secs_f64(seconds).unwrap_or_default()).await;
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
