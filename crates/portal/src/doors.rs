//! The routes with who may come through each: a route without that cannot be written.
//!
//! What stands here is told to whoever reads `docs/permissions.md`, and a test goes through every door as everybody. That
//! somebody is let in or not is decided by the handler's own extractor; where the two disagree that test fails.

use std::convert::Infallible;

use app::StaffAct;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, Route, get, post, put};
use tower::{Layer, Service};

use crate::Shared;

/// Who may come through a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Anybody.
    Anybody,
    /// A person who signed in.
    Person,
    /// The application on a telephone, by a one-time link.
    Telephone,
    /// A program that bears the API's token.
    ApiClient,
    /// Who serves in a role that may do this.
    Staff(StaffAct),
}

impl Who {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Person => "person",
            Self::Telephone => "telephone",
            Self::ApiClient => "api_client",
            Self::Staff(act) => act.code(),
        }
    }
}

/// One door.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Door {
    /// Address, with its parameters in braces.
    pub path: String,
    /// Method.
    pub method: &'static str,
    /// Who may come through.
    pub who: Who,
}

/// Routes being gathered.
#[derive(Default)]
pub(crate) struct Doors {
    router: Router<Shared>,
    doors: Vec<Door>,
}

impl Doors {
    /// A page or a question.
    pub fn get<H, T>(self, who: Who, path: &str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.with("GET", who, path, get(handler))
    }

    /// A form or an order.
    pub fn post<H, T>(self, who: Who, path: &str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.with("POST", who, path, post(handler))
    }

    /// Something brought.
    pub fn put<H, T>(self, who: Who, path: &str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.with("PUT", who, path, put(handler))
    }

    fn with(
        mut self,
        method: &'static str,
        who: Who,
        path: &str,
        handler: MethodRouter<Shared>,
    ) -> Self {
        self.doors.push(Door { path: path.to_owned(), method, who });
        self.router = self.router.route(path, handler);
        self
    }

    /// These and those.
    pub fn merge(mut self, other: Self) -> Self {
        self.doors.extend(other.doors);
        self.router = self.router.merge(other.router);
        self
    }

    /// Puts a layer round all that are here by now.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// The routes, and who may come through each.
    pub fn open(self) -> (Router<Shared>, Vec<Door>) {
        (self.router, self.doors)
    }
}
