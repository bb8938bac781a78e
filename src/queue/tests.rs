use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{Lane, Queue, Received};
use crate::runtime::Member;
use crate::wait::Deadline;

const NOW: Duration = Duration::ZERO;

fn now() -> Deadline {
    Deadline::after(NOW)
}

#[test]
fn items_leave_in_the_order_they_came() {
    let handle = Queue::with_handle();
    let (queue, lane) = (handle.queue(), Lane::new(1, 1000));
    (0..3).for_each(|i| queue.push(&lane, i, 1).fire());
    assert_eq!(queue.receive(now()), Received::Item(0));
    assert_eq!(queue.receive_batch(now(), 8), Received::Item(vec![1, 2]));
    assert_eq!(queue.receive(now()), Received::Empty);
}

#[test]
fn a_waiting_receive_gets_what_is_pushed() {
    let handle = Queue::with_handle();
    let queue = Arc::clone(handle.queue());
    let receiver = thread::spawn(move || queue.receive(Deadline::Never));
    handle.queue().push(&Lane::new(1, 10), "here", 4).fire();
    assert_eq!(receiver.join().unwrap(), Received::Item("here"));
}

#[test]
fn a_lane_is_charged_until_its_items_are_taken() {
    let handle = Queue::with_handle();
    let lane = Lane::new(1, 100);
    assert!(lane.has_room(1000), "one item alone may be larger than the budget");
    handle.queue().push(&lane, (), 60).fire();
    assert!(lane.has_room(40));
    assert!(!lane.has_room(41));
    handle.queue().receive(now());
    assert!(lane.has_room(1000));
}

#[test]
fn an_interrupt_comes_once_and_loses_nothing() {
    let handle = Queue::with_handle();
    handle.queue().push(&Lane::new(1, 10), 1, 1).fire();
    handle.queue().interrupt();
    handle.queue().interrupt();
    assert_eq!(handle.queue().receive(Deadline::Never), Received::Interrupted);
    assert_eq!(handle.queue().receive(Deadline::Never), Received::Item(1));
}

#[test]
fn the_end_comes_after_the_last_item_and_stays() {
    let handle = Queue::with_handle();
    handle.queue().push_last(&Lane::new(1, 10), 1, 1).fire();
    assert_eq!(handle.queue().receive(Deadline::Never), Received::Item(1));
    assert_eq!(handle.queue().receive(Deadline::Never), Received::Ended);
    assert_eq!(handle.queue().receive(Deadline::Never), Received::Ended);
}

#[test]
fn a_closed_lane_takes_its_items_along_and_no_others() {
    let handle = Queue::with_handle();
    let (one, other) = (Lane::new(1, 100), Lane::new(1, 100));
    handle.queue().push(&one, "one", 1).fire();
    handle.queue().push(&other, "other", 1).fire();
    handle.queue().close_lane(&one);
    handle.queue().push(&one, "late", 1).fire();
    assert_eq!(handle.queue().receive_batch(now(), 8), Received::Item(vec!["other"]));
}

#[test]
fn without_a_handle_nothing_is_kept() {
    let handle = Queue::with_handle();
    let (queue, value) = (Arc::clone(handle.queue()), Arc::new(()));
    let second = handle.clone();
    queue.push(&Lane::new(1, 10), Arc::clone(&value), 1).fire();
    drop(handle);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(second);
    queue.push(&Lane::new(1, 10), Arc::clone(&value), 1).fire();
    assert_eq!(Arc::strong_count(&value), 1);
    let revived = queue.handle();
    queue.push(&Lane::new(1, 10), Arc::clone(&value), 1).fire();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(revived);
}

#[test]
fn a_shut_queue_ends_every_wait() {
    let handle: super::QueueHandle<()> = Queue::with_handle();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(handle.queue());
            thread::spawn(move || queue.receive(Deadline::Never))
        })
        .collect();
    handle.queue().shut_down();
    assert!(waiting.into_iter().all(|thread| thread.join().unwrap() == Received::Shut));
}
