//! Who is next, of those that can only go one at a time: first come, first served.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Poll, Waker};

use crate::error::Result;
use crate::runtime::Birth;
use crate::wait::{Deadline, lock};

/// A line of those that wait.
#[derive(Debug, Default)]
pub struct Line(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    last: u64,
    taken: VecDeque<(u64, Option<Waker>)>,
}

/// A place in a line, until dropped.
#[derive(Debug)]
pub struct Place<'a> {
    line: &'a Line,
    number: u64,
    birth: Birth,
}

impl Line {
    /// Takes the next place.
    pub fn line_up(&self) -> Place<'_> {
        let mut places = lock(&self.0);
        places.last += 1;
        let number = places.last;
        places.taken.push_back((number, None));
        Place { line: self, number, birth: Birth::now() }
    }

    /// Has all that wait look again whether they still want to.
    pub fn wake(&self) {
        let wakers: Vec<_> = lock(&self.0).taken.iter_mut().filter_map(|place| place.1.take()).collect();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Place<'_> {
    /// Its number, from 1 on.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Waits until all that came before are done; tells whether that was in time. What `go_on` refuses ends the wait.
    pub async fn turn(&self, deadline: Deadline, go_on: impl Fn() -> Result<()>) -> Result<bool> {
        poll_fn(|context| {
            let mut places = lock(&self.line.0);
            if places.taken.front().is_some_and(|first| first.0 == self.number) {
                return Poll::Ready(Ok(true));
            }
            let mine = places.taken.iter_mut().find(|place| place.0 == self.number);
            mine.into_iter().for_each(|place| place.1 = Some(context.waker().clone()));
            drop(places);
            match go_on() {
                Err(why) => Poll::Ready(Err(why)),
                Ok(()) if deadline.is_over() => Poll::Ready(Ok(false)),
                Ok(()) => Poll::Pending,
            }
        })
        .await
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // In a forked child a thread that it lacks may hold the lock.
        if self.birth.is_inherited() {
            return;
        }
        let mut places = lock(&self.line.0);
        places.taken.retain(|place| place.0 != self.number);
        let next = places.taken.front_mut().and_then(|first| first.1.take());
        drop(places);
        next.into_iter().for_each(Waker::wake);
    }
}
