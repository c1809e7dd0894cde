//! Each invariant is seen to fail: plain facts that break it are found out, and those next to them are not.

mod agreement;
mod court;
mod durability;
mod recomputed;
mod shown;
mod signed;
