//! Use cases of the service and the ports they need; knows no SQL, HTTP, PDF or cryptographic library.
