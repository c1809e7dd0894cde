//! The rounds of agreement, collected from the steps of one node: leader, proposal, votes, accepted milestone.

use quorate_event::ProposalId;
use serde_json::Value;

use super::stakes::Stakes;
use crate::view::{number, short_id, text};

/// The round under way and the last accepted one. A missed step leaves a gap in its round only, because each step carries
/// the sum of the stake so far.
#[derive(Debug)]
pub(super) struct Rounds {
    stakes: Stakes,
    under_way: Option<Round>,
    accepted: Option<Round>,
    /// Milestones accepted so far.
    pub(super) count: u64,
}

/// One view of one height.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Round {
    height: u64,
    view: u64,
    leader: Option<String>,
    proposal: String,
    prepare: VoteCount,
    commit: VoteCount,
    change: VoteCount,
    reply: Option<Reply>,
}

/// The votes of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct VoteCount {
    who: Vec<String>,
    /// The total stake and the quorum.
    sum: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reply {
    milestone: String,
    covered: u64,
}

impl Rounds {
    pub(super) const fn new(stakes: Stakes) -> Self {
        Self { stakes, under_way: None, accepted: None, count: 0 }
    }

    /// Adds a step of `/v1/stream`, and returns it as a line.
    pub(super) fn add_step(&mut self, step: &Value) -> String {
        let (name, who) = (text(step, "/step"), self.stakes.named(text(step, "/who")));
        let at = (number(step, "/height").unwrap_or(0), number(step, "/view").unwrap_or(0));
        let line = |what: &str| format!("M{} view {}  {who}  {name} {what}", at.0, at.1).trim_end().to_owned();
        match name {
            "request" => line(&short_id(text(step, "/event"))),
            "reply" => {
                let reply = Reply {
                    milestone: short_id(text(step, "/milestone")),
                    covered: number(step, "/covered").unwrap_or(0),
                };
                let line = line(&reply.text());
                self.accept(at, reply);
                line
            }
            _ => {
                let sum = sum(step);
                let proposal = short_proposal(text(step, "/proposal"));
                let line = match name {
                    "pre-prepare" => line(&proposal),
                    _ => line(&sum),
                };
                if let Some(round) = self.round(at) {
                    round.vote(name, who, VoteCount { who: Vec::new(), sum }, proposal);
                }
                line
            }
        }
    }

    /// The round of a height and view, unless a later one is known.
    fn round(&mut self, at: (u64, u64)) -> Option<&mut Round> {
        let accepted = self.accepted.as_ref().map_or(0, |round| round.height);
        if at.0 <= accepted {
            return None;
        }
        let known = self.under_way.as_ref().map(|round| (round.height, round.view));
        if known.is_none_or(|known| known < at) {
            self.under_way = Some(Round { height: at.0, view: at.1, ..Round::default() });
        }
        self.under_way.as_mut().filter(|round| (round.height, round.view) == at)
    }

    fn accept(&mut self, at: (u64, u64), reply: Reply) {
        if self.accepted.as_ref().is_some_and(|round| round.height >= at.0) {
            return;
        }
        let same = |round: &Round| (round.height, round.view) == at;
        let known = self.under_way.take_if(|round| same(round) || round.height <= at.0).filter(same);
        let round = known.unwrap_or(Round { height: at.0, view: at.1, ..Round::default() });
        self.accepted = Some(Round { reply: Some(reply), ..round });
        self.count += 1;
    }

    /// The last accepted round in one line, if there is one.
    pub(super) fn accepted_line(&self) -> Option<String> {
        self.accepted.as_ref().map(Round::line)
    }

    /// The round under way in one line, if there is one.
    pub(super) fn under_way_line(&self) -> Option<String> {
        self.under_way.as_ref().map(Round::line)
    }

    /// Both rounds for a terminal, the last accepted one first.
    pub(super) fn picture(&self) -> String {
        self.accepted.iter().chain(&self.under_way).map(Round::block).collect()
    }
}

/// The short form of a proposal id.
fn short_proposal(text: &str) -> String {
    let id: Result<ProposalId, _> = text.parse();
    id.map_or_else(|_| text.to_owned(), |id| format!("{id:?}"))
}

/// The sum of the stake that cast this vote.
fn sum(step: &Value) -> String {
    let of = |name: &str| text(step, name).to_owned();
    format!("{} of {}, quorum {}", of("/sum"), of("/total"), of("/quorum"))
}

impl VoteCount {
    fn line(&self) -> String {
        if self.who.is_empty() { "no votes".to_owned() } else { format!("{}: {}", self.sum, self.who.join(" ")) }
    }
}

impl Reply {
    fn text(&self) -> String {
        format!("{}, covers {}", self.milestone, self.covered)
    }
}

impl Round {
    fn vote(&mut self, name: &str, who: String, votes: VoteCount, proposal: String) {
        let counted = match name {
            "pre-prepare" => {
                self.leader = Some(who);
                self.proposal = proposal;
                return;
            }
            "prepare" => &mut self.prepare,
            "commit" => &mut self.commit,
            "view-change" => &mut self.change,
            _ => return,
        };
        counted.sum = votes.sum;
        // A step repeats after a change to another node.
        if !counted.who.contains(&who) {
            counted.who.push(who);
        }
    }

