//! Sealing and judging whole files, with a certification authority of `openssl` and judges that are not ours.

mod fixture;
mod judging;
mod sealing;
