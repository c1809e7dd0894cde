//! Tests of the graph as a whole; each invariant's test bears its number.

mod coverage;
mod equivocator;
mod flood;
mod insertion;
mod model;
mod properties;
mod sync;
mod world;
