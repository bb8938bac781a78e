//! When freed memory is wiped. The crates that compute with keys leave parts of them in blocks that they free: the big
//! numbers of RSA above all, whose intermediate values nobody wipes. So while one of them is at work, everything that this
//! library frees is wiped (see `abi/allocator.rs`), whichever thread frees it.

use std::sync::atomic::{AtomicU32, Ordering};

static WIPING: AtomicU32 = AtomicU32::new(0);

/// Whether what is freed now has to be wiped. Asked at every free: who holds a [`Wiping`] sees its own count, and what other
/// threads free does not matter.
pub fn is_wiping() -> bool {
    WIPING.load(Ordering::Relaxed) > 0
}

/// Has freed memory wiped until it is dropped.
pub struct Wiping(());

impl Wiping {
    /// From now on.
    pub fn begin() -> Self {
        WIPING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Wiping {
    fn drop(&mut self) {
        WIPING.fetch_sub(1, Ordering::Relaxed);
    }
}
