//! Messages for processes whose launch reply has not come yet.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;

use super::stream::Lost;

/// How many messages are kept at most, and of how many processes anything is known.
const MOST: usize = 65_536;

/// A message of so many bytes is kept as the last of a stream even when there is no room; so is an id.
const SMALL: usize = 512;

/// How many processes are remembered whose messages nobody will claim.
const MOST_PAST: usize = 1024;

/// Kept while a launch is unanswered; nobody could claim them otherwise.
#[derive(Debug)]
pub struct Orphans {
    budget: usize,
    bytes: usize,
    count: usize,
    of: HashMap<String, Family>,
    /// A process has left no trace, and nobody knows which.
    is_overrun: bool,
    past: Past,
}

/// The latest processes that were known and are no more. What still comes of them would take the room of others as long as
/// one launch after the other is unanswered.
#[derive(Debug, Default)]
struct Past {
    ids: HashSet<String>,
    oldest_first: VecDeque<String>,
}

/// The messages of one process, in order.
#[derive(Debug, Default)]
pub struct Family {
    /// All that were kept, but for the last of the stream.
    pub frames: Vec<Bytes>,
    /// What had to be dropped behind them.
    pub lost: Lost,
    /// The last of the stream, if it came already.
    pub last: Option<Bytes>,
    /// The last of the stream came and was too large to keep, or may have come.
    pub is_cut: bool,
}

impl Orphans {
    /// Keeps up to so many bytes.
    pub fn new(budget: usize) -> Self {
        Self { budget, bytes: 0, count: 0, of: HashMap::new(), is_overrun: false, past: Past::default() }
    }

    /// Keeps a message, or counts it as lost when there is no room; of the last of a stream at least that it came. Tells
    /// whether the message left a trace, or needs none.
    #[must_use]
    pub fn keep(&mut self, process_id: &str, frame: &[u8], is_last: bool) -> bool {
        let is_full = self.count >= MOST || self.bytes.saturating_add(frame.len()) > self.budget;
        if self.past.ids.contains(process_id) {
            return true;
        }
        let has_no_room = self.of.len() >= MOST || (is_full && process_id.len() > SMALL);
        if has_no_room && !self.of.contains_key(process_id) {
            self.is_overrun = true;
            return false;
        }
        let family = self.of.entry(process_id.to_owned()).or_default();
        if family.last.is_some() || family.is_cut {
            return true;
        } else if is_last && is_full && frame.len() > SMALL {
            family.is_cut = true;
            return true;
        } else if !is_last && (is_full || family.lost.events > 0) {
            family.lost.events += 1;
            family.lost.bytes += frame.len() as u64;
            return true;
        }
        let kept = Bytes::copy_from_slice(frame);
        self.count += 1;
        self.bytes += kept.len();
        if is_last {
            family.last = Some(kept);
        } else {
            family.frames.push(kept);
        }
        true
    }

    /// Hands over the messages of a process. Where messages left no trace, those of an unknown one may have been among them.
    pub fn claim(&mut self, process_id: &str) -> Option<Family> {
        self.past.remove(process_id);
        let Some(family) = self.of.remove(process_id) else {
            return self.is_overrun.then(|| Family { is_cut: true, ..Family::default() });
        };
        let frames = family.frames.iter().chain(&family.last);
        self.bytes -= frames.clone().map(Bytes::len).sum::<usize>();
        self.count -= frames.count();
        Some(family)
    }

    /// This process is about to be attached: what comes of it will be claimed.
    pub fn await_attach(&mut self, process_id: &str) {
        self.past.remove(process_id);
    }

    /// Whether nothing waits to be claimed.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty() && !self.is_overrun
    }

    /// Nobody will claim what is left.
    pub fn clear(&mut self) {
        self.of = HashMap::new();
        (self.bytes, self.count, self.is_overrun) = (0, 0, false);
    }

    /// Nobody will claim what still comes of this process.
    pub fn note_past(&mut self, process_id: &str) {
        self.claim(process_id);
        self.past.add(process_id);
    }
}

