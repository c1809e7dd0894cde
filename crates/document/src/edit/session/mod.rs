//! A session: writes by path, each of which sees the ones before it.

pub(crate) mod command;
pub(crate) mod counter;
pub(crate) mod editor;
pub(crate) mod list;
pub(crate) mod text;

#[cfg(test)]
mod tests;
