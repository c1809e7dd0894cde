//! Groups transactions into turns. A turn is a run of transactions of one agent that no other agent has seen in part.
//!
//! A turn becomes one event, or several if it is too large for one. A transaction joins the current turn of its agent if its only
//! parent is the transaction before, and no other transaction has that parent. So the events have exactly the causal order of
//! the transactions.

use super::error::TraceError;
use super::read::{RecordedTrace, RecordedTransaction};

/// Most transactions of a turn: the limit of edits per event.
const TRANSACTIONS: usize = 1_000;
/// Most turns of others that are parents of a turn: an event has sixteen parents, the first is of its own lane.
const OTHERS: usize = 15;

/// A run of transactions of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypingTurn {
    pub(super) agent: usize,
    /// Indices of its transactions in the trace.
    pub(super) transactions: Vec<usize>,
    /// Indices of the turns of others that are its parents.
    pub(super) others: Vec<usize>,
    /// Number of turns of each agent in its past, itself included.
    pub(super) clock: Vec<usize>,
}

/// All turns in causal order.
#[derive(Debug)]
pub(super) struct Turns {
    pub(super) all: Vec<TypingTurn>,
    /// Indices of the turns of each agent.
    pub(super) by_agent: Vec<Vec<usize>>,
}

impl Turns {
    pub(super) fn of(trace: &RecordedTrace) -> Result<Self, TraceError> {
        let transactions = &trace.transactions;
        let agents = transactions.iter().map(|one| one.agent + 1).max().unwrap_or(1);
        let mut children = vec![0_usize; transactions.len()];
        transactions.iter().flat_map(|one| &one.parents).for_each(|parent| children[*parent] += 1);
        let mut making = TurnBuilder {
            turns: Self { all: Vec::new(), by_agent: vec![Vec::new(); agents] },
            turn_of: Vec::new(),
            last: vec![None; agents],
        };
        for (place, transaction) in transactions.iter().enumerate() {
            making.add(place, transaction, &children)?;
        }
        Ok(making.turns)
    }

    pub(super) const fn agents(&self) -> usize {
        self.by_agent.len()
    }

    /// The turns of others in the past of `turn` that the clock `seen` does not include, in causal order.
    pub(super) fn new_to(&self, turn: &TypingTurn, seen: &[usize]) -> Vec<usize> {
        let agents = (0..self.agents()).filter(|agent| *agent != turn.agent);
        let mut places: Vec<usize> =
            agents.flat_map(|agent| &self.by_agent[agent][seen[agent]..turn.clock[agent]]).copied().collect();
        places.sort_unstable();
        places
    }
}

struct TurnBuilder {
    turns: Turns,
    /// The turn of each transaction so far.
    turn_of: Vec<usize>,
    /// The last transaction of each agent.
    last: Vec<Option<usize>>,
}

impl TurnBuilder {
    fn add(&mut self, place: usize, transaction: &RecordedTransaction, children: &[usize]) -> Result<(), TraceError> {
        let agent = transaction.agent;
        let turn = match self.last[agent] {
            Some(last) if transaction.parents == [last] && children[last] == 1 && self.has_room(last) => {
                self.turn_of[last]
            }
            last => self.begin(place, transaction, last.map(|last| self.turn_of[last]))?,
        };
        self.turns.all[turn].transactions.push(place);
        self.turn_of.push(turn);
        self.last[agent] = Some(place);
        Ok(())
    }

    fn has_room(&self, last: usize) -> bool {
        self.turns.all[self.turn_of[last]].transactions.len() < TRANSACTIONS
    }

