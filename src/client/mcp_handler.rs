//! MCP servers within the host: requests become events, and the host answers them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::event::EventKind;
use super::mcp_request::Load;
use super::{Event, EventQueue, McpRequest, Process};
use crate::mcp::{SERVER_ERROR, error_object};
use crate::queue::{Lane, Wake};
use crate::runtime::{Birth, Runtime};

/// A server within the host.
#[derive(Debug)]
pub struct Handler {
    name: String,
    queue: Arc<EventQueue>,
    lane: Arc<Lane>,
    tag: u64,
    birth: Birth,
    sequence: AtomicU64,
    load: Arc<Load>,
    registered: Arc<AtomicBool>,
    /// How long the host may take; `None` = for ever.
    time: Option<Duration>,
}

impl Handler {
    /// Its requests go to this queue with this tag.
    pub fn new(name: &str, queue: Arc<EventQueue>, lane: Arc<Lane>, tag: u64, time: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            queue,
            lane,
            tag,
            birth: Birth::now(),
            sequence: AtomicU64::new(0),
            load: Arc::default(),
            registered: Arc::new(AtomicBool::new(true)),
            time,
        })
    }

    /// Where its requests go.
    pub fn queue(&self) -> &Arc<EventQueue> {
        &self.queue
    }

    /// Whether it is still registered, for those who ask later.
    pub fn registered(&self) -> &Arc<AtomicBool> {
        &self.registered
    }

    /// Queues a request, or answers it when too many wait; gives who is to be told. For the I/O thread alone: it numbers them.
    pub fn take(
        &self,
        request: Arc<McpRequest>,
        method: &str,
        params: &str,
        process: Option<Arc<Process>>,
        runtime: &Runtime,
    ) -> Wake {
        let charge = Lane::charge(method.len() + params.len());
        let place = self.load.take();
        let refusal = if place.is_none() {
            Some(Load::refusal(&self.name))
        } else {
            let name = &self.name;
            (!self.lane.has_room(charge))
                .then(|| format!("queue_max_bytes of requests wait for the MCP server '{name}'"))
        };
        if let Some(text) = refusal {
            request.settle(&Err(error_object(SERVER_ERROR, &text)));
            return Wake::default();
        }
        place.into_iter().for_each(|place| request.occupy(place));
        if let Some(time) = self.time {
            let timer = runtime.handle().spawn(expire(time, Arc::downgrade(&request)));
            request.watch(timer.abort_handle());
        }
        self.queue.push(&self.lane, self.event(request, method, params, process), charge)
    }

    fn event(&self, request: Arc<McpRequest>, method: &str, params: &str, process: Option<Arc<Process>>) -> Event {
        Event {
            process,
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed),
            data: params.into(),
            name: Some(method.replace('\0', "\u{fffd}")),
            request: Some(request),
            ..Event::new(EventKind::McpRequest, self.birth, self.tag)
        }
    }

    /// Takes no more requests; those that wait in the queue are answered with an error.
    pub fn end(&self) {
        self.registered.store(false, Ordering::Relaxed);
        self.queue.close_lane(&self.lane);
    }
}

async fn expire(time: Duration, request: Weak<McpRequest>) {
    tokio::time::sleep(time).await;
    request.upgrade().iter().for_each(|request| request.expire());
}
