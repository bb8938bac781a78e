//! The kernel's socket, and the kernel's word on when to read or write. Nothing here waits but `ready`.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;

use self::words::Words;
use crate::runtime::on_io_thread;

/// A TCP connection. Dropped, it is closed.
#[derive(Debug)]
pub(super) struct Tcp(Words);

impl Tcp {
    /// Whether `hush` can be.
    pub(super) const CAN_HUSH: bool = words::CAN_BE_HUSHED;

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

    /// Waits until there may be something to read or, if wanted, room to write. Then `look_for_end` comes first.
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
        words::COME_WITH_EACH_BYTE && on_io_thread() && !self.is_ended() && self.0.forget_readable()
    }

    /// Sees whether the end has come, before what came with it is read.
    pub(super) fn look_for_end(&self) -> io::Result<()> {
        self.0.take_word()
    }

    /// Whether the other side was seen to have said that nothing follows: after it there is no further word.
    pub(super) fn is_ended(&self) -> bool {
        self.0.is_ended()
    }

    /// Has the kernel not tell `ready` what there is to read, until `tell`: another thread waits for it. That wakes one
    /// thread instead of two. Tells whether it is so.
    pub(super) fn hush(&self) -> bool {
        self.0.hush()
    }

    /// Waits on this thread until there may be something to read; tells whether there is. Only where `hush` can be.
    pub(super) fn wait(&self, time: Duration) -> io::Result<bool> {
        self.0.wait(time)
    }

    /// Nothing is read or written any more.
    pub(super) fn shut_down(&self) -> io::Result<()> {
        self.0.as_socket().shutdown(Shutdown::Both)
    }

    /// Has the kernel tell `ready` again, at once if there is something to read by now.
    pub(super) fn tell(&self) {
        self.0.tell();
    }
}