    fn begin(
        &mut self,
        place: usize,
        transaction: &RecordedTransaction,
        own: Option<usize>,
    ) -> Result<usize, TraceError> {
        let agent = transaction.agent;
        let mut upon: Vec<usize> = transaction.parents.iter().map(|parent| self.turn_of[*parent]).collect();
        upon.sort_unstable();
        upon.dedup();
        let mut clock = vec![0; self.turns.agents()];
        for turn in &upon {
            let theirs = self.turns.all[*turn].clock.iter();
            clock.iter_mut().zip(theirs).for_each(|(known, theirs)| *known = (*known).max(*theirs));
        }
        if clock[agent] != self.turns.by_agent[agent].len() {
            return Err(TraceError::TwoAtOnce { transaction: place, agent });
        }
        clock[agent] += 1;
        let others: Vec<usize> =
            upon.iter().copied().filter(|turn| Some(*turn) != own && self.is_head(*turn, &upon)).collect();
        if others.len() > OTHERS {
            return Err(TraceError::TooManyParents { transaction: place, limit: OTHERS });
        }
        let turn = self.turns.all.len();
        self.turns.all.push(TypingTurn { agent, transactions: Vec::new(), others, clock });
        self.turns.by_agent[agent].push(turn);
        Ok(turn)
    }

    /// Whether no other turn of `among` has `turn` in its past.
    fn is_head(&self, turn: usize, among: &[usize]) -> bool {
        let TypingTurn { agent, clock, .. } = &self.turns.all[turn];
        among.iter().all(|other| *other == turn || self.turns.all[*other].clock[*agent] < clock[*agent])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trace from `agent <- parents` in order, and its turns as `agent:transactions <- others`.
    fn turns(drawn: &[(usize, &[usize])]) -> Result<Vec<String>, String> {
        let one = |(agent, parents): &(usize, &[usize])| RecordedTransaction {
            agent: *agent,
            parents: parents.to_vec(),
            patches: Vec::new(),
        };
        let trace = RecordedTrace { start: String::new(), end: None, transactions: drawn.iter().map(one).collect() };
        let turns = Turns::of(&trace).map_err(|error| error.to_string())?;
        let shown = |turn: &TypingTurn| format!("{}:{:?} <- {:?}", turn.agent, turn.transactions, turn.others);
        Ok(turns.all.iter().map(shown).collect())
    }

    #[test]
    fn a_turn_ends_where_somebody_builds_upon_it_or_its_agent_learns_something() {
        let alone = turns(&[(0, &[]), (0, &[0]), (0, &[1])]).unwrap();
        assert_eq!(alone, ["0:[0, 1, 2] <- []"]);
        // 0 types 0 and 1; 1 sees 0 only; then 0 sees what 1 typed, and 1 what 0 did.
        let both = turns(&[(0, &[]), (0, &[0]), (1, &[0]), (1, &[2]), (0, &[1, 3]), (1, &[3, 1])]).unwrap();
        assert_eq!(both, ["0:[0] <- []", "0:[1] <- []", "1:[2, 3] <- [0]", "0:[4] <- [2]", "1:[5] <- [1]"]);
    }

    #[test]
    fn what_another_parent_has_in_its_past_is_no_parent() {
        // 1 builds upon 0's first, 0 upon 1's only; 2 names all three.
        let drawn: [(usize, &[usize]); 4] = [(0, &[]), (1, &[0]), (0, &[1]), (2, &[0, 1, 2])];
        assert_eq!(turns(&drawn).unwrap()[3], "2:[3] <- [2]");
        assert_eq!(turns(&drawn).unwrap()[2], "0:[2] <- [1]");
    }

    #[test]
    fn an_agent_that_does_two_things_at_once_is_refused() {
        let error = turns(&[(0, &[]), (1, &[0]), (0, &[]), (1, &[1])]).unwrap_err();
        assert_eq!(error, "transaction 2 of agent 0 does not follow the previous transaction of this agent");
    }

    #[test]
    fn a_turn_has_an_end_however_long_somebody_types_alone() {
        let parents: Vec<Vec<usize>> =
            (0..2_500_usize).map(|place| place.checked_sub(1).into_iter().collect()).collect();
        let drawn: Vec<(usize, &[usize])> = parents.iter().map(|parents| (0, &parents[..])).collect();
        assert_eq!(turns(&drawn).unwrap().len(), 3);
    }
}
