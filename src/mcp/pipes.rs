//! The pipes to a server: none of this waits, and all of it is bounded.

use std::collections::VecDeque;
use std::io;

use super::system::{Ends, Receiver, Sender, read_now};

/// How much is read at a time, before others have their turn.
const PART: usize = 64 << 10;

/// A line of a server's standard error is cut at so many bytes.
const LONGEST_REMARK: usize = 2000;

/// All three of a server.
pub struct Pipes {
    pub input: Input,
    pub output: Output,
    pub errors: Output,
}

impl Pipes {
    /// At most `room` bytes wait to be written, and its lines have up to `longest` bytes. To be called within the
    /// runtime.
    pub fn new(ends: Ends, room: usize, longest: usize) -> io::Result<Self> {
        let (input, output, errors) = ends.open()?;
        Ok(Self {
            input: Input::new(input, room),
            output: Output::new(output, longest),
            errors: Output::cutting(errors, LONGEST_REMARK),
        })
    }
}

/// The standard input of a server.
#[derive(Debug)]
pub struct Input {
    pipe: Sender,
    backlog: VecDeque<String>,
    /// How much of the first line is written.
    written: usize,
    bytes: usize,
    room: usize,
}

impl Input {
    /// At most `room` bytes wait to be written, or one line if that is longer.
    pub fn new(pipe: Sender, room: usize) -> Self {
        Self { pipe, backlog: VecDeque::new(), written: 0, bytes: 0, room }
    }

    /// Writes a line or has it wait; tells whether there was room for it.
    pub fn push(&mut self, line: String) -> bool {
        let fits = self.bytes == 0 || self.bytes.saturating_add(line.len()) <= self.room;
        if fits {
            self.bytes += line.len();
            self.backlog.push_back(line);
        }
        fits
    }

    /// Whether anything waits to be written.
    pub fn is_behind(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Until the pipe may take more.
    pub async fn writable(&self) -> io::Result<()> {
        self.pipe.writable().await
    }

    /// Gives the pipe what it takes. All signals are blocked on this thread, so a broken one raises none.
    pub fn flush(&mut self) -> io::Result<()> {
        while let Some(line) = self.backlog.front() {
            match self.pipe.try_write(&line.as_bytes()[self.written..]) {
                Ok(size) => self.written += size,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            if self.written == line.len() {
                self.bytes -= line.len();
                self.written = 0;
                self.backlog.pop_front();
            }
        }
        Ok(())
    }
}

/// What came of a look at an output.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// There may be more.
    More,
    /// Nothing is there now.
    Empty,
    /// Nothing will come any more.
    End,
    /// A line is longer than is taken.
    TooLong,
}

/// An output of a server, line by line.
#[derive(Debug)]
pub struct Output {
    pipe: Receiver,
    buffer: Vec<u8>,
    longest: usize,
    /// Whether longer lines are cut, or end it all.
    cuts: bool,
    /// The rest of a line that was cut is being left out.
    is_cutting: bool,
}

impl Output {
    /// Lines of up to `longest` bytes.
    pub fn new(pipe: Receiver, longest: usize) -> Self {
        Self { pipe, buffer: Vec::new(), longest, cuts: false, is_cutting: false }
    }

    /// The same, but the rest of longer lines is left out.
    pub fn cutting(pipe: Receiver, longest: usize) -> Self {
        Self { cuts: true, ..Self::new(pipe, longest) }
    }

    /// Until there may be something to read.
    pub async fn readable(&self) -> io::Result<()> {
        self.pipe.readable().await
    }

    /// Reads a part of what is there, and gives each line that it completes to `take`.
    pub fn look(&mut self, mut take: impl FnMut(&[u8])) -> Look {
        let mut part = [0; PART];
        let size = match read_now(&self.pipe, &mut part) {
            Ok(0) => return self.end(take),
            Ok(size) => size,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Look::Empty,
            Err(_) => return self.end(take),
        };
        for piece in part[..size].split_inclusive(|&byte| byte == b'\n') {
            if !self.add(piece) {
                return Look::TooLong;
            }
            if piece.ends_with(b"\n") {
                self.give(&mut take);
            }
        }
        Look::More
    }

    /// Appends a piece of a line; tells whether the line is still within the bound.
    fn add(&mut self, piece: &[u8]) -> bool {
        let room = self.longest.saturating_sub(self.buffer.len());
        let fits = piece.len() <= room;
        if !self.is_cutting {
            self.buffer.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        self.is_cutting |= !fits;
        fits || self.cuts
    }

    fn give(&mut self, take: &mut impl FnMut(&[u8])) {
        take(&self.buffer);
        self.is_cutting = false;
        // What one long line took is not kept for the short ones.
        self.buffer = if self.buffer.capacity() > PART { Vec::new() } else { std::mem::take(&mut self.buffer) };
        self.buffer.clear();
    }

    /// The last line may lack its end.
    fn end(&mut self, mut take: impl FnMut(&[u8])) -> Look {
        if !self.buffer.is_empty() {
            self.give(&mut take);
        }
        Look::End
    }
}

/// Until there may be something to read; for ever where there is nothing to read from.
pub async fn readable(output: Option<&Output>) {
    match output {
        // An error shows when it is read.
        Some(output) => drop(output.readable().await),
        None => std::future::pending().await,
    }
}

/// Until what waits to be written can be.
pub async fn writable(input: Option<&Input>) {
    match input.filter(|input| input.is_behind()) {
        // An error shows when it is written.
        Some(input) => drop(input.writable().await),
        None => std::future::pending().await,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    #[test]
    fn what_the_runtime_has_not_noticed_is_read() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Without a wait in it the runtime never looks at the pipe.
        runtime.block_on(async {
            let (reader, writer) = rustix::pipe::pipe().unwrap();
            let mut output = Output::new(Receiver::from_owned_fd(reader).unwrap(), 100);
            File::from(writer).write_all(b"last words").unwrap();
            let mut lines = Vec::new();
            assert_eq!(output.look(|line| lines.push(line.to_vec())), Look::More);
            assert_eq!(output.look(|line| lines.push(line.to_vec())), Look::End);
            assert_eq!(lines, [b"last words"]);
        });
    }
}
