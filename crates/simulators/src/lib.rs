//! Counterparts for the demo and the tests: certification authority, NCALayer, synthetic people and their data bank.
