//! How much is done at the same time: answers that are being made, large bodies that are being read. What comes beyond is told at
//! once to come again, instead of waiting in a queue that nobody bounds.
//!
//! Whether the process lives is told all the same: whoever watches must not take a flood for a death. Read next:
//! `app/src/backlog.rs` for requests that are being registered and for those that wait.

use app::Busy;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::failure::Failure;
use crate::{FORM_BYTES_MAX, Shared};

/// Answers made at the same time.
const ANSWERS_MAX: usize = 1_024;
/// KiB of large bodies in memory at the same time.
const BODIES_KIB_MAX: usize = 256 * 1_024;
/// What a body counts for that does not tell how long it is, in KiB: no way takes a longer one without that.
const UNTOLD_KIB: u32 = 2_048;
/// No way takes a longer one, so it is refused unread.
const LARGEST_KIB: u32 = 21 * 1_024;

/// What is free.
pub struct Room {
    answers: Semaphore,
    bodies: Semaphore,
}

impl Default for Room {
    fn default() -> Self {
        Self { answers: Semaphore::new(ANSWERS_MAX), bodies: Semaphore::new(BODIES_KIB_MAX) }
    }
}

const NO_ROOM: Failure = Failure::Busy(Busy { retry_after_s: 2 });

/// Free again when they are dropped.
type Places<'a> = (SemaphorePermit<'a>, SemaphorePermit<'a>);

impl Room {
    /// A place for an answer, and for the body it reads.
    ///
    /// # Errors
    /// [`Failure::Busy`], or [`Failure::TooLarge`] where there would never be one.
    fn take(&self, request: &Request) -> Result<Places<'_>, Failure> {
        let weight = weight(request);
        if weight > LARGEST_KIB {
            return Err(Failure::TooLarge);
        }
        let answer = self.answers.try_acquire().map_err(|_| NO_ROOM)?;
        let body = self.bodies.try_acquire_many(weight).map_err(|_| NO_ROOM)?;
        Ok((answer, body))
    }
}

/// KiB for which the body of a request counts; a form without a file counts for nothing.
fn weight(request: &Request) -> u32 {
    let headers = request.headers();
    let told: Option<usize> =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match told {
        Some(bytes) if bytes <= FORM_BYTES_MAX => 0,
        Some(bytes) => u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX),
        None if headers.contains_key(header::TRANSFER_ENCODING) => UNTOLD_KIB,
        None => 0,
    }
}

/// Answers where there is room, and else that there is none now.
pub async fn where_there_is_room(
    State(portal): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/health/") {
        return next.run(request).await;
    }
    match portal.room.take(&request) {
        Ok(_taken) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(name: header::HeaderName, value: &str) -> Request {
        Request::builder().header(name, value).body(Body::empty()).unwrap()
    }

    #[test]
    fn large_bodies_take_room_and_give_it_back() {
        let room = Room::default();
        let large = request(header::CONTENT_LENGTH, "20971520");
        let mut taken = Vec::new();
        while let Ok(places) = room.take(&large) {
            taken.push(places);
        }
        assert_eq!(taken.len(), 12, "20 MiB each");
        assert!(room.take(&request(header::CONTENT_LENGTH, "65536")).is_ok(), "forms go on");
        let piecemeal = request(header::TRANSFER_ENCODING, "chunked");
        assert_eq!(weight(&piecemeal), UNTOLD_KIB);
        let endless = request(header::CONTENT_LENGTH, "99999999999");
        assert_eq!(room.take(&endless).unwrap_err(), Failure::TooLarge);
        taken.pop();
        assert!(room.take(&piecemeal).is_ok());
    }

    #[test]
    fn answers_made_at_the_same_time_are_bounded() {
        let room = Room::default();
        let request = Request::new(Body::empty());
        let taken: Vec<_> = (0..ANSWERS_MAX).map(|_| room.take(&request).unwrap()).collect();
        assert_eq!(room.take(&request).unwrap_err(), NO_ROOM);
        drop(taken);
        assert!(room.take(&request).is_ok());
    }
}
