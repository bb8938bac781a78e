//! How much memory an input takes: the library's allocator counts here.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// A block of this size was given out.
pub(crate) fn add(size: usize) {
    let used = USED.fetch_add(size, Relaxed).wrapping_add(size);
    PEAK.fetch_max(used, Relaxed);
}

/// A block of this size came back.
pub(crate) fn remove(size: usize) {
    USED.fetch_sub(size, Relaxed);
}

pub(super) fn used() -> usize {
    USED.load(Relaxed)
}

/// Runs this, which must not take more than so many bytes at a time. The whole process is counted.
pub(super) fn within<T>(limit: usize, run: impl FnOnce() -> T) -> T {
    let before = used();
    PEAK.store(before, Relaxed);
    let done = run();
    let taken = PEAK.load(Relaxed).saturating_sub(before);
    assert!(taken <= limit, "{taken} bytes of memory were taken; the limits allow {limit}");
    done
}