impl Past {
    fn add(&mut self, id: &str) {
        // An id of that size is none of a real engine.
        if id.len() > SMALL || !self.ids.insert(id.to_owned()) {
            return;
        }
        self.oldest_first.push_back(id.to_owned());
        if self.oldest_first.len() > MOST_PAST
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    fn remove(&mut self, id: &str) {
        if self.ids.remove(id) {
            self.oldest_first.retain(|past| past != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_a_past_process_is_kept_once_it_is_to_be_attached() {
        let mut orphans = Orphans::new(100);
        orphans.note_past("a");
        assert!(orphans.keep("a", b"dropped", false));
        orphans.await_attach("a");
        assert!(orphans.keep("a", b"kept", true));
        assert_eq!(orphans.claim("a").and_then(|family| family.last).as_deref(), Some(&b"kept"[..]));
    }

    #[test]
    fn a_family_is_handed_over_in_order() {
        let mut orphans = Orphans::new(100);
        assert!(orphans.keep("a", b"1", false));
        assert!(orphans.keep("b", b"x", false));
        assert!(orphans.keep("a", b"2", false));
        assert!(orphans.keep("a", b"3", true));
        let family = orphans.claim("a").unwrap();
        assert_eq!(family.frames, ["1", "2"]);
        assert_eq!(family.last.unwrap(), "3");
        assert!(orphans.claim("a").is_none());
    }

    #[test]
    fn past_the_budget_events_are_counted_and_the_last_one_kept() {
        let mut orphans = Orphans::new(3);
        assert!(orphans.keep("a", b"12", false));
        assert!(orphans.keep("a", b"345", false));
        assert!(orphans.keep("a", b"6", false));
        assert!(orphans.keep("a", b"last", true));
        let family = orphans.claim("a").unwrap();
        assert_eq!(family.frames, ["12"]);
        assert_eq!((family.lost.events, family.lost.bytes), (2, 4));
        assert_eq!(family.last.unwrap(), "last");
    }

    #[test]
    fn past_the_budget_a_large_last_one_leaves_a_cut() {
        let mut orphans = Orphans::new(3);
        assert!(orphans.keep("a", b"12", false));
        assert!(orphans.keep("a", &[0; SMALL + 1], true));
        let family = orphans.claim("a").unwrap();
        assert!(family.is_cut && family.last.is_none());
    }

    #[test]
    fn a_process_that_is_unknown_when_there_is_no_room_has_its_end() {
        let mut orphans = Orphans::new(3);
        assert!(orphans.keep("noisy", b"123", false));
        assert!(orphans.keep("quiet", b"1", false));
        assert!(orphans.keep("quiet", b"last", true));
        assert!(orphans.keep("large", &[0; SMALL + 1], true));
        let family = orphans.claim("quiet").unwrap();
        assert_eq!((family.frames.len(), family.lost.events, family.last.unwrap()), (0, 1, "last".into()));
        assert!(orphans.claim("large").unwrap().is_cut);
        assert!(orphans.claim("other").is_none());
    }

    #[test]
    fn where_a_process_left_no_trace_every_unknown_one_is_cut() {
        let mut orphans = Orphans::new(1 << 30);
        (0..MOST).for_each(|i| assert!(orphans.keep(&i.to_string(), b"x", true)));
        assert!(!orphans.keep("lost", b"x", true));
        assert!(orphans.claim("lost").unwrap().is_cut);
        assert!(!orphans.claim("1").unwrap().is_cut);
        orphans.clear();
        assert!(orphans.claim("other").is_none());
        let mut orphans = Orphans::new(1);
        assert!(!orphans.keep(&"x".repeat(SMALL + 1), b"xx", true));
        assert!(orphans.claim("other").unwrap().is_cut);
    }

    #[test]
    fn what_comes_of_a_process_that_is_past_takes_no_room() {
        let mut orphans = Orphans::new(3);
        assert!(orphans.keep("given up", b"123", false));
        orphans.note_past("given up");
        assert!(orphans.keep("given up", b"123", false));
        assert!(orphans.keep("a", b"123", false));
        assert_eq!(orphans.claim("a").unwrap().frames, ["123"]);
        assert!(orphans.claim("given up").is_none());
        assert!(orphans.keep("given up", b"123", false), "its id was given to another one");
        assert_eq!(orphans.claim("given up").unwrap().frames, ["123"]);
    }

    #[test]
    fn only_so_many_are_remembered_as_past() {
        let mut orphans = Orphans::new(3);
        (0..2 * MOST_PAST).for_each(|i| orphans.note_past(&i.to_string()));
        orphans.note_past(&"x".repeat(SMALL + 1));
        assert_eq!((orphans.past.ids.len(), orphans.past.oldest_first.len()), (MOST_PAST, MOST_PAST));
        assert!(orphans.keep("0", b"123", false));
        assert!(orphans.claim("0").is_some());
    }

    #[test]
    fn a_million_unknown_processes_stay_within_the_bounds() {
        let mut orphans = Orphans::new(1 << 30);
        let kept = (0..1_000_000).filter(|i: &u32| orphans.keep(&i.to_string(), b"", false)).count();
        assert_eq!(kept, MOST);
        assert!(orphans.of.len() <= MOST);
    }
}
