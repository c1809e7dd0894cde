//! Whole networks of machines, in a world that is a function of a seed.

mod chaos;
mod equivocator;
mod flooder;
mod laggard;
mod liveness;
mod recovery;
mod world;
