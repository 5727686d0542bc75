//! The body of a question, which tells when a connection took it.
//!
//! The limit for the first byte of the answer begins with that moment, not when a connection was wanted (PROTOCOL §7).
//! A question that meets a kept connection which its peer has just closed is moved to a new one by the HTTP library,
//! untouched: it was not taken yet. The HTTP/1.1 writer takes the body in the same turn as the head, before a byte of
//! either leaves.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::connect_timing::CallClock;

/// A body of known length that is sent in one piece.
pub struct Question {
    bytes: Option<Bytes>,
    clock: Arc<CallClock>,
}

impl Question {
    /// The body as the HTTP library wants it. An empty one is never taken, so it tells nothing.
    pub fn body(bytes: Bytes, clock: &Arc<CallClock>) -> reqwest::Body {
        if bytes.is_empty() {
            return reqwest::Body::from(bytes);
        }
        reqwest::Body::wrap(Self { bytes: Some(bytes), clock: Arc::clone(clock) })
    }
}

impl http_body::Body for Question {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let taken = self.bytes.take();
        if taken.is_some() {
            self.clock.question_taken();
        }
        Poll::Ready(taken.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
