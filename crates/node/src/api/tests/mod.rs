//! The API before a replica of its own, on a disk of its own, with nobody to agree with but itself.

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
