//! Memory that may run out: what a caller or an engine determines the size of is refused, instead of ending the program.
//!
//! Rust's collections, and the crates that take them, end the program where there is no memory for them. So before work
//! that takes much, memory is set aside, which may fail; and when an allocation fails on the thread that did so, the
//! allocator (`abi/allocator.rs`) gives back what was set aside, and tries again.

use std::cell::Cell;
use std::io::{self, Write};
use std::mem::ManuallyDrop;

use crate::error::{Code, Error, Result};

/// What is smaller is not asked for before: a program that lacks so little ends soon, whatever is done.
pub const BIG: usize = 64 << 10;

thread_local! {
    /// Without a destructor, which would be left behind on a host's thread.
    static SPARE: Cell<ManuallyDrop<Vec<u8>>> = const { Cell::new(ManuallyDrop::new(Vec::new())) };
}

/// Sets so many bytes aside for what this thread is about to do, beside those that are: until `done`.
pub fn need(bytes: usize) -> Result<()> {
    if bytes < BIG {
        return Ok(());
    }
    let all = take_spare().capacity().saturating_add(bytes);
    let mut spare = Vec::new();
    spare.try_reserve_exact(all).map_err(|_| none_for(all))?;
    SPARE.set(ManuallyDrop::new(spare));
    Ok(())
}

/// What this thread has set aside is not needed any more.
pub fn done() {
    drop(take_spare());
}

/// Gives back what this thread has set aside, for the allocator to try again; tells whether there was anything.
pub fn give_back() -> bool {
    take_spare().capacity() > 0
}

fn take_spare() -> Vec<u8> {
    ManuallyDrop::into_inner(SPARE.replace(ManuallyDrop::new(Vec::new())))
}

/// The refusal of what has no room.
pub fn none_for(bytes: usize) -> Error {
    Error::new(Code::NoMemory, format!("there is no memory for {bytes} bytes; free some, or give the program more"))
}

/// A copy of bytes, however many.
pub fn copy(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).map_err(|_| none_for(bytes.len()))?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Bytes that are written one after the other, however many they become.
#[derive(Debug, Default)]
pub struct Growing(pub Vec<u8>);

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_reserve(bytes.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_adds_up_until_it_is_done_with() {
        need(BIG - 1).unwrap();
        assert!(!give_back());
        need(BIG).unwrap();
        need(2 * BIG).unwrap();
        let spare = take_spare();
        assert!(spare.capacity() >= 3 * BIG);
        SPARE.set(ManuallyDrop::new(spare));
        done();
        assert!(!give_back());
    }

    #[test]
    fn what_no_memory_holds_is_refused() {
        assert_eq!(need(isize::MAX.unsigned_abs()).unwrap_err().code(), Code::NoMemory);
        assert_eq!(need(usize::MAX).unwrap_err().code(), Code::NoMemory);
    }
}
