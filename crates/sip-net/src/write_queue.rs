//! What a connection has yet to write, within bounds: a peer that does not read is given up (TLS-4).

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use crate::limits;

/// Messages in order.
#[derive(Debug)]
pub struct WriteQueue {
    messages: VecDeque<Bytes>,
    octets: usize,
    most: usize,
    is_flushed: bool,
    /// Since when octets wait.
    blocked_since: Option<Instant>,
}

/// The queue is full.
#[derive(Debug)]
pub struct Full;

impl Default for WriteQueue {
    /// As much as one client may leave unread.
    fn default() -> Self {
        Self::with_room(limits::WRITE_OCTETS)
    }
}

impl WriteQueue {
    /// An empty queue that takes so many octets: a connection that carries many clients needs more.
    #[must_use]
    pub fn with_room(most: usize) -> Self {
        Self { messages: VecDeque::new(), octets: 0, most, is_flushed: false, blocked_since: None }
    }

    /// Puts a message in.
    ///
    /// # Errors
    /// When more octets wait than there is room for: the peer does not read.
    pub fn push(&mut self, message: Bytes) -> Result<(), Full> {
        self.octets += message.len();
        if self.octets > self.most {
            return Err(Full);
        }
        self.messages.push_back(message);
        self.is_flushed = false;
        Ok(())
    }

    /// The octets that wait.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Whether everything is with the kernel.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.messages.is_empty() && self.is_flushed
    }

    /// When the peer is given up, while octets wait.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.blocked_since.map(|since| since + limits::WRITE)
    }

    /// Writes what goes. Ready when everything is with the kernel.
    pub fn poll_write<W: AsyncWrite + Unpin>(
        &mut self,
        writer: &mut W,
        now: impl FnOnce() -> Instant,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let progress = self.poll_progress(writer, context);
        match progress {
            Poll::Ready(Ok(())) => {
                self.blocked_since = None;
                if self.messages.capacity() > 8 {
                    self.messages = VecDeque::new();
                }
            }
            // The clock is read once for each stall.
            Poll::Pending if self.blocked_since.is_none() => self.blocked_since = Some(now()),
            Poll::Pending | Poll::Ready(Err(_)) => {}
        }
        progress
    }

    fn poll_progress<W: AsyncWrite + Unpin>(
        &mut self,
        writer: &mut W,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(message) = self.messages.front_mut() {
            let written = std::task::ready!(Pin::new(&mut *writer).poll_write(context, message))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            message.advance(written);
            self.octets = self.octets.saturating_sub(written);
            if message.is_empty() {
                self.messages.pop_front();
            }
        }
        if !self.is_flushed {
            std::task::ready!(Pin::new(writer).poll_flush(context))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }
}
