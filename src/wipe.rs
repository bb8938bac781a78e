//! Work with secrets, and what is left of them afterwards. The crates that compute with keys leave parts of them in
//! blocks that they free: the big numbers of RSA above all, whose intermediate values nobody wipes. So while one of
//! them is at work, everything that this library frees is wiped (see `abi/allocator.rs`), whichever thread frees it.
//! They leave parts on the stack too, which is wiped after them.

use std::sync::atomic::{AtomicU32, Ordering};

use zeroize::Zeroize;

/// How much of the stack is wiped: twice what the work takes up at most, which is 15 KiB, but 55 KiB where nothing is
/// optimised.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 96 << 10 } else { 32 << 10 };

static WIPING: AtomicU32 = AtomicU32::new(0);

/// Whether what is freed now has to be wiped. Asked at every free: who holds a [`Wiping`] sees its own count, and what other
/// threads free does not matter.
pub fn is_wiping() -> bool {
    WIPING.load(Ordering::Relaxed) > 0
}

/// Does something with secrets, and wipes what it leaves in freed memory and on the stack. What it gives back is moved
/// within the caller's frame, so it must hold secrets behind pointers only.
pub fn wiping<T>(work: impl FnOnce() -> T) -> T {
    let _wiping = Wiping::begin();
    apart(work)
}

/// In a frame of its own: within the caller's, what it leaves behind would be above what is wiped.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Has freed memory wiped until it is dropped, and then the stack.
struct Wiping(());

impl Wiping {
    fn begin() -> Self {
        WIPING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Wiping {
    fn drop(&mut self) {
        wipe_stack();
        WIPING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Wipes what is below the caller's frame.
#[inline(never)]
fn wipe_stack() {
    let mut room = [0_u64; STACK_BYTES / size_of::<u64>()];
    room.zeroize();
}
