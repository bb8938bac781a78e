//! Engines 0.3 and 0.4.

use super::Traits;
use super::encode::{Body, Request, encode_named};
use crate::error::Result;

pub(super) const TRAITS: Traits = Traits {
    name: "0.4",
    needs_login: true,
    bare_names: false,
    // Past a 16 MiB frame the engine stops reading for good (seen with 0.4.0).
    max_message: 16 << 20,
    lacks: &[],
    path: None,
};

pub(super) fn encode(corr_id: u32, request: &Request<'_>) -> Result<Vec<u8>> {
    encode_named(&Body::of(corr_id, request))
}
