//! The relay of MCP requests to the client.

use crate::messages;
use crate::session::Session;
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::oneshot;

#[derive(Default)]
pub struct Relay {
    servers: Mutex<Vec<String>>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    last_id: u32,
    answers: HashMap<u32, oneshot::Sender<Result<String, String>>>,
}

impl Relay {
    /// Registers anything, even a name that is taken, as the real engines do.
    pub fn register(&self, name: String) {
        self.servers.lock().unwrap().push(name);
    }

    fn knows(&self, name: &str) -> bool {
        self.servers.lock().unwrap().iter().any(|server| server == name)
    }

    fn expect(&self) -> (u32, oneshot::Receiver<Result<String, String>>) {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap();
        waiting.last_id += 1;
        let id = waiting.last_id;
        waiting.answers.insert(id, sender);
        (id, receiver)
    }

    /// An answer to nothing is dropped.
    pub fn answered(&self, corr_id: u32, answer: Result<String, String>) {
        let waiting = self.waiting.lock().unwrap().answers.remove(&corr_id);
        if let Some(sender) = waiting {
            let _ = sender.send(answer);
        }
    }
}

/// Asks the client, and waits for its answer as long as it takes.
pub async fn request(
    session: &Session,
    process: &str,
    server: &str,
    method: &str,
    params: &str,
) -> Result<String, String> {
    if !session.relay.knows(server) {
        let message = format!("MCP server '{server}' not registered");
        return Err(serde_json::json!({"code": -1, "message": message}).to_string());
    }
    let (corr_id, answer) = session.relay.expect();
    session.event(messages::mcp_request(corr_id, process, server, method, params));
    match answer.await {
        Ok(answer) => answer,
        Err(_) => std::future::pending().await,
    }
}
