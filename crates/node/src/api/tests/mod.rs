//! The API over a real replica, the only member of its committee, and a real store.

mod fixture;
mod listener;
mod strangers;

mod bad_input;
mod bounds;
mod conditions;
mod evidence;
mod following;
mod looking_back;
mod patching;
mod problems;
mod reading;
mod routes;
mod serving;
mod streaming;
mod writing;
