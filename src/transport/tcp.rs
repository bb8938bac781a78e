//! The kernel's socket, and the kernel's word on when to read or write. Nothing here waits but `ready`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use tokio::net::TcpStream;

use self::words::Words;
use crate::runtime::on_io_thread;

/// A TCP connection. Dropped, it is closed.
#[derive(Debug)]
pub(super) struct Tcp(Words);

impl Tcp {
    /// From one that is connected; on the runtime.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        Words::new(stream).map(Self)
    }

    /// Reads what there is; `WouldBlock` if that is nothing.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    /// Writes what the kernel takes; `WouldBlock` if that is nothing. `ready` waits for room from then on.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Waits until there may be something to read or, if wanted, room to write.
    pub(super) async fn ready(&self, wants_room: bool) -> io::Result<()> {
        self.0.ready(wants_room).await
    }

    /// Waits until there may be room to write.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.0.writable().await
    }

    /// Has `ready` wait for what comes from now on, as if a read had found nothing; tells whether it will. Only the thread
    /// that hears the kernel's word can be sure not to forget it at once.
    pub(super) fn forget_readable(&self) -> bool {
        words::COME_WITH_EACH_BYTE && on_io_thread() && self.0.forget_readable()
    }

    /// Has the kernel not tell `ready` what there is to read, until `tell`: another thread waits for it. That wakes one
    /// thread instead of two. Tells whether it is so.
    pub(super) fn hush(&self) -> bool {
        self.0.hush()
    }

    /// Has the kernel tell `ready` again, at once if there is something to read by now.
    pub(super) fn tell(&self) {
        self.0.tell();
    }
}

impl AsFd for Tcp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// By an epoll instance of its own, inside that of the runtime, which is out of reach.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod words {
    use std::io::Write;
    use std::net::TcpStream as StdStream;
    use std::sync::Mutex;

    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
    use rustix::io::Errno;
    use tokio::net::unix::pipe::Receiver;

    use super::*;
    use crate::descriptors::above_standard;
    use crate::wait::lock;

    /// Whether the kernel's word comes with each byte, and not only after a read that found nothing.
    pub const COME_WITH_EACH_BYTE: bool = true;

    #[derive(Debug)]
    pub struct Words {
        stream: StdStream,
        /// Tokio takes any descriptor for the end of a pipe. This one is readable when the socket is as it is wanted.
        epoll: Receiver,
        wanted: Mutex<EventFlags>,
    }

    impl Words {
        pub fn new(stream: TcpStream) -> io::Result<Self> {
            let stream = stream.into_std()?;
            let epoll = above_standard(epoll::create(CreateFlags::CLOEXEC)?)?;
            epoll::add(&epoll, &stream, EventData::new_u64(0), EventFlags::IN | EventFlags::ET)?;
            let epoll = Receiver::from_owned_fd_unchecked(epoll)?;
            Ok(Self { stream, epoll, wanted: Mutex::new(EventFlags::IN) })
        }

        pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
            match rustix::io::read(&self.stream, &mut *buffer) {
                // Looked at again in tokio's way, so that it waits for the next word.
                Err(Errno::AGAIN) => self.epoll.try_io(|| Ok(rustix::io::read(&self.stream, buffer)?)),
                read => Ok(read?),
            }
        }

        pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            (&self.stream).write(bytes)
        }

        pub async fn ready(&self, wants_room: bool) -> io::Result<()> {
            let room = if wants_room { EventFlags::OUT } else { EventFlags::empty() };
            self.want(false, |wanted| if wanted.is_empty() { room } else { EventFlags::IN | room })?;
            self.epoll.readable().await
        }

        pub async fn writable(&self) -> io::Result<()> {
            self.want(false, |_| EventFlags::OUT)?;
            self.epoll.readable().await?;
            self.forget_readable();
            Ok(())
        }

        pub fn forget_readable(&self) -> bool {
            self.epoll.try_io(|| Err::<(), _>(io::ErrorKind::WouldBlock.into())).is_err()
        }

        pub fn hush(&self) -> bool {
            self.want(false, |_| EventFlags::empty()).is_ok()
        }

        pub fn tell(&self) {
            // It fails only where the descriptor is not the socket's any more, because the host has closed it.
            let _ = self.want(true, |_| EventFlags::IN);
        }

        /// `anew`: also if nothing changes, to be told of what is there already.
        fn want(&self, anew: bool, change: impl FnOnce(EventFlags) -> EventFlags) -> io::Result<()> {
            let mut wanted = lock(&self.wanted);
            let next = change(*wanted);
            if anew || next != *wanted {
                epoll::modify(&self.epoll, &self.stream, EventData::new_u64(0), next | EventFlags::ET)?;
                *wanted = next;
            }
            Ok(())
        }

        pub fn as_fd(&self) -> BorrowedFd<'_> {
            self.stream.as_fd()
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod words {
    use tokio::io::Interest;

    use super::*;

    pub const COME_WITH_EACH_BYTE: bool = cfg!(target_vendor = "apple");

    #[derive(Debug)]
    pub struct Words(TcpStream);

    impl Words {
        pub fn new(stream: TcpStream) -> io::Result<Self> {
            Ok(Self(stream))
        }

        pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.try_read(buffer)
        }

        pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            self.0.try_write(bytes)
        }

        pub async fn ready(&self, wants_room: bool) -> io::Result<()> {
            let interest = if wants_room { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            self.0.ready(interest).await.map(drop)
        }

        pub async fn writable(&self) -> io::Result<()> {
            self.0.writable().await
        }

        pub fn forget_readable(&self) -> bool {
            self.0.try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into())).is_err()
        }

        pub fn hush(&self) -> bool {
            false
        }

        pub fn tell(&self) {}

        pub fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}
