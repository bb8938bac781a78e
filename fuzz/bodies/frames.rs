//! Binary frames of an engine: read, and what is in them given to those who look into it.

use super::{check_error, memory};
use crate::client::{Allowance, Downloads, EventKind, Orphans, parse_list};
use crate::wire::names::{canonical_process_id, is_canonical_process_id, safe_file_name};
use crate::wire::{FileChunk, Incoming, decode_binary};

/// Never in a MessagePack message, so it may stand between two.
const BETWEEN: &[u8] = &[0xc1, 0xc1];
const FILES: u64 = 4096;
const ORPHANS: usize = 4096;

pub fn frames(input: &[u8]) {
    // Bytes that are no UTF-8 become three; a text is held twice while it is looked into.
    memory::within(64 * 1024 + 40 * input.len(), || {
        let mut held =
            Held { downloads: Downloads::new(Allowance::new(FILES)), orphans: Orphans::new(ORPHANS), ids: Vec::new() };
        split(input).for_each(|frame| held.take(frame));
        held.end();
    });
}

fn split(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let all = rest?;
        let at = all.windows(BETWEEN.len()).position(|part| part == BETWEEN);
        rest = at.map(|at| &all[at + BETWEEN.len()..]);
        Some(at.map_or(all, |at| &all[..at]))
    })
}

struct Held {
    downloads: Downloads,
    orphans: Orphans,
    ids: Vec<String>,
}

impl Held {
    fn take(&mut self, frame: &[u8]) {
        match decode_binary(frame) {
            Incoming::Response { result, .. } => answer(&result),
            Incoming::Event { process_id, name, value: _ } => {
                let _ = self.orphans.keep(&process_id, frame, EventKind::from_name(&name).is_last());
                self.ids.push(process_id.into_owned());
            }
            Incoming::File(chunk) => self.file(&chunk),
            Incoming::McpRequest(asked) => super::mcp::asked(&asked.method, &asked.params),
            Incoming::Skipped(why) => assert!(why.len() < 1000 + 8 * frame.len()),
            Incoming::Complaint(_) | Incoming::TurnDone => panic!("a text frame's message in a binary one"),
        }
    }

    fn file(&mut self, chunk: &FileChunk<'_>) {
        for settled in self.downloads.take(chunk) {
            match settled {
                Ok(file) => {
                    assert!(file.data.len() as u64 <= FILES + 1 && file.data.ends_with(&[0]));
                    file.name.iter().for_each(|name| check_name(name));
                }
                Err(error) => check_error(&error),
            }
        }
        chunk.name.iter().filter_map(|name| safe_file_name(name)).for_each(|name| check_name(&name));
    }

    fn end(mut self) {
        self.downloads.end().iter().filter_map(|settled| settled.as_ref().err()).for_each(check_error);
        for id in &self.ids {
            if let Some(family) = self.orphans.claim(id) {
                family.frames.iter().chain(&family.last).for_each(|frame| drop(decode_binary(frame)));
            }
        }
    }
}

/// Fit to be joined to a directory, on any system.
pub(super) fn check_name(name: &str) {
    assert!(!name.is_empty() && name != "." && name != ".." && name.len() <= 200, "{name:?}");
    assert!(!name.contains(['/', '\\', '\0', ':']) && !name.ends_with(['.', ' ']), "{name:?}");
    if name.len() < 200 {
        assert_eq!(safe_file_name(name).as_deref(), Some(name), "a safe name is left as it is");
    }
}

/// Whatever was asked, its answer may be anything.
pub(super) fn answer(result: &str) {
    match parse_list(result, 16 * result.len()) {
        Ok(list) => assert!(list.len() <= result.len()),
        Err(error) => check_error(&error),
    }
    if is_canonical_process_id(result) {
        assert_eq!(canonical_process_id(result), result);
    }
}
