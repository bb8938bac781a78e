//! The text form of keys: what stands between -----BEGIN and -----END.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::refuse::{INCOMPLETE, UNREADABLE};
use super::unusable;
use crate::error::Result;

/// One block of a PEM file. Its lines may end as they like and have any length, or have become one: editors, mailers
/// and the variables of build services change that.
pub(super) struct Block<'a> {
    pub label: &'a str,
    body: &'a str,
    is_complete: bool,
}

/// The blocks of a text; what stands around them is skipped.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let (mut rest, mut blocks) = (text, Vec::new());
    while let Some((_, behind)) = rest.split_once("-----BEGIN ") {
        rest = behind;
        if let Some((block, behind)) = block(rest) {
            blocks.push(block);
            rest = behind;
        }
    }
    blocks
}

/// The block that begins with this label, and what follows on it.
fn block(text: &str) -> Option<(Block<'_>, &str)> {
    let (label, body) = text.split_once("-----")?;
    if label.contains(is_line_end) {
        return None;
    }
    let end = format!("-----END {label}-----");
    let (body, rest, is_complete) = match body.split_once(&*end) {
        Some((body, rest)) => (body, rest, true),
        None => (body, "", false),
    };
    Some((Block { label, body, is_complete }, rest))
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

impl Block<'_> {
    /// Whether it is encrypted in the way from before PKCS#8.
    pub fn is_legacy_encrypted(&self) -> bool {
        self.lines().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"))
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.body.split(is_line_end).map(str::trim)
    }

    /// What its text stands for.
    pub fn decode(&self) -> Result<Zeroizing<Vec<u8>>> {
        if !self.is_complete {
            return Err(unusable(INCOMPLETE));
        }
        // Made in its final size: a text that grows leaves copies behind.
        let size = self.body.len();
        let mut text = Zeroizing::new(String::with_capacity(size));
        let lines = self.lines().filter(|line| !line.contains(':'));
        text.extend(lines.flat_map(str::chars).filter(|c| !c.is_whitespace()));
        let mut bytes = Zeroizing::new(vec![0; size / 4 * 3]);
        let size = Base64::decode(&*text, &mut bytes).map_err(|_| unusable(UNREADABLE))?.len();
        bytes.truncate(size);
        Ok(bytes)
    }
}
