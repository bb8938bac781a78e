//! Files on their way from a process: put together, bounded, verified.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Code, Error, Result};
use crate::memory;
use crate::wire::FileChunk;
use crate::wire::names::safe_file_name;

/// How many files of one process may be under way at once.
const MOST_AT_ONCE: usize = 64;

/// What the files under way on one connection may hold together.
#[derive(Debug)]
pub struct Allowance {
    limit: u64,
    used: AtomicU64,
}

impl Allowance {
    /// An allowance of so many bytes.
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicU64::new(0) })
    }

    fn take(&self, bytes: u64) -> bool {
        let fits = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= self.limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A file that arrived whole, with a NUL behind its bytes.
#[derive(Debug)]
pub struct File {
    /// Its bytes and the NUL.
    pub data: Vec<u8>,
    /// The name the inferlet suggests, made safe.
    pub name: Option<String>,
}

/// The files of one process that are under way.
#[derive(Debug)]
pub struct Downloads {
    allowance: Arc<Allowance>,
    under_way: Vec<Download>,
}

#[derive(Debug)]
struct Download {
    hash: String,
    total: u64,
    next: u64,
    name: Option<String>,
    /// `None` after a failure, which was told: the rest is skipped.
    part: Option<Part>,
}

#[derive(Debug)]
struct Part {
    data: Vec<u8>,
    hasher: Box<blake3::Hasher>,
    allowance: Arc<Allowance>,
}

impl Part {
    /// The bytes, which are the receiver's from now on.
    fn release(&mut self) -> Vec<u8> {
        self.allowance.give_back(self.data.len() as u64);
        std::mem::take(&mut self.data)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.release();
    }
}

impl Downloads {
    /// None yet.
    pub fn new(allowance: Arc<Allowance>) -> Self {
        Self { allowance, under_way: Vec::new() }
    }

    /// Takes a chunk. Gives what it settles: a file, failures, usually nothing.
    pub fn take(&mut self, chunk: &FileChunk<'_>) -> Vec<Result<File>> {
        let mut settled = Vec::new();
        if !is_hash(&chunk.hash) {
            return vec![Err(broken("the engine gave it a name that is no BLAKE3 hash"))];
        }
        let known = self.under_way.iter().position(|download| download.hash == chunk.hash);
        let at = match known {
            Some(at) if chunk.index > 0 => at,
            Some(at) => {
                settled.extend(self.under_way.swap_remove(at).cut_short());
                self.begin(chunk)
            }
            None => {
                settled.extend(self.make_room());
                self.begin(chunk)
            }
        };
        let download = &mut self.under_way[at];
        if let Err(error) = download.add(chunk) {
            settled.extend(download.fail(error));
        }
        if download.is_over(chunk) {
            settled.extend(self.under_way.swap_remove(at).finish());
        }
        settled
    }

    /// The process has ended: what is not whole will never be.
    pub fn end(&mut self) -> Vec<Result<File>> {
        std::mem::take(&mut self.under_way).into_iter().filter_map(Download::cut_short).collect()
    }

    fn make_room(&mut self) -> Option<Result<File>> {
        (self.under_way.len() >= MOST_AT_ONCE).then(|| self.under_way.remove(0)).and_then(Download::cut_short)
    }

    fn begin(&mut self, chunk: &FileChunk<'_>) -> usize {
        let (data, hasher) = (Vec::new(), Box::new(blake3::Hasher::new()));
        self.under_way.push(Download {
            hash: chunk.hash.to_string(),
            total: chunk.total,
            next: 0,
            name: chunk.name.as_deref().and_then(safe_file_name),
            part: Some(Part { data, hasher, allowance: Arc::clone(&self.allowance) }),
        });
        self.under_way.len() - 1
    }
}

impl Download {
    fn add(&mut self, chunk: &FileChunk<'_>) -> Result<()> {
        let Some(part) = &mut self.part else { return Ok(()) };
        if chunk.total != self.total || chunk.index != self.next || chunk.total == 0 {
            let text =
                format!("chunk {} of {} came where {} of {} was due", chunk.index, chunk.total, self.next, self.total);
            return Err(broken(&text));
        }
        if !part.allowance.take(chunk.data.len() as u64) {
            let text = "the files under way have more bytes than the option max_file_bytes allows; raise it";
            return Err(Error::new(Code::TooLarge, text));
        }
        // One more for the NUL, so that it never moves the whole.
        part.data
            .try_reserve(chunk.data.len() + 1)
            .map_err(|_| memory::none_for(part.data.len() + chunk.data.len()))?;
        part.data.extend_from_slice(chunk.data);
        part.hasher.update(chunk.data);
        self.next += 1;
        Ok(())
    }

    fn is_over(&self, chunk: &FileChunk<'_>) -> bool {
        chunk.index.saturating_add(1) >= chunk.total.min(self.total) && (self.part.is_none() || self.next == self.total)
    }

    fn fail(&mut self, error: Error) -> Option<Result<File>> {
        self.part.take().map(|_| Err(error.of(format_args!("file {}", self.hash))))
    }

    fn cut_short(mut self) -> Option<Result<File>> {
        let text = format!("it ended after {} of {} chunks", self.next, self.total);
        self.fail(broken(&text))
    }

    fn finish(mut self) -> Option<Result<File>> {
        let mut part = self.part.take()?;
        let hash = part.hasher.finalize().to_hex();
        if !hash.as_str().eq_ignore_ascii_case(&self.hash) {
            return Some(
                Err(broken(&format!("its bytes have the hash {hash}")).of(format_args!("file {}", self.hash))),
            );
        }
        let mut data = part.release();
        data.push(0);
        Some(Ok(File { data, name: self.name.take() }))
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn broken(text: &str) -> Error {
    Error::new(Code::Protocol, format!("it arrived damaged and was dropped: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk<'a>(whole: &[u8], index: u64, total: u64, data: &'a [u8]) -> FileChunk<'a> {
        let hash = blake3::hash(whole).to_hex().to_string();
        FileChunk { process_id: "p".into(), hash: hash.into(), index, total, data, name: None }
    }

    fn downloads() -> Downloads {
        Downloads::new(Allowance::new(100))
    }

    fn code(settled: &[Result<File>]) -> Code {
        assert_eq!(settled.len(), 1);
        settled[0].as_ref().unwrap_err().code()
    }

    #[test]
    fn chunks_make_a_file_with_a_nul() {
        let mut downloads = downloads();
        assert!(downloads.take(&chunk(b"abcd", 0, 2, b"ab")).is_empty());
        let settled = downloads.take(&chunk(b"abcd", 1, 2, b"cd"));
        assert_eq!(settled[0].as_ref().unwrap().data, b"abcd\0");
        assert_eq!(downloads.allowance.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn two_files_may_interleave() {
        let mut downloads = downloads();
        downloads.take(&chunk(b"abcd", 0, 2, b"ab"));
        downloads.take(&chunk(b"wxyz", 0, 2, b"wx"));
        assert_eq!(downloads.take(&chunk(b"abcd", 1, 2, b"cd")).len(), 1);
        assert_eq!(downloads.take(&chunk(b"wxyz", 1, 2, b"yz")).len(), 1);
    }

    #[test]
    fn a_wrong_hash_is_told() {
        assert_eq!(code(&downloads().take(&chunk(b"abcd", 0, 1, b"abxx"))), Code::Protocol);
    }

    #[test]
    fn a_missing_chunk_is_told_once() {
        let mut downloads = downloads();
        downloads.take(&chunk(b"abcdef", 0, 3, b"ab"));
        assert_eq!(code(&downloads.take(&chunk(b"abcdef", 2, 3, b"ef"))), Code::Protocol);
        assert!(downloads.under_way.is_empty());
        assert_eq!(code(&downloads.take(&chunk(b"abcdef", 1, 4, b"cd"))), Code::Protocol);
        assert!(downloads.take(&chunk(b"abcdef", 2, 4, b"ef")).is_empty());
        assert!(downloads.take(&chunk(b"abcdef", 3, 4, b"ef")).is_empty());
        assert!(downloads.under_way.is_empty());
    }

    #[test]
    fn an_absurd_total_takes_no_memory_and_zero_is_told() {
        let mut downloads = downloads();
        assert!(downloads.take(&chunk(b"a", 0, 1 << 40, b"a")).is_empty());
        assert!(downloads.take(&chunk(b"b", 0, u64::MAX, b"b")).is_empty());
        assert_eq!(code(&downloads.take(&chunk(b"c", 0, 0, b"c"))), Code::Protocol);
        assert_eq!(downloads.end().len(), 2);
        assert_eq!(downloads.allowance.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn too_large_a_file_names_the_option() {
        let settled = downloads().take(&chunk(&[7; 101], 0, 1, &[7; 101]));
        assert_eq!(code(&settled), Code::TooLarge);
        assert!(settled[0].as_ref().unwrap_err().message().contains("max_file_bytes"));
    }

    #[test]
    fn a_name_that_is_no_hash_is_not_kept() {
        let mut downloads = downloads();
        let long = FileChunk { hash: "x".repeat(1 << 20).into(), ..chunk(b"abcd", 0, 2, b"ab") };
        let settled = downloads.take(&long);
        assert_eq!(code(&settled), Code::Protocol);
        assert!(settled[0].as_ref().unwrap_err().message().len() < 200);
        assert!(downloads.under_way.is_empty());
    }

    #[test]
    fn only_so_many_are_under_way_and_the_oldest_is_told() {
        let mut downloads = downloads();
        let hashes: Vec<_> = (0..200u8).map(|i| [i]).collect();
        let settled: usize = hashes.iter().map(|whole| downloads.take(&chunk(whole, 0, 2, b"")).len()).sum();
        assert_eq!(downloads.under_way.len(), MOST_AT_ONCE);
        assert_eq!(settled, 200 - MOST_AT_ONCE);
    }

    #[test]
    fn a_restart_tells_the_first_try() {
        let mut downloads = downloads();
        downloads.take(&chunk(b"abcd", 0, 2, b"ab"));
        assert_eq!(code(&downloads.take(&chunk(b"abcd", 0, 2, b"ab"))), Code::Protocol);
        assert!(downloads.take(&chunk(b"abcd", 1, 2, b"cd"))[0].is_ok());
    }
}
