use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;

use super::{Lane, Mode, Queue, QueueHandle, Received, Wakes, Wakeup};
use crate::runtime::Member;
use crate::wait::{Deadline, block_on, within};

const NOW: Duration = Duration::ZERO;

fn now() -> Deadline {
    Deadline::after(NOW)
}

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
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
fn a_receive_that_is_being_woken_is_not_woken_again() {
    let handle = Queue::with_handle();
    let (queue, lane) = (Arc::clone(handle.queue()), Lane::new(1, 100));
    let receiver = thread::spawn({
        let queue = Arc::clone(&queue);
        move || (queue.receive(Deadline::Never), queue.receive(Deadline::Never), queue.receive(Deadline::Never))
    });
    let waits = || queue.lock().receivers == 1;
    wait_until(waits);
    let (first, second) = (queue.push(&lane, 1, 1), queue.push(&lane, 2, 1));
    assert!(!first.is_nobodys() && second.is_nobodys());
    assert!(waits(), "nobody was woken yet");
    first.fire();
    wait_until(|| lane.is_empty() && waits());
    let third = queue.push(&lane, 3, 1);
    assert!(!third.is_nobodys(), "it waits again");
    drop(third);
    assert_eq!(receiver.join().unwrap(), (Received::Item(1), Received::Item(2), Received::Item(3)));
}

