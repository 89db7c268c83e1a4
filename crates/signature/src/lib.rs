//! Kazakhstan's signatures: X.509, CMS, GOST 34.10-2015, RSA and ECDSA verification, CRL, PAdES. Bytes in, verdict out.
pub mod pades;
