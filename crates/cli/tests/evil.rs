//! An evil peer against four honest processes: with a stranger's key and with a member's, over the node's own network code and
//! below it, it tries what a peer can try, while clients go on writing.
//!
//! The committee has five members of equal stake. The fifth is the evil one: its process is gone, its key is in this
//! test. The other four are a quorum and nothing more, so whatever stops one of them stops finality, and is seen.
//!
//! Each attack of [`evil::attacks`] plays a way in which real systems broke. After each, all of this holds:
//!
//! - the four processes run, and no log has a panic in it;
//! - the most memory that each of them used meanwhile is within the attack's budget above what it had;
//! - milestones went on at all four while the attack did;
//! - all four have one digest, and documents that hold the honest writes, and nothing that was to be refused;
//! - the evil peer was banned, or blamed, or left alone, as its attack deserves, and no honest peer was;
//! - evidence names no key but that of the evil member.
//!
//! How long honest writes took is printed, beside how long they took before the first attack. The bound on it is loose, since
//! machines are shared; what is checked sharply is that writes become final.
//!
//! `QUORATE_EVIL_ONLY=T-A4` plays the attacks whose row or name contains that; `QUORATE_EVIL_TIMES=10` makes all of them larger:
//! `QUORATE_EVIL_TIMES=10 cargo test -p quorate-cli --test evil -- --nocapture`

mod cluster;
#[path = "evil/mod.rs"]
mod evil;

use std::env;

use evil::{ATTACKS, Field};

#[test]
fn an_evil_peer_tries_everything_and_harms_nobody() {
    let only = env::var("QUORATE_EVIL_ONLY").unwrap_or_default();
    let attacks = ATTACKS.iter().filter(|attack| attack.row.contains(&only) || attack.name.contains(&only));
    let mut field = Field::prepare();
    for (number, attack) in attacks.enumerate() {
        field.play(attack, number);
    }
    field.end();
}
