//! Everything that talks to the world except SQL and incoming HTTP.
