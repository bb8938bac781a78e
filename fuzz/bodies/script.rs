//! An input read as a script: numbers and texts, taken from its front. Past its end everything is zero or empty.

pub(super) struct Script<'a>(pub &'a [u8]);

impl<'a> Script<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    pub fn is_odd(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Small numbers mostly; some at the edges.
    pub fn number(&mut self) -> u64 {
        match self.byte() {
            255 => u64::MAX,
            254 => 1 << 40,
            253 => u64::from(u32::MAX),
            252 => 1 << 63,
            251 => u64::from(u16::from_be_bytes([self.byte(), self.byte()])),
            small => u64::from(small),
        }
    }

    /// Up to 255 bytes, or with 255 the next kilobytes.
    pub fn bytes(&mut self) -> &'a [u8] {
        let size = match self.byte() {
            255 => 255 * usize::from(self.byte()),
            size => usize::from(size),
        };
        let (taken, rest) = self.0.split_at(size.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }
}
