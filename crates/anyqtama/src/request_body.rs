//! Bodies of requests held to a time: who sends a byte now and then must not keep a connection that others need.
//!
//! A body that comes too slowly ends in a fault, never early: half of a form must not pass for the whole.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::{BoxError, Error};
use futures_util::stream::{StreamExt, unfold};
use tokio::time::{Instant, timeout_at};

/// How long a body may take.
#[derive(Clone, Copy)]
pub struct BodyPatience {
    /// Until its next bytes.
    pub pause: Duration,
    /// In all.
    pub whole: Duration,
}

/// The same body, held to these times from now on.
pub fn in_time<B>(body: B, patience: BodyPatience) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        return Body::empty();
    }
    let deadline = Instant::now() + patience.whole;
    let chunks = Some(Body::new(body).into_data_stream());
    let chunks = unfold(chunks, move |chunks| async move {
        let mut chunks = chunks?;
        let until = deadline.min(Instant::now() + patience.pause);
        match timeout_at(until, chunks.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(chunks))),
            Ok(Some(Err(fault))) => Some((Err(fault), None)),
            Ok(None) => None,
            // Nothing comes behind it, however often it is asked for.
            Err(late) => Some((Err(Error::new(late)), None)),
        }
    });
    Body::from_stream(chunks)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures_util::stream::iter;

    use super::*;

    const PATIENCE: BodyPatience =
        BodyPatience { pause: Duration::from_millis(400), whole: Duration::from_millis(900) };

    /// So many chunks, with a pause before each.
    async fn read(chunks: usize, pause: Duration) -> Result<usize, Error> {
        let slow = iter(0..chunks).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, Error>(Bytes::from_static(b"byte"))
        });
        let body = in_time(Body::from_stream(slow), PATIENCE);
        to_bytes(body, usize::MAX).await.map(|bytes| bytes.len())
    }

    #[tokio::test]
    async fn a_body_comes_whole_and_in_time_or_not_at_all() {
        assert_eq!(read(100, Duration::ZERO).await.unwrap(), 400);
        assert_eq!(read(2, Duration::from_millis(100)).await.unwrap(), 8);
        assert!(read(1, Duration::from_secs(30)).await.is_err(), "silent");
        assert!(read(300, Duration::from_millis(100)).await.is_err(), "a byte now and then");
        let silent = iter(0..2).then(|_| async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok::<_, Error>(Bytes::from_static(b"byte"))
        });
        let mut late = in_time(Body::from_stream(silent), PATIENCE).into_data_stream();
        assert!(late.next().await.unwrap().is_err());
        assert!(late.next().await.is_none(), "something came behind the fault");
        let nothing = in_time(Body::empty(), PATIENCE);
        assert_eq!(to_bytes(nothing, 1).await.unwrap(), "");
    }
}
