//! The scenarios of the repository, played live at four processes and at three.

mod cluster;

use std::fs;

use cluster::{Ended, Ground, repository};

fn play(ground: &Ground, file: &str) -> Ended {
    ground.run(["up", "--scenario", file, "--port", &ground.port(1).to_string()])
}

fn last_line(ended: &Ended) -> &str {
    ended.said.lines().rfind(|line| !line.is_empty()).unwrap_or_default()
}

fn lines_with<'a>(ended: &'a Ended, beginning: &str) -> Vec<&'a str> {
    ended.said.lines().filter(|line| line.starts_with(beginning)).collect()
}

#[test]
fn causal_work_ends_with_two_milestones_and_thirty_writes_at_four_processes() {
    let ground = Ground::new();
    let ended = play(&ground, "scenarios/causal-work.toml");
    assert_eq!(last_line(ended.assert_done()), "causal-work: all holds");
    for milestone in ["M0  0x", "M:1  0x", "M:2  0x"] {
        assert_eq!(lines_with(&ended, milestone).len(), 1, "{milestone} in:\n{}", ended.said);
    }
    let writes: Vec<usize> = (1..=4).map(|node| lines_with(&ended, &format!("  n{node}  store {{")).len()).collect();
    assert_eq!(writes, [8, 8, 7, 7], "{}", ended.said);
    // Each milestone's signers, and each clock at the end: every write is in it, and n1's two calls for a milestone.
    let signers = ended.said.lines().filter_map(|line| line.trim().split_once(" signers: ")?.0.parse().ok());
    let signers: Vec<u32> = signers.collect();
    assert!(signers.len() == 2 && signers.iter().all(|count| *count >= 3), "{signers:?}");
    for node in 1..=4 {
        let clocks = lines_with(&ended, &format!("  n{node}  clock "));
        assert_eq!(clocks.len(), 2, "{}", ended.said);
        assert_eq!(clocks[1], format!("  n{node}  clock n1:10 n2:8 n3:7 n4:7"));
    }
}

#[test]
fn the_small_causal_work_holds_at_three_processes() {
    let ground = Ground::new();
    let ended = play(&ground, "scenarios/causal-work-small.toml");
    assert_eq!(last_line(ended.assert_done()), "causal-work-small: all holds");
}

#[test]
fn a_scenario_that_does_not_hold_fails_and_says_what() {
    let ground = Ground::new();
    let small = fs::read_to_string(repository().join("scenarios/causal-work-small.toml")).unwrap();
    let wrong = small.replace("k5 = \"v5\"", "k5 = \"another\"").replace("[expect]", "[expect]\nwithin_ms = 200");
    assert_ne!(small, wrong);
    let file = ground.path("wrong.toml");
    fs::write(&file, wrong).unwrap();
    let ended = play(&ground, file.to_str().unwrap());
    assert_eq!(ended.code, 2, "{}{}", ended.said, ended.complained);
    assert!(ended.said.contains("does not hold") && ended.said.contains("another"), "{}", ended.said);
}
