//! A connection that is read in portions: who answers and answers must not keep the I/O thread, nor go on for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::yield_now;

/// How much is read before others have their turn. Hyper skips heads of the kind 1xx in a loop of its own.
const PORTION: usize = 16 << 10;
/// How much may come before the answer's head is there, those of the kind 1xx included.
const MAX_HEAD_BYTES: usize = 1 << 20;

/// How much may still come before the answer's head.
#[derive(Clone, Debug)]
pub struct HeadRoom(Arc<AtomicUsize>);

impl HeadRoom {
    pub fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(MAX_HEAD_BYTES)))
    }

    /// The head is there; what follows is bounded by who reads it.
    pub fn lift(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }

    fn take(&self, size: usize) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed).checked_sub(size).ok_or_else(|| {
            io::Error::other(format!("more than {} MiB came before the answer", MAX_HEAD_BYTES >> 20))
        })?;
        self.0.store(left, Ordering::Relaxed);
        Ok(())
    }
}

/// The connection; writes go through as they are.
pub struct Portions<S> {
    stream: S,
    room: HeadRoom,
    /// How much of this portion was read.
    taken: usize,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<S> Portions<S> {
    pub fn new(stream: S, room: HeadRoom) -> Self {
        Self { stream, room, taken: 0, pause: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Portions<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.taken >= PORTION {
            self.taken = 0;
            self.pause = Some(Box::pin(yield_now()));
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let most = buffer.remaining().min(PORTION - self.taken);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut part))?;
        let size = part.filled().len();
        buffer.advance(size);
        self.taken += size;
        Poll::Ready(self.room.take(size))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Portions<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Somebody who never stops.
    struct Endless;

    impl AsyncRead for Endless {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            buffer.initialize_unfilled();
            buffer.advance(buffer.remaining());
            Poll::Ready(Ok(()))
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    /// How much is read before the reader is told to wait.
    async fn read_portion(stream: &mut Portions<Endless>) -> io::Result<usize> {
        let mut bytes = 0;
        poll_fn(|context| {
            loop {
                let mut room = [0; 1000];
                let mut buffer = ReadBuf::new(&mut room);
                match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                    Poll::Ready(read) => read?,
                    Poll::Pending => return Poll::Ready(Ok(bytes)),
                }
                bytes += buffer.filled().len();
                assert!(bytes <= PORTION);
            }
        })
        .await
    }

    #[test]
    fn others_have_their_turn_between_two_portions() {
        block_on(async {
            let mut stream = Portions::new(Endless, HeadRoom::new());
            for _ in 0..3 {
                assert_eq!(read_portion(&mut stream).await.unwrap(), PORTION);
                yield_now().await;
            }
        });
    }

    #[test]
    fn a_head_that_never_ends_is_an_error_and_a_body_is_not() {
        block_on(async {
            let room = HeadRoom::new();
            let mut stream = Portions::new(Endless, room.clone());
            for _ in 0..MAX_HEAD_BYTES / PORTION {
                read_portion(&mut stream).await.unwrap();
                yield_now().await;
            }
            assert!(read_portion(&mut stream).await.unwrap_err().to_string().contains("1 MiB"));
            room.lift();
            assert!(read_portion(&mut stream).await.is_ok());
        });
    }
}
