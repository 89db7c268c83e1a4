//! The channel against its counterpart, in one process: the whole way of a request, and every way to fail.

mod attacks;
mod consents;
mod faults;
mod journeys;
mod schemas;
mod survive;
mod world;
