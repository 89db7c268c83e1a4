//! Everything that talks to the world except SQL and incoming HTTP.

mod data_bank_file;
mod import;

pub use data_bank_file::{
    Column, Fault, FaultCode, FileFaults, ReadError, TemplateError, read, read_path, template,
};
pub use import::{ImportError, ImportMode, import_file};
