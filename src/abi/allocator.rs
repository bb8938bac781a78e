//! The system's allocator, which wipes what is freed while secrets are computed with, and falls back on what was set aside
//! (`memory.rs`).

use std::alloc::{GlobalAlloc, Layout, System};
use std::mem::MaybeUninit;
use std::ptr::copy_nonoverlapping;

use zeroize::Zeroize;

use crate::memory;
use crate::wipe::is_wiping;

#[global_allocator]
static ALLOCATOR: Wiper = Wiper;

struct Wiper;

// SAFETY: every block comes from the system's allocator and goes back to it with the layout that it came with.
unsafe impl GlobalAlloc for Wiper {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: as the caller's.
        or_from_spare(|| unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: as the caller's.
        or_from_spare(|| unsafe { System.alloc_zeroed(layout) })
    }

    // Within each place that frees, the check would make the library 0.2 MB larger.
    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: as the caller's; nobody reads the block any more.
        unsafe {
            if is_wiping() {
                wipe(block, layout.size());
            }
            System.dealloc(block, layout);
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), size);
        // SAFETY: as the caller's.
        unsafe {
            match is_wiping() {
                true => move_and_wipe(block, layout, size),
                false => or_from_spare(|| System.realloc(block, layout, size)),
            }
        }
    }
}

/// For the tests that bound what an input takes.
#[inline]
fn count(_returned: usize, _given: usize) {
    #[cfg(any(test, fuzzing))]
    {
        crate::fuzzing::memory::remove(_returned);
        crate::fuzzing::memory::add(_given);
    }
}

/// A block, or NULL where there is none with what this thread has set aside either.
#[inline]
fn or_from_spare(allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let block = allocate();
    if block.is_null() { from_spare(allocate) } else { block }
}

#[cold]
fn from_spare(allocate: impl Fn() -> *mut u8) -> *mut u8 {
    if memory::give_back() { allocate() } else { std::ptr::null_mut() }
}

/// The writes are volatile, since no compiler keeps others to a block that is about to be freed.
#[cold]
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: a block of this size, of which nothing need ever have been written.
    unsafe { std::slice::from_raw_parts_mut(block.cast::<MaybeUninit<u8>>(), size) }.zeroize();
}

/// What the system moves, or cuts off, it does not wipe.
#[cold]
unsafe fn move_and_wipe(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    // SAFETY: the caller vouches for the block, its layout and the new size, and both blocks have the bytes copied.
    unsafe {
        let moved = or_from_spare(|| System.alloc(Layout::from_size_align_unchecked(size, layout.align())));
        if !moved.is_null() {
            copy_nonoverlapping(block, moved, layout.size().min(size));
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
        moved
    }
}
