//! Uploads in chunks, with the table that each generation keeps of them.

use crate::config::{Config, Generation};
use crate::wire::{AddProgram, TransferFile};
use std::collections::HashMap;

const MAX_PROGRAMS_05: usize = 16;

/// What makes chunks belong together.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// 0.4: programs and files of one hash are one upload, to whomever they go.
    Hash(String),
    /// 0.5.
    Program(u32),
    File(String, String),
}

pub struct Uploads {
    generation: Generation,
    max_mb: usize,
    open: HashMap<Key, Upload>,
}

#[derive(Default)]
struct Upload {
    manifest: String,
    force: bool,
    total: usize,
    next: usize,
    data: Vec<u8>,
}

/// A program that came whole.
pub struct Program {
    pub manifest: String,
    pub force: bool,
    pub data: Vec<u8>,
}

struct Chunk<'a> {
    index: usize,
    total: usize,
    data: &'a [u8],
}

impl Uploads {
    pub fn new(config: &Config) -> Self {
        Self { generation: config.generation, max_mb: config.max_upload_mb, open: HashMap::new() }
    }

    /// Nothing until the last chunk.
    pub fn program(&mut self, message: &AddProgram) -> Result<Option<Program>, String> {
        let key = match self.generation {
            Generation::V04 => Key::Hash(message.program_hash.clone()),
            Generation::V05 => Key::Program(message.corr_id),
        };
        if self.generation == Generation::V05 {
            self.check_program05(&key, message)?;
        }
        let chunk = Chunk { index: message.chunk_index, total: message.total_chunks, data: &message.chunk_data };
        let first = Upload { manifest: message.manifest.clone(), force: message.force_overwrite, ..Upload::default() };
        let Some(upload) = self.add(key, chunk, first)? else {
            return Ok(None);
        };
        if self.generation == Generation::V05 {
            check_hash(&message.program_hash, &upload.data)?;
        }
        Ok(Some(Program { manifest: upload.manifest, force: upload.force, data: upload.data }))
    }

    fn check_program05(&self, key: &Key, message: &AddProgram) -> Result<(), String> {
        if message.total_chunks == 0 {
            return Err("Upload must have at least one chunk".into());
        }
        let programs = self.open.keys().filter(|key| matches!(key, Key::Program(_))).count();
        match programs >= MAX_PROGRAMS_05 && !self.open.contains_key(key) {
            true => Err(format!("Too many uploads in flight (limit {MAX_PROGRAMS_05})")),
            false => Ok(()),
        }
    }

    /// The bytes of a file that came whole and sound; all that goes wrong with it goes unsaid.
    pub fn file(&mut self, message: &TransferFile) -> Option<Vec<u8>> {
        let key = match self.generation {
            Generation::V04 => Key::Hash(message.file_hash.clone()),
            Generation::V05 => Key::File(message.process_id.clone(), message.file_hash.clone()),
        };
        let chunk = Chunk { index: message.chunk_index, total: message.total_chunks, data: &message.chunk_data };
        let upload = self.add(key, chunk, Upload::default()).ok()??;
        check_hash(&message.file_hash, &upload.data).ok().map(|()| upload.data)
    }

    /// Gives the upload back when it is complete. An error drops it.
    fn add(&mut self, key: Key, chunk: Chunk, first: Upload) -> Result<Option<Upload>, String> {
        // 0.5 takes a first chunk that comes again for a new start.
        let restart = self.generation == Generation::V05 && chunk.index == 0;
        let mut upload = match self.open.remove(&key) {
            Some(upload) if !restart => upload,
            _ if chunk.index == 0 => Upload { total: chunk.total, ..first },
            _ => return Err("First chunk index must be 0".into()),
        };
        upload.check(&chunk, self.max_mb)?;
        upload.data.extend_from_slice(chunk.data);
        upload.next += 1;
        if upload.next == upload.total {
            return Ok(Some(upload));
        }
        self.open.insert(key, upload);
        Ok(None)
    }
}

impl Upload {
    fn check(&self, chunk: &Chunk, max_mb: usize) -> Result<(), String> {
        if chunk.total != self.total {
            return Err(format!("Chunk count mismatch: expected {}, got {}", self.total, chunk.total));
        }
        if chunk.index != self.next {
            return Err(format!("Out-of-order chunk: expected {}, got {}", self.next, chunk.index));
        }
        match self.data.len() + chunk.data.len() > max_mb << 20 {
            true => Err(format!("upload exceeds max_upload_mb cap of {max_mb} MiB")),
            false => Ok(()),
        }
    }
}

fn check_hash(declared: &str, data: &[u8]) -> Result<(), String> {
    let uploaded = blake3::hash(data).to_string();
    match declared == uploaded {
        true => Ok(()),
        false => Err(format!("Program hash mismatch: declared {declared}, uploaded {uploaded}")),
    }
}
