//! A disk that fails at a chosen step, under one real process of the production binary, and what is held against it.
//!
//! | module | what it holds |
//! |---|---|
//! | `disk` | the library that stands between a process and its files (`disk.c`), and the lives of a process under it |
//! | `image` | what a dead member's files hold, read before it starts again: its peers cannot have given it anything back |
//! | `witness` | what other members have seen of it |
//! | `words` | the votes of a member, and which exclude each other |

#![allow(dead_code, unused_imports, reason = "each theme uses its own part")]

mod disk;
mod image;
mod witness;
mod words;

pub(crate) use disk::{FaultyDisk, Life, Loss, Order, Step, When};
pub(crate) use image::Image;
pub(crate) use witness::{Place, Witness};
pub(crate) use words::{Word, assert_consistent, durable_words};