/// By an epoll instance of its own, inside that of the runtime, which is out of reach.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod words {
    use std::io::Write;
    use std::mem::MaybeUninit;
    use std::net::TcpStream as StdStream;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use tokio::net::unix::pipe::Receiver;

    use super::*;
    use crate::descriptors::above_standard;
    use crate::wait::lock;

    /// Whether the kernel's word comes with each byte, and not only after a read that found nothing.
    pub const COME_WITH_EACH_BYTE: bool = true;

    pub const CAN_BE_HUSHED: bool = true;

    #[derive(Debug)]
    pub struct Words {
        stream: StdStream,
        /// Tokio takes any descriptor for the end of a pipe. This one is readable when the socket is as it is wanted.
        epoll: Receiver,
        wanted: Mutex<EventFlags>,
        is_ended: AtomicBool,
    }

    /// The end is a word of its own, since nothing more comes after it.
    const READABLE: EventFlags = EventFlags::IN.union(EventFlags::RDHUP);

    impl Words {
        pub fn new(stream: TcpStream) -> io::Result<Self> {
            let stream = stream.into_std()?;
            let epoll = above_standard(epoll::create(CreateFlags::CLOEXEC)?)?;
            epoll::add(&epoll, &stream, EventData::new_u64(0), READABLE | EventFlags::ET)?;
            let epoll = Receiver::from_owned_fd_unchecked(epoll)?;
            Ok(Self { stream, epoll, wanted: Mutex::new(READABLE), is_ended: AtomicBool::default() })
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
            self.want(false, |wanted| if wanted.is_empty() { room } else { READABLE | room })?;
            self.epoll.readable().await
        }

        pub async fn writable(&self) -> io::Result<()> {
            self.want(false, |_| EventFlags::OUT)?;
            self.epoll.readable().await?;
            self.forget_readable();
            self.take_word()
        }

        pub fn forget_readable(&self) -> bool {
            self.epoll.try_io(|| Err::<(), _>(io::ErrorKind::WouldBlock.into())).is_err()
        }

        pub fn take_word(&self) -> io::Result<()> {
            let mut word = [MaybeUninit::<Event>::uninit()];
            let (word, _) = epoll::wait(&self.epoll, &mut word, Some(&Timespec::default()))?;
            let ends = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
            if word.iter().any(|word| EventFlags::intersects(&{ word.flags }, ends)) {
                self.is_ended.store(true, Ordering::Relaxed);
            }
            Ok(())
        }

        pub fn is_ended(&self) -> bool {
            self.is_ended.load(Ordering::Relaxed)
        }

        pub fn hush(&self) -> bool {
            self.want(false, |_| EventFlags::empty()).is_ok()
        }

        pub fn tell(&self) {
            // It fails only where the descriptor is not the socket's any more, because the host has closed it.
            let _ = self.want(true, |_| READABLE);
        }

        /// `anew`: also if nothing changes, to be told of what is there already.
        fn want(&self, anew: bool, change: impl FnOnce(EventFlags) -> EventFlags) -> io::Result<()> {
            let mut wanted = lock(&self.wanted);
            let next = change(*wanted);
            if anew || next != *wanted {
                if !next.is_empty() {
                    // What was told before and not taken would not be told again.
                    self.take_word()?;
                }
                epoll::modify(&self.epoll, &self.stream, EventData::new_u64(0), next | EventFlags::ET)?;
                *wanted = next;
            }
            Ok(())
        }

        pub fn as_socket(&self) -> SockRef<'_> {
            SockRef::from(&self.stream)
        }

        pub fn wait(&self, time: Duration) -> io::Result<bool> {
            let time = Timespec::try_from(time).unwrap_or_default();
            Ok(poll(&mut [PollFd::new(&self.stream, PollFlags::IN)], Some(&time))? > 0)
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod words {
    use tokio::io::Interest;

    use super::*;

    pub const COME_WITH_EACH_BYTE: bool = cfg!(target_vendor = "apple");
    pub const CAN_BE_HUSHED: bool = false;

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

        pub fn take_word(&self) -> io::Result<()> {
            Ok(())
        }

        /// Tokio never forgets that.
        pub fn is_ended(&self) -> bool {
            false
        }

        pub fn hush(&self) -> bool {
            false
        }

        pub fn tell(&self) {}

        pub fn as_socket(&self) -> SockRef<'_> {
            SockRef::from(&self.0)
        }

        pub fn wait(&self, _: Duration) -> io::Result<bool> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream as StdStream};
    use std::time::Duration;

    use super::*;

    /// On a runtime, a connection and its other end.
    async fn connected() -> (Tcp, StdStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Tcp::new(tcp).unwrap(), listener.accept().unwrap().0)
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.unwrap() });
    }

    async fn is_read(tcp: &Tcp, wanted: &[u8]) {
        let mut buffer = [0; 16];
        tcp.ready(false).await.unwrap();
        let size = tcp.read(&mut buffer).unwrap();
        assert_eq!(&buffer[..size], wanted);
        assert_eq!(tcp.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn what_came_while_another_thread_waited_is_told_afterwards() {
        run(async {
            let (tcp, mut peer) = connected().await;
            for _ in 0..3 {
                peer.write_all(b"1").unwrap();
                is_read(&tcp, b"1").await;
                if tcp.hush() {
                    peer.write_all(b"2").unwrap();
                    tcp.tell();
                    is_read(&tcp, b"2").await;
                }
            }
        });
    }

    #[test]
    fn an_end_that_came_with_the_last_bytes_is_told() {
        run(async {
            let (tcp, mut peer) = connected().await;
            peer.write_all(b"1").unwrap();
            drop(peer);
            tcp.ready(false).await.unwrap();
            tcp.look_for_end().unwrap();
            let mut buffer = [0; 16];
            assert_eq!(tcp.read(&mut buffer).unwrap(), 1);
            assert!(!cfg!(target_os = "linux") || tcp.is_ended());
            tcp.ready(false).await.unwrap();
            assert_eq!(tcp.read(&mut buffer).unwrap(), 0);
        });
    }

    #[test]
    fn room_is_told_beside_what_there_is_to_read() {
        run(async {
            let (tcp, mut peer) = connected().await;
            peer.write_all(b"1").unwrap();
            is_read(&tcp, b"1").await;
            for _ in 0..3 {
                while tcp.write(&[0; 4096]).is_ok() {}
                let mut taken = vec![0; 64 << 20];
                peer.set_nonblocking(true).unwrap();
                while io::Read::read(&mut peer, &mut taken).is_ok() {}
                tcp.ready(true).await.unwrap();
            }
        });
    }
}
