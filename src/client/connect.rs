//! Connecting.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::EventQueue;
use super::connection::{Client, Connection};
use super::establish::establish_within;
use super::io_task::run;
use super::news::{Attempt, News};
use crate::error::{Code, Error, Result};
use crate::options::Options;
use crate::runtime::{self, Member, Runtime, after_first_look};
use crate::transport::{Address, Reader};
use crate::wait::{Deadline, Promise, lock};
use crate::wire::Generation;

/// How much longer than its time limit the I/O thread is waited for.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// Connects to the engine at a URI; `news`: a queue and a tag for what happens to the connection.
pub async fn connect(
    uri: &str,
    options: &Options,
    deadline: Deadline,
    runtime: Arc<Runtime>,
    news: Option<(Arc<EventQueue>, u64)>,
) -> Result<Client> {
    let address = Address::parse(uri)?;
    if deadline.is_over() {
        return Err(Error::new(Code::TimedOut, "pie_client_connect: the time limit was over before anything was sent"));
    }
    let shown = address.shown();
    let promise = Promise::new();
    let answer = Answer(Mutex::new(Some(Arc::clone(&promise))));
    let (options, handle) = (options.clone(), runtime.handle().clone());
    let task = Aborting(handle.spawn(async move {
        let established = establish_within(deadline, &address, &options).await;
        let start = |(reader, generation)| start(reader, generation, (&address, &options), runtime, news);
        answer.give(established.map(start));
    }));
    // The task has the same limit and a better text.
    let patience = deadline.left().map_or(Deadline::Never, |left| Deadline::after(left + PATIENCE));
    after_first_look().await;
    let connected = promise.until(patience).await.unwrap_or_else(|| {
        Err(Error::new(Code::TimedOut, format!("pie_client_connect: {shown} did not answer within the time limit")))
    });
    drop(task);
    connected
}

/// A task that nobody needs any more once this is dropped.
struct Aborting(JoinHandle<()>);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers the connecting thread, at the latest when the runtime drops the task.
struct Answer(Mutex<Option<Arc<Promise<Result<Client>>>>>);

impl Answer {
    fn give(&self, answer: Result<Client>) {
        if let Some(promise) = lock(&self.0).take() {
            promise.keep(answer);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.give(Err(Error::new(Code::Closed, "pie_client_connect: the library was shut down meanwhile")));
    }
}

fn start(
    reader: Reader,
    generation: Generation,
    to: (&Address, &Options),
    runtime: Arc<Runtime>,
    news: Option<(Arc<EventQueue>, u64)>,
) -> Client {
    let handle = runtime.handle().clone();
    let connection = Connection::new(&reader, generation, to, runtime, News::new(news));
    let member: Arc<dyn Member> = Arc::clone(&connection) as _;
    runtime::enroll(Arc::downgrade(&member));
    handle.spawn(run(Arc::clone(&connection), reader));
    log::info!("connected to an engine of generation {}", generation.name());
    connection.news.tell(None, Attempt::default());
    Client::new(connection)
}
