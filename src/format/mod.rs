//! How text is cut, spoken and escaped.
pub mod spans;
