//! What several asynchronous calls send is held, to leave together.

use super::launches::{ID, next, send};
use super::*;
use crate::runtime::first_look;
use crate::wire::tests::response;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

/// An engine that answers each request when it has this many.
fn answering_each(count: usize) -> Arc<Connection> {
    connected(move |mut server| {
        let mut asked = Vec::new();
        while let Some((_, id)) = next(&mut server) {
            asked.push(id);
            if asked.len() == count {
                asked.drain(..).for_each(|id| send(&mut server, response(id, true, ID)));
            }
        }
    })
}

/// Sooner than a ping of the keepalive would take it along.
fn soon() -> Deadline {
    Deadline::after(LONG / 6)
}

/// The first look of an asynchronous call.
fn begin<T>(call: Pin<&mut impl Future<Output = T>>) {
    first_look(|| assert!(call.poll(&mut Context::from_waker(Waker::noop())).is_pending()));
}

#[test]
fn what_is_held_leaves_when_one_of_the_calls_goes_on() {
    let connection = answering_each(3);
    let until = soon();
    let mut pings = [(); 3].map(|()| Box::pin(connection.ping(until)));
    pings.iter_mut().for_each(|ping| begin(ping.as_mut()));
    for ping in pings {
        block_on(ping, until).unwrap();
    }
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn what_is_held_leaves_when_its_call_is_given_up() {
    let connection = answering_each(2);
    let until = soon();
    let mut first = pin!(connection.ping(until));
    begin(first.as_mut());
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut second = Box::pin(connection.ping(until));
    begin(second.as_mut());
    drop(second);
    block_on(first, until).unwrap();
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn what_is_held_does_not_count_as_waiting_for_the_engine() {
    let connection = answering_each(1);
    let (socket, large) = (connection.socket(), vec![0; 1000]);
    for _ in 0..3 {
        socket.hold(large.clone(), 500).unwrap();
    }
    socket.send(large, 500).unwrap();
    socket.begin_close();
}
