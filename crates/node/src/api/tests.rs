//! The API before a replica of its own, on a disk of its own, with nobody to agree with but itself.

mod fixture;

mod bounds;
mod problems;
mod reading;
mod routes;
mod serving;
mod streaming;
mod writing;
