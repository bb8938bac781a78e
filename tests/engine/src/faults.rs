//! The faults of one connection, read from the query of its URI.

use std::time::Duration;
use uuid::Uuid;

/// A message type, or `*` for all of them.
#[derive(Clone, Debug)]
struct Kind(String);

impl Kind {
    fn is(&self, kind: &str) -> bool {
        self.0 == "*" || self.0 == kind
    }
}

/// What the client gets instead of an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Status(u16),
    Silent,
}

#[derive(Clone, Debug, Default)]
pub struct Faults {
    silent: Vec<Kind>,
    duplicate: Vec<Kind>,
    delay: Vec<(Kind, Duration)>,
    hold: Vec<(Kind, Duration)>,
    refuse: Vec<(Kind, String)>,
    cut_on: Vec<Kind>,
    freeze_on: Vec<Kind>,
    pub reorder: usize,
    pub split: Option<usize>,
    pub join: Option<Duration>,
    pub garbage: Option<Vec<u8>>,
    pub garbage_text: Option<String>,
    pub challenge: Option<String>,
    pub unknown: bool,
    pub wrong_hash: bool,
    pub drop_chunk: Option<usize>,
    pub cut_chunk: Option<usize>,
    pub freeze_chunk: Option<usize>,
    pub pause: Option<Duration>,
    pub answer_close: bool,
    pub truncate: bool,
    pub mute_pings: bool,
    /// Only the connections behind so many with the same query have the other faults …
    skip: usize,
    /// … and only so many of them.
    only: Option<usize>,
    pub handshake: Option<Refusal>,
    pub process_id: Option<Uuid>,
}

impl Faults {
    /// Keys nobody knows are skipped: a URI may bear a query of its own.
    pub fn parse(query: &str) -> Self {
        let mut faults = Self::default();
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            faults.set(key, value);
        }
        faults
    }

    fn set(&mut self, key: &str, raw: &str) {
        let value = percent_decoded(raw);
        match key {
            "silent" => self.silent.extend(kinds(&value)),
            "duplicate" => self.duplicate.extend(kinds(&value)),
            "cut_on" => self.cut_on.extend(kinds(&value)),
            "freeze_on" => self.freeze_on.extend(kinds(&value)),
            "delay" => self.delay.extend(timed(&value)),
            "hold" => self.hold.extend(timed(&value)),
            "refuse" => self.refuse.extend(texted(&value)),
            "reorder" => self.reorder = value.parse().unwrap_or(0),
            "split" => self.split = value.parse().ok().filter(|size| *size > 0),
            "join" => self.join = millis(&value),
            "garbage" => self.garbage = unhex(&value),
            "garbage_text" => self.garbage_text = Some(value),
            "challenge" => self.challenge = Some(value),
            "unknown" => self.unknown = value == "1",
            "wrong_hash" => self.wrong_hash = value == "1",
            "drop_chunk" => self.drop_chunk = value.parse().ok(),
            "cut_chunk" => self.cut_chunk = value.parse().ok(),
            "freeze_chunk" => self.freeze_chunk = value.parse().ok(),
            "pause_ms" => self.pause = millis(&value),
            "mute_pings" => self.mute_pings = value == "1",
            "skip" => self.skip = value.parse().unwrap_or(0),
            "only" => self.only = value.parse().ok(),
            "answer_close" => self.answer_close = value == "1",
            "truncate" => self.truncate = value == "1",
            "handshake" => self.handshake = refusal(&value),
            "process_id" => self.process_id = Uuid::parse_str(&value).ok(),
            _ => {}
        }
    }

    /// What of it a connection has before which there were so many with the same query.
    pub fn of_connection(self, before: usize) -> Self {
        let is_meant = before >= self.skip && self.only.is_none_or(|only| before < self.skip + only);
        if is_meant { self } else { Self::default() }
    }

    pub fn silences(&self, kind: &str) -> bool {
        self.silent.iter().any(|k| k.is(kind))
    }

    pub fn duplicates(&self, kind: &str) -> bool {
        self.duplicate.iter().any(|k| k.is(kind))
    }

    pub fn cuts(&self, kind: &str) -> bool {
        self.cut_on.iter().any(|k| k.is(kind))
    }

    pub fn freezes(&self, kind: &str) -> bool {
        self.freeze_on.iter().any(|k| k.is(kind))
    }

    pub fn delay(&self, kind: &str) -> Option<Duration> {
        first(&self.delay, kind).copied()
    }

    pub fn hold(&self, kind: &str) -> Option<Duration> {
        first(&self.hold, kind).copied()
    }

    pub fn refusal(&self, kind: &str) -> Option<&str> {
        first(&self.refuse, kind).map(String::as_str)
    }
}

fn first<'a, T>(list: &'a [(Kind, T)], kind: &str) -> Option<&'a T> {
    list.iter().find(|(k, _)| k.is(kind)).map(|(_, value)| value)
}

fn kinds(value: &str) -> impl Iterator<Item = Kind> {
    value.split(',').map(|kind| Kind(kind.into()))
}

fn timed(value: &str) -> impl Iterator<Item = (Kind, Duration)> {
    value.split(',').filter_map(|item| {
        let (kind, time) = item.split_once(':')?;
        Some((Kind(kind.into()), millis(time)?))
    })
}

/// The text may hold commas, so there is one pair a key; the key may come again.
fn texted(value: &str) -> Option<(Kind, String)> {
    let (kind, text) = value.split_once(':')?;
    Some((Kind(kind.into()), text.into()))
}

fn millis(value: &str) -> Option<Duration> {
    value.parse().ok().map(Duration::from_millis)
}

fn refusal(value: &str) -> Option<Refusal> {
    match value {
        "silent" => Some(Refusal::Silent),
        status => status.parse().ok().map(Refusal::Status),
    }
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn percent_decoded(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        match escape(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escape(rest: &[u8]) -> Option<u8> {
    let digits = rest.strip_prefix(b"%")?.get(..2)?;
    Some(unhex(std::str::from_utf8(digits).ok()?)?[0])
}
