//! The citizen portal, the check page and the REST API on axum.
