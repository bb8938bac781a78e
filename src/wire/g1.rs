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
    answers_every_query: false,
    ends_processes: false,
    refused_attach: "0.4 engines say `Process not found` of a process that has ended, and of one that is attached, be it to \
                     this client or to a connection that was lost: what can be attached is a process launched with \
                     PIE_LAUNCH_NO_CAPTURE, once",
};

pub(super) fn encode(corr_id: u32, request: &Request<'_>) -> Result<Vec<u8>> {
    encode_named(&Body::of(corr_id, request))
}
