//! What lies under the WebSocket: the kernel's socket, or TLS over it. Neither ever waits.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::foresight::Foresight;
use super::tcp::Tcp;
use crate::runtime::on_io_thread;
use rustls::ClientConnection;

/// How much may be read until the next `allow`. The WebSocket layer puts fragments together by itself, and would go on
/// under the lock for as long as an engine sends them. That layer's buffer has this size too: small, since it is cleared at
/// each read, and every idle connection holds one, which is to stay below 24 KiB in all.
pub(super) const READ_BYTES: usize = 15 << 10;

/// The kernel's socket, read and written without waiting. Only `write` is given: a vectored write raises SIGPIPE.
#[derive(Debug)]
struct Plain {
    tcp: Arc<Tcp>,
    /// What may be read until the next `allow`.
    allowance: usize,
    has_read: bool,
    /// The kernel had no more than was read.
    is_drained: bool,
    /// The kernel did not take the latest write.
    is_blocked: bool,
    /// What the kernel has taken, ever.
    written: u64,
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.allowance);
        if wanted == 0 || self.is_drained {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let size = self.tcp.read(&mut buffer[..wanted])?;
        self.allowance -= size;
        self.has_read |= size > 0;
        self.is_drained = size < wanted && (!on_io_thread() || self.tcp.forget_readable());
        Ok(size)
    }
}

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.tcp.write(bytes);
        self.is_blocked = would_block(&written);
        self.written += written.as_ref().map_or(0, |&size| size as u64);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn would_block<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Bytes to and from the engine.
#[derive(Debug)]
pub(super) struct Stream {
    plain: Plain,
    tls: Option<Box<ClientConnection>>,
    foresight: Foresight,
}

impl Stream {
    /// The other side's messages have up to `limit` bytes.
    pub(super) fn plain(tcp: Arc<Tcp>, limit: u64) -> Self {
        let plain =
            Plain { tcp, allowance: READ_BYTES, has_read: false, is_drained: false, is_blocked: false, written: 0 };
        Self { plain, tls: None, foresight: Foresight::new(limit) }
    }

    /// Its handshake is still to be done.
    pub(super) fn tls(tcp: Arc<Tcp>, limit: u64, connection: ClientConnection) -> Self {
        Self { tls: Some(Box::new(connection)), ..Self::plain(tcp, limit) }
    }

    /// The kernel's socket.
    pub(super) fn tcp(&self) -> &Arc<Tcp> {
        &self.plain.tcp
    }

    /// Lets the looks from here on read, as much as is allowed at once, or until the kernel has no more.
    pub(super) fn allow(&mut self) {
        self.plain.allowance = READ_BYTES;
        self.plain.is_drained = false;
    }

    /// Whether there may be more than the latest looks were allowed to read. If not, all that has arrived was given out:
    /// TLS is asked for what it has decrypted before the kernel is asked for more.
    pub(super) fn may_have_more(&self) -> bool {
        self.plain.allowance == 0
    }

    /// Whether a look can give a message: one has come whole, or may be read.
    pub(super) fn has_message(&self) -> bool {
        self.tls.is_some() || !self.plain.is_drained || self.foresight.has_message()
    }

    /// The WebSocket layer gave a message.
    pub(super) fn gave_one(&mut self) {
        self.foresight.gave_one();
    }

    /// It has no more to give.
    pub(super) fn gave_all(&mut self) {
        self.foresight.gave_all();
    }

    /// Whether anything was read since this was asked last.
    pub(super) fn take_has_read(&mut self) -> bool {
        std::mem::take(&mut self.plain.has_read)
    }

    /// What the kernel has taken, ever.
    pub(super) fn written(&self) -> u64 {
        self.plain.written
    }

    /// Whether bytes wait that the kernel did not take: the WebSocket's, or those of TLS, which answers by itself.
    pub(super) fn is_blocked(&self) -> bool {
        self.plain.is_blocked
    }

    /// Waits until another look makes sense, and lets it read. While connecting, when nobody else has the stream.
    pub(super) async fn ready(&mut self) -> io::Result<()> {
        if self.may_have_more() {
            tokio::task::yield_now().await;
        } else {
            self.plain.tcp.ready(self.is_blocked()).await?;
            self.plain.tcp.look_for_end()?;
        }
        self.allow();
        Ok(())
    }

    /// Goes on with the handshake of TLS; tells whether it is done.
    pub(super) fn shake_hands(&mut self) -> io::Result<bool> {
        while let Some(tls) = &mut self.tls
            && tls.is_handshaking()
        {
            let gone_on = push(tls, &mut self.plain).and_then(|()| pull(tls, &mut self.plain));
            match gone_on {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                blocked if would_block(&blocked) => return Ok(false),
                gone_on => gone_on?,
            };
        }
        Ok(true)
    }

    /// Says that nothing follows, if the kernel takes it: what is cut off must look otherwise.
    pub(super) fn end(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            // The other side may be gone already.
            let _ = push(tls, &mut self.plain);
        }
    }
}

impl Stream {
    fn read_plain(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.plain.read(buffer) };
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => pull(tls, &mut self.plain)?,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(cut_off()),
                decrypted => return decrypted,
            };
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.read_plain(buffer)?;
        self.foresight.see(&buffer[..size])?;
        Ok(size)
    }
}

impl Write for Stream {
    /// TLS takes more only when the kernel has all before it, so what waits inside it is bounded by its own limit of 64 KiB.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.plain.write(bytes) };
        push(tls, &mut self.plain)?;
        let taken = tls.writer().write(bytes)?;
        match push(tls, &mut self.plain) {
            blocked if would_block(&blocked) => Ok(taken),
            pushed => pushed.map(|()| taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tls.as_mut().map_or(Ok(()), |tls| push(tls, &mut self.plain))
    }
}

/// Gives the kernel what TLS wants to send, all of it or `WouldBlock`.
fn push(tls: &mut ClientConnection, plain: &mut Plain) -> io::Result<()> {
    while tls.wants_write() {
        match tls.write_tls(plain) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                return Err(last_word(tls, plain).unwrap_or(error));
            }
            written => written?,
        };
    }
    Ok(())
}

/// Takes from the kernel what one record needs at most; 0 is the end.
fn pull(tls: &mut ClientConnection, plain: &mut Plain) -> io::Result<usize> {
    let size = tls.read_tls(plain)?;
    let processed = tls.process_new_packets();
    // Alerts and answers to new keys. If the kernel takes them later, `is_blocked` tells; a failure shows at the next write.
    let _ = push(tls, plain);
    processed.map(|_| size).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// What the other side has said before it hung up: a server that does not like the client's certificate says so after
/// the handshake, when the client is writing already.
fn last_word(tls: &mut ClientConnection, plain: &mut Plain) -> Option<io::Error> {
    // It may have come since the last read.
    plain.is_drained = false;
    while matches!(tls.read_tls(plain), Ok(1..)) {
        if let Err(error) = tls.process_new_packets() {
            return Some(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    }
    None
}

fn cut_off() -> io::Error {
    let text =
        "it ended without the goodbye of TLS (close_notify): the engine died, or something on the way cut it off";
    io::Error::new(io::ErrorKind::UnexpectedEof, text)
}
