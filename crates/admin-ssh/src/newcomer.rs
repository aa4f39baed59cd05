//! A connection whose sign-in has a deadline: when it is over, reading and writing fail, whatever the other side does.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::limits;

/// A stream with a deadline until somebody has signed in.
pub(crate) struct Deadline<S> {
    stream: S,
    signed_in: Arc<AtomicBool>,
    over: Pin<Box<Sleep>>,
}

impl<S> Deadline<S> {
    /// The deadline begins now; it is lifted when `signed_in` is true.
    pub(crate) fn new(stream: S, signed_in: Arc<AtomicBool>) -> Self {
        Self { stream, signed_in, over: Box::pin(tokio::time::sleep(limits::SIGN_IN_TIME)) }
    }

    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.signed_in.load(Ordering::Acquire) || self.over.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "nobody signed in in time"))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deadline<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn who_does_not_sign_in_in_time_is_cut_off() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut stream = Deadline::new(ours, Arc::new(AtomicBool::new(false)));
        theirs.write_all(b"x").await.unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        let failed = stream.read_exact(&mut byte).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        assert_eq!(stream.write_all(b"y").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn who_signed_in_has_time() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let signed_in = Arc::new(AtomicBool::new(false));
        let mut stream = Deadline::new(ours, Arc::clone(&signed_in));
        signed_in.store(true, Ordering::Release);
        tokio::time::advance(limits::SIGN_IN_TIME * 2).await;
        theirs.write_all(b"x").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
    }
}
