//! Messages for processes whose launch reply has not come yet.

use std::collections::HashMap;

use bytes::Bytes;

use super::stream::Lost;

/// How many messages are kept at most.
const MOST: usize = 65_536;

/// A message of so many bytes is kept as the last of a stream even when there is no room.
const SMALL: usize = 512;

/// Kept while a launch is unanswered; nobody could claim them otherwise.
#[derive(Debug)]
pub struct Orphans {
    budget: usize,
    bytes: usize,
    count: usize,
    of: HashMap<String, Family>,
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
    /// The last of the stream came, and was too large to keep.
    pub is_cut: bool,
}

impl Orphans {
    /// Keeps up to so many bytes.
    pub fn new(budget: usize) -> Self {
        Self { budget, bytes: 0, count: 0, of: HashMap::new() }
    }

    /// Keeps a message, or counts it as lost when there is no room; of the last of a stream at least that it came. Tells
    /// whether the message left a trace.
    #[must_use]
    pub fn keep(&mut self, process_id: &str, frame: &[u8], is_last: bool) -> bool {
        let is_full = self.count >= MOST || self.bytes.saturating_add(frame.len()) > self.budget;
        if is_full && !self.of.contains_key(process_id) {
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

    /// Hands over the messages of a process.
    pub fn claim(&mut self, process_id: &str) -> Option<Family> {
        let family = self.of.remove(process_id)?;
        let frames = family.frames.iter().chain(&family.last);
        self.bytes -= frames.clone().map(Bytes::len).sum::<usize>();
        self.count -= frames.count();
        Some(family)
    }

    /// Nobody will claim what is left.
    pub fn clear(&mut self) {
        self.of = HashMap::new();
        (self.bytes, self.count) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_million_unknown_processes_stay_within_the_bounds() {
        let mut orphans = Orphans::new(1 << 30);
        let kept = (0..1_000_000).filter(|i: &u32| orphans.keep(&i.to_string(), b"", false)).count();
        assert_eq!(kept, MOST);
        assert!(orphans.of.len() <= MOST);
    }
}
