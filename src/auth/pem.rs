//! The text form of keys: what stands between -----BEGIN and -----END.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::refuse::{INCOMPLETE, UNREADABLE};
use super::unusable;
use crate::error::Result;

/// One block of a PEM file. Its lines may end as they like and have any length: editors and mailers change both.
pub(super) struct Block<'a> {
    pub label: &'a str,
    lines: Vec<&'a str>,
    is_complete: bool,
}

/// The blocks of a text; what stands around them is skipped.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut lines = text.lines().map(str::trim);
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(label) = framed(line, "-----BEGIN ") {
            blocks.push(block(label, &mut lines));
        }
    }
    blocks
}

fn framed<'a>(line: &'a str, begin: &str) -> Option<&'a str> {
    line.strip_prefix(begin)?.strip_suffix("-----")
}

fn block<'a>(label: &'a str, lines: &mut impl Iterator<Item = &'a str>) -> Block<'a> {
    let mut block = Block { label, lines: Vec::new(), is_complete: false };
    for line in lines {
        if framed(line, "-----END ") == Some(label) {
            block.is_complete = true;
            break;
        }
        block.lines.push(line);
    }
    block
}

impl Block<'_> {
    /// Whether it is encrypted in the way from before PKCS#8.
    pub fn is_legacy_encrypted(&self) -> bool {
        self.lines.iter().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"))
    }

    /// What its text stands for.
    pub fn decode(&self) -> Result<Zeroizing<Vec<u8>>> {
        if !self.is_complete {
            return Err(unusable(INCOMPLETE));
        }
        // Made in its final size: a text that grows leaves copies behind.
        let size = self.lines.iter().map(|line| line.len()).sum();
        let mut text = Zeroizing::new(String::with_capacity(size));
        self.lines.iter().filter(|line| !line.contains(':')).for_each(|line| text.push_str(line));
        let mut bytes = Zeroizing::new(vec![0; size / 4 * 3]);
        let size = Base64::decode(&*text, &mut bytes).map_err(|_| unusable(UNREADABLE))?.len();
        bytes.truncate(size);
        Ok(bytes)
    }
}