    fn head(&self) -> String {
        let led = self.leader.as_ref().map(|leader| format!(", led by {leader}")).unwrap_or_default();
        format!("M{} view {}{led}", self.height, self.view)
    }

    fn steps(&self) -> Vec<(&'static str, String)> {
        let mut steps = Vec::new();
        if self.leader.is_some() {
            steps.push(("proposal", self.proposal.clone()));
        }
        let votes = [("prepare", &self.prepare), ("commit", &self.commit), ("view change", &self.change)];
        steps
            .extend(votes.iter().filter(|(_, votes)| !votes.who.is_empty()).map(|(name, votes)| (*name, votes.line())));
        if let Some(reply) = &self.reply {
            steps.push(("accepted", reply.text()));
        }
        steps
    }

    fn line(&self) -> String {
        let steps = self.steps();
        let steps = steps.iter().map(|(name, votes)| format!("; {name} {votes}"));
        self.head() + &steps.collect::<String>()
    }

    fn block(&self) -> String {
        let steps = self.steps();
        let steps = steps.iter().map(|(name, votes)| format!("  {name:11}  {votes}\n"));
        format!("{}\n{}", self.head(), steps.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::{Address, EventId};
    use serde_json::json;

    use super::*;
    use crate::up::stakes::tests::stakes;

    fn rounds() -> Rounds {
        Rounds::new(stakes(&[150, 200, 80, 120]))
    }

    fn id(name: u8) -> String {
        EventId::new([name; 32]).to_string()
    }

    fn vote(step: &str, (height, view): (u64, u64), who: u8, sum: u64) -> Value {
        json!({
            "step": step, "height": height, "view": view, "who": Address::new([who; 20]).to_string(),
            "proposal": id(7), "stake": "0", "sum": sum.to_string(), "quorum": "367", "total": "550",
        })
    }

    fn reply(at: (u64, u64)) -> Value {
        json!({
            "step": "reply", "height": at.0, "view": at.1, "who": Address::new([1; 20]).to_string(),
            "milestone": id(7), "covered": 3,
        })
    }

    fn add_steps(rounds: &mut Rounds, steps: &[Value]) -> Vec<String> {
        steps.iter().map(|step| rounds.add_step(step)).collect()
    }

    #[test]
    fn a_round_shows_its_steps_from_the_proposal_to_the_acceptance() {
        let mut rounds = rounds();
        let at = (1, 0);
        let steps = [
            vote("pre-prepare", at, 2, 200),
            vote("prepare", at, 2, 200),
            vote("prepare", at, 1, 350),
            vote("commit", at, 2, 200),
            vote("commit", at, 1, 350),
        ];
        let lines = add_steps(&mut rounds, &steps);
        assert_eq!(lines[0], "M1 view 0  n2 (200)  pre-prepare p:0707");
        assert_eq!(lines[4], "M1 view 0  n1 (150)  commit 350 of 550, quorum 367");
        let under_way = "M1 view 0, led by n2 (200)\n  proposal     p:0707\n  \
                         prepare      350 of 550, quorum 367: n2 (200) n1 (150)\n  \
                         commit       350 of 550, quorum 367: n2 (200) n1 (150)\n";
        assert_eq!((rounds.picture().as_str(), rounds.accepted_line()), (under_way, None));
        assert_eq!(rounds.add_step(&reply(at)), "M1 view 0  n1 (150)  reply e:0707, covers 3");
        assert_eq!((rounds.count, rounds.under_way_line()), (1, None));
        assert!(rounds.accepted_line().unwrap().ends_with("n2 (200) n1 (150); accepted e:0707, covers 3"));
        // A late step changes nothing.
        add_steps(&mut rounds, &[vote("commit", at, 3, 430), reply(at)]);
        assert_eq!((rounds.count, rounds.under_way_line()), (1, None));
    }

    #[test]
    fn a_view_that_is_given_up_gives_way_to_the_next() {
        let mut rounds = rounds();
        add_steps(&mut rounds, &[vote("view-change", (4, 0), 1, 150), vote("view-change", (4, 0), 3, 230)]);
        let given_up = "M4 view 0; view change 230 of 550, quorum 367: n1 (150) n3 (80)";
        assert_eq!(rounds.under_way_line().unwrap(), given_up);
        add_steps(
            &mut rounds,
            &[vote("prepare", (4, 1), 3, 80), vote("prepare", (4, 1), 3, 80), vote("prepare", (4, 0), 4, 120)],
        );
        assert_eq!(rounds.under_way_line().unwrap(), "M4 view 1; prepare 80 of 550, quorum 367: n3 (80)");
    }

    #[test]
    fn a_milestone_whose_votes_were_missed_is_accepted() {
        let mut rounds = rounds();
        add_steps(&mut rounds, &[vote("prepare", (2, 0), 1, 150), reply((5, 1))]);
        assert_eq!(rounds.accepted_line().unwrap(), "M5 view 1; accepted e:0707, covers 3");
        assert_eq!(rounds.under_way_line(), None);
    }
}
