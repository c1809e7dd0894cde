//! Everything goes wrong at once, then nothing does: agreement holds throughout, and finality goes on afterwards.

use super::world::{AgreementWorld, Weather, pairs};

/// Twelve spells of bad weather, cut links, slow disks and crashes.
fn storm(world: &mut AgreementWorld) {
    let n = world.nodes.len() as u64;
    for _ in 0..12 {
        let dice = &mut world.dice;
        world.weather = Weather {
            loss_percent: dice.below(30),
            double_percent: dice.below(30),
            delay_ms: 1 + dice.below(400),
            disk_ms: 1 + dice.below(200),
        };
        let broken = dice.below(50);
        world.cut.clear();
        for link in pairs(world.nodes.len()) {
            if world.dice.percent(broken) {
                world.cut.insert(link);
            }
        }
        for _ in 0..world.dice.below(3) {
            let node = usize::try_from(world.dice.below(n)).unwrap();
            if world.nodes[node].machine.is_some() {
                world.crash(node);
            } else {
                world.start(node);
            }
        }
        let ms = world.dice.below(4_000);
        world.pass(ms);
    }
}

/// Runs one seed; how long the honest nodes took to finalise two more heights once all was well, in ms.
fn survive(seed: u64, stakes: &[u128], twins: &[u64]) -> u64 {
    let mut world = AgreementWorld::new(seed, stakes, twins);
    storm(&mut world);
    world.heal();
    let honest: Vec<usize> = (0..stakes.len()).filter(|node| !twins.contains(&(*node as u64))).collect();
    let (height, before) = (world.decided.len() as u64 + 2, world.now_ms);
    let lives = world.run(180_000, |world| world.all_at(&honest, height));
    assert!(lives, "A8: seed {seed} of {stakes:?} with twins {twins:?} stands still");
    world.now_ms - before
}

fn survive_all(seeds: std::ops::Range<u64>, stakes: &[u128], twins: &[u64]) {
    let slowest = seeds.map(|seed| survive(seed, stakes, twins)).max();
    println!("{stakes:?} twins {twins:?}: at most {slowest:?} ms after healing");
}

#[test]
fn a6_a8_four_equal_members_agree_through_any_storm_and_go_on() {
    survive_all(0..150, &[100; 4], &[]);
}

#[test]
fn a6_a8_unequal_members_agree_through_any_storm_and_go_on() {
    survive_all(0..60, &[150, 200, 80, 120], &[]);
    survive_all(0..60, &[600, 100, 100, 100], &[]);
}

#[test]
fn a6_a8_seven_members_agree_through_any_storm_and_go_on() {
    survive_all(0..50, &[100; 7], &[]);
    survive_all(0..30, &[150, 200, 80, 120, 10, 90, 300], &[]);
}

#[test]
fn a6_a8_a_member_that_runs_twice_breaks_nothing() {
    survive_all(0..100, &[100; 4], &[0]);
    survive_all(0..40, &[150, 200, 80, 120], &[3]);
    survive_all(0..30, &[100; 7], &[2, 5]);
}
