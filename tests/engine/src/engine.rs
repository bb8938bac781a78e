//! The engine: its listener, and what its connections share.

use crate::config::Config;
use crate::connection;
use crate::processes::Processes;
use crate::programs::Programs;
use crate::stream::{Stream, server_config};
use rustls::ServerConfig;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// The real engine keeps them all, until it has no descriptors left.
const MAX_PARKED: usize = 64;

pub struct Shared {
    pub config: Config,
    pub programs: Programs,
    pub processes: Processes,
    pub connections: Connections,
    pub tls: Option<Arc<ServerConfig>>,
}

#[derive(Default)]
pub struct Connections {
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Ledger {
    open: usize,
    ended: Vec<&'static str>,
    parked: VecDeque<Stream>,
    /// How many connections there were with each query.
    queries: HashMap<String, usize>,
    /// How many messages of each type came, on all connections.
    messages: BTreeMap<String, usize>,
}

impl Connections {
    pub fn open(&self) -> usize {
        self.ledger.lock().unwrap().open
    }

    pub fn ended(&self) -> String {
        serde_json::to_string(&self.ledger.lock().unwrap().ended).expect("plain data")
    }

    pub fn add(&self) {
        self.ledger.lock().unwrap().open += 1;
    }

    /// Counts a connection; tells how many with the same query there were before.
    pub fn count(&self, query: &str) -> usize {
        let mut ledger = self.ledger.lock().unwrap();
        let count = ledger.queries.entry(query.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    pub fn note(&self, message_type: &str) {
        *self.ledger.lock().unwrap().messages.entry(message_type.to_owned()).or_default() += 1;
    }

    /// How often a connection was asked for, as a JSON number, and each type of message, as a JSON object.
    pub fn counts(&self) -> (String, String) {
        let ledger = self.ledger.lock().unwrap();
        let messages = serde_json::to_string(&ledger.messages).expect("plain data");
        (ledger.queries.values().sum::<usize>().to_string(), messages)
    }

    /// One that was never upgraded ends in no particular way.
    pub fn remove(&self, how: Option<&'static str>) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.open -= 1;
        ledger.ended.extend(how);
    }

    /// 0.4 never closes its side of a connection that its client has left.
    pub fn park(&self, stream: Stream) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.parked.push_back(stream);
        if ledger.parked.len() > MAX_PARKED {
            ledger.parked.pop_front();
        }
    }
}

/// A running engine. Dropped, it stops, and its connections end.
pub struct Engine {
    shared: Arc<Shared>,
    port: u16,
    runtime: Option<Runtime>,
}

impl Engine {
    /// # Panics
    /// Where the port is taken.
    pub fn start(config: Config) -> Self {
        Self::try_start(config).expect("the engine cannot listen")
    }

    pub fn try_start(config: Config) -> io::Result<Self> {
        let tls = config.tls.as_ref().map(server_config).transpose()?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let listener = {
            let _within = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (programs, processes, connections) = (Programs::new(), Processes::default(), Connections::default());
        let shared = Arc::new(Shared { config, programs, processes, connections, tls });
        runtime.spawn(accept(listener, shared.clone()));
        Ok(Self { shared, port, runtime: Some(runtime) })
    }

    pub fn uri(&self) -> String {
        format!("{}://127.0.0.1:{}", if self.shared.tls.is_some() { "wss" } else { "ws" }, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many TCP connections are open.
    pub fn connections(&self) -> usize {
        self.shared.connections.open()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // A failed accept is that client's trouble, or a lack of descriptors that may pass.
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection::serve(stream, shared.clone()))),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}
