//! File descriptors out of the way of standard input, output and error: a host may have closed these, and still write there,
//! or open something else there later.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// Descriptors below are those of standard input, output and error.
const FIRST_FREE: i32 = 3;

/// The same, but no standard descriptor.
pub fn above_standard(descriptor: impl Into<OwnedFd>) -> io::Result<OwnedFd> {
    let descriptor = descriptor.into();
    if descriptor.as_raw_fd() < FIRST_FREE { descriptor.try_clone() } else { Ok(descriptor) }
}

/// Makes something whose descriptors cannot be moved, while those that are not in use of the standard ones are taken.
pub fn make_above_standard<T>(make: impl FnOnce() -> T) -> T {
    let mut taken = Vec::new();
    while let Ok(nothing) = File::open("/dev/null") {
        if nothing.as_raw_fd() >= FIRST_FREE {
            break;
        }
        taken.push(nothing);
    }
    make()
}
