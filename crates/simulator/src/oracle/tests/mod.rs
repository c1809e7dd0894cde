//! Each invariant is seen to fail: plain facts that break it are found out, and those next to them are not.

mod agreement;
mod durability;
mod fixture;
mod reference_model;
mod shown;
mod signed;
