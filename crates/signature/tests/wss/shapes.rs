//! Everything else that is wrong about a message, each with its reason.