#[test]
fn wakeups_are_left_when_receivers_are_told() {
    let handle = Queue::with_handle();
    let (queue, lane) = (Arc::clone(handle.queue()), Lane::new(1, 100));
    let (tell, told) = mpsc::channel();
    queue.set_wakeup(Some(Wakeup::new(move || tell.send(()).unwrap()))).unwrap();
    let receiver = thread::spawn({
        let queue = Arc::clone(&queue);
        move || queue.receive(Deadline::Never)
    });
    wait_until(|| queue.lock().receivers == 1);
    let mut wakes = Wakes::default();
    wakes.add(queue.push(&lane, 7, 1));
    let wakeups = wakes.into_wakeups();
    assert_eq!(receiver.join().unwrap(), Received::Item(7));
    assert!(wakeups.len() == 1 && told.try_recv().is_err());
    wakeups[0].fire();
    told.try_recv().unwrap();
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

#[test]
fn abandoned_lanes_are_swept_seldom_and_never_outweigh_what_is_left() {
    const LANES: usize = if cfg!(miri) { 20 } else { 500 };
    let handle = Queue::with_handle();
    let (queue, lanes) = (handle.queue(), (0..LANES).map(|_| Lane::new(1, 1000)).collect::<Vec<_>>());
    let values: Vec<_> = (0..2 * LANES).map(Arc::new).collect();
    for (lane, value) in lanes.iter().cycle().zip(&values) {
        queue.push(lane, Arc::clone(value), 1).fire();
    }
    let kept = || values.iter().filter(|value| Arc::strong_count(value) > 1).count();
    let (mut before, mut sweeps) = (kept(), 0);
    for (index, lane) in lanes.iter().enumerate() {
        queue.abandon_lane(lane);
        let left = 2 * (LANES - index - 1);
        assert!(kept() <= 2 * left, "{} of {left}", kept());
        sweeps += usize::from(kept() < before);
        before = kept();
    }
    assert!(sweeps > 0 && sweeps < 20, "{sweeps} of {LANES} looked at all items");
    assert_eq!(queue.receive(now()), Received::Empty);
}

#[test]
fn abandoned_items_are_skipped_and_dropped() {
    let handle = Queue::with_handle();
    let (queue, gone, left) = (handle.queue(), Lane::new(1, 1000), Lane::new(1, 1000));
    let values: Vec<_> = (0..9).map(Arc::new).collect();
    for (lane, value) in [&gone, &left, &left].into_iter().cycle().zip(&values) {
        queue.push(lane, Arc::clone(value), 1).fire();
    }
    queue.abandon_lane(&gone);
    queue.abandon_lane(&gone);
    queue.push(&gone, Arc::clone(&values[0]), 1).fire();
    let taken = |received| match received {
        Received::Item(values) => values,
        other => panic!("{other:?}"),
    };
    assert_eq!(queue.receive(now()), Received::Item(Arc::clone(&values[1])));
    assert_eq!(taken(queue.receive_batch(now(), 2)), [Arc::clone(&values[2]), Arc::clone(&values[4])]);
    assert_eq!(taken(queue.receive_batch(now(), 9)).len(), 3);
    assert_eq!(queue.receive(now()), Received::Empty);
    assert!(values.iter().all(|value| Arc::strong_count(value) == 1));
}

#[test]
fn a_large_item_goes_with_its_abandoned_lane() {
    let handle = Queue::with_handle();
    let (queue, value, others) = (handle.queue(), Arc::new(0), Lane::new(1, 1 << 20));
    (0..100).for_each(|i| queue.push(&others, Arc::new(i), 32).fire());
    for charged in [true, false] {
        let lane = Lane::new(1, 1 << 20);
        lane.note_last(if charged { 0 } else { 10_000 });
        queue.push(&lane, Arc::clone(&value), if charged { 10_000 } else { 0 }).fire();
        queue.abandon_lane(&lane);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn a_queue_without_room_keeps_what_needs_none() {
    let handle = Queue::without_room();
    let lane = handle.queue().lane(1, 1000, false);
    assert!(!lane.has_room(Lane::charge(0)));
    handle.queue().push(&lane, 1, 0).fire();
    assert_eq!(handle.queue().receive(now()), Received::Item(1));
}

#[test]
fn an_event_takes_no_more_than_the_header_says() {
    // A queue grows by doubling; an empty name is a block of its own.
    let place = 2 * size_of::<super::state::Item<crate::client::Event>>() + 32;
    assert!(place <= 16 * Lane::charge(0), "{place}");
}

/// Whether it was notified since the last look.
fn is_told(room: &Notify) -> bool {
    block_on(within(now(), room.notified()), now()).is_some()
}

/// A queue whose lane is full, and somebody who waits for room of 30 in it.
fn full() -> (QueueHandle<i32>, Arc<Lane>, Arc<Notify>) {
    let (handle, lane, room) = (Queue::with_handle(), Lane::new(1, 100), Arc::new(Notify::new()));
    (0..3).for_each(|i| handle.queue().push(&lane, i, 32).fire());
    assert!(!handle.queue().has_room_or_tells(&lane, 30, &room));
    assert!(!is_told(&room));
    (handle, lane, room)
}

#[test]
fn whatever_makes_room_tells_who_waits_for_it() {
    type Way = fn(&QueueHandle<i32>, &Arc<Lane>);
    let ways: [Way; 6] = [
        |handle, _| assert_eq!(handle.queue().receive(now()), Received::Item(0)),
        |handle, _| assert_eq!(handle.queue().receive_batch(now(), 3), Received::Item(vec![0, 1, 2])),
        |handle, lane| handle.queue().discard(lane),
        |handle, lane| handle.queue().close_lane(lane),
        |handle, lane| handle.queue().abandon_lane(lane),
        |handle, _| {
            handle.queue().set_callback(Mode::Manual, Arc::new(drop)).unwrap();
            assert_eq!(handle.queue().dispatch(1).unwrap(), 1);
        },
    ];
    for way in ways {
        let (handle, lane, room) = full();
        way(&handle, &lane);
        assert!(is_told(&room));
        assert!(handle.queue().has_room_or_tells(&lane, 30, &room));
    }
    let (handle, _, room) = full();
    let second = handle.clone();
    drop(handle);
    assert!(!is_told(&room), "one handle is left");
    drop(second);
    assert!(is_told(&room));
}

#[test]
fn who_waits_is_told_once_and_only_when_there_is_room() {
    let (handle, lane, room) = full();
    let other = Lane::new(1, 100);
    handle.queue().push(&other, 9, 32).fire();
    assert!(!handle.queue().has_room_or_tells(&lane, 60, &room), "now it wants more");
    handle.queue().close_lane(&other);
    assert!(!is_told(&room), "room of another one");
    assert_eq!(handle.queue().receive(now()), Received::Item(0));
    assert!(!is_told(&room), "36 of 60");
    assert_eq!(handle.queue().receive(now()), Received::Item(1));
    assert!(is_told(&room));
    assert_eq!(handle.queue().receive(now()), Received::Item(2));
    assert!(!is_told(&room));
}

#[test]
fn a_queue_is_untouched_until_somebody_means_to_empty_it() {
    let handle: QueueHandle<i32> = Queue::with_handle();
    assert!(handle.queue().is_untouched());
    let second = handle.clone();
    assert!(!handle.queue().is_untouched());
    drop(second);
    assert!(handle.queue().is_untouched());
    assert_eq!(handle.queue().receive(now()), Received::Empty);
    assert!(!handle.queue().is_untouched());
}
