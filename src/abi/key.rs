//! Private keys. This version of the library makes none: pass NULL where one is asked for.

use super::boundary::Handle;
use crate::runtime::Birth;

/// A private key.
pub struct pie_private_key {
    birth: Birth,
}

impl Handle for pie_private_key {
    fn birth(&self) -> Birth {
        self.birth
    }
}
