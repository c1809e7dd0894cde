//! Attacks on the graph of events and on its documents: each test bears the number of its row in [the threats](../../../docs/threats.md).
//!
//! | row | what | tests |
//! |---|---|---|
//! | T-A1 | malformed bytes | event: `every_prefix_of_every_golden_is_refused`; byzantine: `an_event_of_all_kinds_of_edits_is_refused_with_any_byte_changed_or_cut` |
//! | T-A2 | a length that is only claimed | event: `e4_a_claimed_length_allocates_nothing` |
//! | T-A3 | too large, too many | event: `an_event_has_at_most_64_kib`, `an_event_has_at_most_16_parents`, `an_event_has_at_most_1_024_edits_however_they_are_shared_out` |
//! | T-A4 | duplicates | graph: `ta4_an_exact_duplicate_is_known_and_stored_once`; here |
//! | T-A5 | poisoned cache of verdicts | event: `ta5_a_good_signature_does_not_vouch_for_a_bad_one_of_the_same_id`, `ta5_a_refused_signature_leaves_no_key_behind` |
//! | T-A6 | a known id, another body | event: `ta6_an_id_is_of_the_bytes_whatever_is_known_of_it` |
//! | T-A7 | equivocation | graph: `ta7_both_branches_are_admitted_and_are_the_evidence`; here |
//! | T-A8 | a long fork | graph: `ta8_of_ten_thousand_branches_two_are_kept` |
//! | T-A9 | parents that never come | graph: `g8_ta9_a_hundred_thousand_orphans_of_one_author_leave_256_waiting` |
//! | T-A10 | a peer that never answers | replica: `a_peer_that_does_not_answer_is_followed_by_another` |
//! | T-A11 | cycles | graph: `ta11_events_that_cite_each_other_would_have_to_know_their_own_hash`; here |
//! | T-A12 | a claimed depth | graph: `ta12_depth_is_computed_and_nothing_can_claim_it`; here |
//! | T-A13 | a far-future time | graph: `ta13_an_event_s_time_changes_no_answer`; here |
//! | T-A14 | backdated events | here |
//! | T-A15 | clocks that jump, the greatest numbers | event: `the_greatest_numbers_are_in_the_format`; here, for sums |
//! | T-A16 | signatures at their edges | event: `ta16_any_signature_has_one_verdict_with_its_key_known_or_not` |
//! | T-A17 | one id, several signatures | event: `ta17_an_event_keeps_its_id_under_every_valid_signature` |
//! | T-A18 | another author's key | event: `ta18_an_event_of_one_author_is_not_signed_by_another` |
//! | T-A19 | a signature used elsewhere | event: `ta19_a_signature_of_one_thing_is_none_of_another`, `ta19_nothing_counts_in_another_network` |
//! | T-A20 | a second encoding | event: `a_changed_byte_is_refused_or_encodes_to_itself` |
//! | T-A21 | ambiguous JSON | parse: `d8_what_would_be_guessed_or_lost_is_refused`; canonical: `d7_integers_keep_all_their_digits_and_floats_have_one_form` |
//! | T-A22 | Unicode | here |
//! | T-A23 | nesting | parse: `d8_thirty_two_levels_are_the_limit`; here |
//! | T-A24 | bombs of run lengths | here |
//! | T-A25 | unknown, foreign, out of range | convergence: `d1_d2_d3_ta25_…`; byzantine; here |
//! | T-A26 | the view apart from the log | here |
//! | T-A27 | a million writes of one key | register: `a_key_written_often_is_read_in_few_steps`; here |
//! | T-A28 | pruning that differs | nothing is pruned; convergence: a cut is what is folded from it alone |
//! | T-A29 | order of hashing, floats | here |

mod history;
mod reference;
mod writers;

use std::cell::Cell;

use history::EventHistory;
use history::signed::{body, sign};
use quorate_document::{CausalOrder, Document, Everything, IgnoredReason, canonical_json};
use quorate_event::{Address, Container, Edit, ElementRef, EventId, Lane, Splice, Target, Timestamp, Value, keccak256};
use reference::{Tables, agreed, last_verdicts};
use serde_json::json;
use writers::{COUNTER, LIST, REGISTER, SeededRng, TEXT, founding};

fn set(key: &str, value: Value) -> Edit {
    Edit::Set { target: Target::Root, key: key.to_owned(), value }
}

fn string(value: &str) -> Value {
    Value::String(value.into())
}

fn founded(salt: u64) -> EventHistory {
    let mut history = EventHistory::salted(salt);
    history.write(1, &[], founding());
    history
}

/// A container that event 0 made.
fn first(history: &EventHistory, index: u32) -> ElementRef {
    ElementRef::There(history.events[0].id, index)
}

fn on(history: &EventHistory, container: u32) -> Target {
    Target::Made(first(history, container))
}

fn splice(history: &EventHistory, change: impl FnOnce(&mut Splice)) -> Edit {
    let mut splice = Splice::default();
    change(&mut splice);
    Edit::Splice { target: on(history, TEXT), splice }
}

#[test]
fn ta4_an_event_folded_again_changes_nothing() {
    let history = founded(1);
    let mut document = history.document();
    let before = document.digest(&Everything, &history);
    let edits: usize = history.events[0].edits.iter().map(Edit::count).sum();
    for _ in 0..1_000 {
        let outcomes = history.fold(&mut document, 0);
        assert_eq!(outcomes, vec![quorate_document::EditOutcome::Ignored(IgnoredReason::Repeated); edits]);
    }
    assert_eq!(document.digest(&Everything, &history), before);
    assert_eq!(document.events().count(), 1);
}

#[test]
fn ta7_without_an_equivocator_s_events_all_is_as_if_it_had_never_written() {
    for salt in 1..30 {
        let mut history = founded(salt);
        let (list, text) = (on(&history, LIST), on(&history, TEXT));
        let element = first(&history, 5);
        for number in 0..3 {
            let moved =
                Edit::Move { target: list, element, left: None, right: (number > 0).then(|| first(&history, 4)) };
            let removed = splice(&history, |splice| splice.remove(first(&history, 7 + number), 1));
            let added = Edit::Add { target: on(&history, COUNTER), amount: 1 };
            history.write(2, &[0], vec![moved, removed, added, set("k", string("void"))]);
        }
        let insert = splice(&history, |splice| splice.insert(Some(first(&history, 8)), Some(first(&history, 9)), "-"));
        let honest = history.write(3, &[0], vec![insert, set("k", string("good"))]);
        let Edit::Splice { target, .. } = &history.events[honest].edits[0] else { panic!("a splice") };
        assert_eq!(*target, text);
        agreed(&history);
        let view = history.view(&[0, honest].into());
        let shown = history.document().value(&view, &history);
        let (alone, _) = history.folded(&[0, honest]);
        assert_eq!(shown, alone.value(&Everything, &history));
        assert_eq!(shown, json!({"k": "good", "l": [true, true, true], "n": 0, "r": null, "t": "ab-c"}));
    }
}

#[test]
fn ta11_edits_that_name_themselves_or_each_other_are_ignored() {
    let mut history = founded(1);
    let (one, two) = (history.name(1), history.name(2));
    let (list, text) = (on(&history, LIST), on(&history, TEXT));
    let cycle = |own: EventId, other: EventId| {
        let mut splice = Splice::default();
        for origin in [ElementRef::Here(1), ElementRef::There(own, 1), ElementRef::There(other, 1)] {
            splice.insert(Some(origin), None, "x");
            splice.insert(None, Some(origin), "y");
            splice.remove(origin, 1);
        }
        let origin = Some(ElementRef::There(other, 0));
        vec![
            Edit::Insert { target: list, left: origin, right: origin, values: vec![Value::Null] },
            Edit::Splice { target: text, splice },
            Edit::Move { target: list, element: ElementRef::Here(7), left: None, right: None },
            Edit::Move { target: list, element: ElementRef::There(own, 0), left: None, right: None },
            Edit::Set { target: Target::Made(ElementRef::Here(9)), key: "k".to_owned(), value: Value::Null },
        ]
    };
    history.write(2, &[0], cycle(one, two));
    history.write(2, &[0], cycle(two, one));
    use IgnoredReason::{ForwardReference, OutsideItsPast, UnknownElement};
    // At the second change index 1 is taken, although no element has it.
    let mut wanted = vec![OutsideItsPast, ForwardReference, UnknownElement, UnknownElement];
    wanted.extend([OutsideItsPast; 6]);
    wanted.extend([ForwardReference, OutsideItsPast, ForwardReference]);
    let reasons: Vec<_> = last_verdicts(&history).into_iter().filter_map(Result::err).collect();
    assert_eq!(reasons, wanted);
    assert_eq!(agreed(&history)["t"], json!("abc"));
}

#[test]
fn ta12_a_write_that_has_seen_more_shows_whatever_it_claims() {
    for salt in 1..20 {
        let mut history = founded(salt);
        let before = history.write(2, &[0], vec![]);
        let deeper = history.write(2, &[before], vec![set("k", string("deep"))]);
        history.write(3, &[0], vec![set("k", string("shallow"))]);
        assert_eq!(agreed(&history)["k"], json!("deep"));
        history.write(4, &[deeper], vec![set("k", string("after"))]);
        assert_eq!(agreed(&history)["k"], json!("after"));
    }
}

#[test]
fn ta13_an_event_s_time_and_lane_decide_nothing_between_writes() {
    let mut shown = Vec::new();
    for (time, lane) in [(0, 1), (u64::MAX, 1), (1 << 62, u32::MAX)] {
        let mut history = EventHistory::default();
        let base = history.receive(&sign(1, body(1, 1, &[], founding()))).unwrap();
        let base = history.events[base].id;
        let mut late = body(2, 1, &[base], vec![set("k", string("far future"))]);
        (late.time, late.lane) = (Timestamp(time), Lane(lane));
        let late = history.receive(&sign(2, late)).unwrap();
        let late = history.events[late].id;
        history.receive(&sign(3, body(3, 1, &[late], vec![set("k", string("later"))]))).unwrap();
        shown.push(agreed(&history)["k"].clone());
    }
    assert_eq!(shown, ["later", "later", "later"]);
}

#[test]
fn ta14_a_backdated_event_leaves_every_closed_view_as_it_was() {
    for salt in 0..200 {
        let mut dice = SeededRng(salt);
        let mut history = founded(salt);
        let mut cuts = Vec::new();
        for author in 1..8_u8 {
            let last = history.events.len() - 1;
            let number = history.write(author, &[last], Vec::new());
            (0..3).for_each(|_| writers::honest::add_edit(&mut dice, &mut history, number));
            let view = history.view(&history.all());
            cuts.push((view, history.document().digest(&Everything, &history)));
        }
        let number = history.write(9, &[0], Vec::new());
        (0..8).for_each(|_| writers::dishonest::add_edit(&mut dice, &mut history, number));
        let document = history.document();
        for (view, digest) in cuts {
            assert_eq!(document.digest(&view, &history), digest, "{history}");
        }
        agreed(&history);
    }
}

#[test]
fn ta15_sums_beyond_the_integers_keep_all_digits() {
    let mut history = founded(1);
    let target = on(&history, COUNTER);
    let add = |amount| Edit::Add { target, amount };
    let (min, max) = (i64::MIN, i64::MAX);
    for (amounts, shown) in [
        (vec![min], json!(i64::MIN)),
        (vec![-1], json!("-9223372036854775809")),
        (vec![max, max, max], json!(18_446_744_073_709_551_612_u64)),
        (vec![3], json!(u64::MAX)),
        (vec![1], json!("18446744073709551616")),
        (vec![max; 7], json!("83010348331692982265")),
        (vec![min; 9], json!(-7)),
    ] {
        let amounts = amounts.into_iter().map(add).collect();
        history.write(2, &[0], amounts);
        assert_eq!(agreed(&history)["n"], shown);
    }
}

#[test]
fn ta22_strings_are_their_bytes_and_characters_are_scalar_values() {
    let mut history = founded(1);
    let (composed, decomposed) = ("\u{e9}", "e\u{301}");
    let odd = "\u{0}\u{202e}\u{feff}\u{fffd}\u{10ffff}";
    let edits = vec![
        set(composed, string(decomposed)),
        set(decomposed, string(composed)),
        set("", string(odd)),
        splice(&history, |splice| {
            splice.insert(Some(first(&history, 9)), None, &format!("{decomposed}🦀{odd}"));
            splice.remove(ElementRef::Here(4), 1);
        }),
    ];
    history.write(2, &[0], edits);
    let shown = agreed(&history);
    assert_eq!(shown[composed], json!(decomposed));
    assert_eq!(shown[decomposed], json!(composed));
    assert_eq!(shown[""], json!(odd));
    // The combining mark at index 4 is a character of its own.
    assert_eq!(shown["t"], json!(format!("abce🦀{odd}")));
    let heap = "a\u{301}".repeat(100);
    let typed = splice(&history, |splice| splice.insert(None, Some(first(&history, 7)), &heap));
    let number = history.write(3, &[0], vec![typed]);
    let cut = splice(&history, |splice| splice.remove(ElementRef::There(history.name(number), 1), 199));
    history.write(3, &[number], vec![cut]);
    assert_eq!(agreed(&history)["t"], json!(format!("aabce🦀{odd}")));
}

#[test]
fn ta23_what_nests_at_the_limit_is_read_on_a_small_stack_and_nothing_nests_deeper() {
    use Container::{Counter, List, Object, Register, Text};
    for kind in [Object, List, Register] {
        let within = |target, kind| {
            let value = Value::New(kind);
            match target {
                None => Edit::Assign { target: Target::Root, value },
                Some((Object, at)) => Edit::Set { target: Target::Made(at), key: "k".to_owned(), value },
                Some((List, at)) => {
                    Edit::Insert { target: Target::Made(at), left: None, right: None, values: vec![value] }
                }
                Some((_, at)) => Edit::Assign { target: Target::Made(at), value },
            }
        };
        let mut edits = vec![within(None, kind)];
        edits.extend((0..31).map(|above| within(Some((kind, ElementRef::Here(above))), kind)));
        let deepest = Some((kind, ElementRef::Here(31)));
        edits.extend([Object, List, Text, Register, Counter].map(|deeper| within(deepest, deeper)));
        let mut history = EventHistory::default();
        history.write(1, &[], edits);
        let verdicts = last_verdicts(&history);
        assert_eq!(verdicts[..32], [Ok(()); 32], "{kind:?}");
        assert_eq!(verdicts[32..], [Err(IgnoredReason::TooDeep); 5], "{kind:?}");
        let document = history.document();
        std::thread::scope(|scope| {
            let small = std::thread::Builder::new().stack_size(256 * 1024);
            let read = || (document.value(&Everything, &history), document.digest(&Everything, &history));
            let (value, digest) = small.spawn_scoped(scope, read).unwrap().join().unwrap();
            assert_eq!(quorate_document::digest(&value), digest);
        });
    }
}

#[test]
fn ta24_a_claimed_run_costs_nothing_and_removes_nothing() {
    let mut history = founded(1);
    let list = on(&history, LIST);
    let mut edits = Vec::new();
    for index in [4, 6, 7, u32::MAX] {
        for count in [4, 1_000_000, u32::MAX - 4, u32::MAX] {
            let claimed = first(&history, index);
            edits.push(Edit::Remove { target: list, first: claimed, count });
            edits.push(splice(&history, |splice| splice.remove(claimed, count)));
        }
    }
    history.write(2, &[0], edits);
    assert_eq!(last_verdicts(&history), [Err(IgnoredReason::UnknownElement); 32]);
    assert_eq!(agreed(&history)["t"], json!("abc"));
}

#[test]
fn ta25_what_was_deleted_is_written_to_as_before_and_shows_where_it_is_not_deleted() {
    let mut history = founded(1);
    let delete = |key: &str| Edit::Delete { target: Target::Root, key: key.to_owned() };
    let gone = history.write(2, &[0], vec![delete("t"), delete("l"), delete("r"), delete("n")]);
    let typed = splice(&history, |splice| splice.insert(Some(first(&history, 9)), None, "d"));
    let edits = vec![
        typed,
        Edit::Move {
            target: on(&history, LIST),
            element: first(&history, 4),
            left: Some(first(&history, 6)),
            right: None,
        },
        Edit::Assign { target: on(&history, REGISTER), value: Value::New(Container::List) },
        Edit::Add { target: on(&history, COUNTER), amount: 4 },
    ];
    history.write(3, &[gone], edits.clone());
    assert_eq!(last_verdicts(&history), [Ok(()); 4]);
    assert_eq!(agreed(&history), json!({}));
    history.write(3, &[0], edits);
    assert_eq!(agreed(&history), json!({}), "who writes into a container does not write the key");
    let view = history.view(&[0, 3].into());
    let shown = history.document().value(&view, &history);
    assert_eq!(shown, json!({"l": [true, true, true], "n": 4, "r": [], "t": "abcd"}));
}

#[test]
fn ta25_of_concurrent_moves_one_counts_and_a_removal_ends_them_all() {
    for salt in 1..20 {
        let mut history = founded(salt);
        let list = on(&history, LIST);
        let values = vec![string("x"), string("y")];
        let end = Some(first(&history, 6));
        let number = history.write(1, &[0], vec![Edit::Insert { target: list, left: end, right: None, values }]);
        let moved =
            |left, right| Edit::Move { target: list, element: ElementRef::There(history.name(number), 0), left, right };
        let (to_start, to_middle) =
            (moved(None, Some(first(&history, 4))), moved(Some(first(&history, 4)), Some(first(&history, 5))));
        history.write(2, &[number], vec![to_start.clone()]);
        history.write(3, &[number], vec![to_middle]);
        let (start, middle) = (json!(["x", true, true, true, "y"]), json!([true, "x", true, true, "y"]));
        let greatest = if history.name(2) > history.name(3) { start.clone() } else { middle };
        assert_eq!(agreed(&history)["l"], greatest);
        // An author who saw both decides, and insertions can refer to the place of the move.
        let beside =
            Edit::Insert { target: list, left: Some(ElementRef::Here(0)), right: None, values: vec![Value::Null] };
        history.write(4, &[2, 3], vec![to_start, beside]);
        assert_eq!(agreed(&history)["l"], json!(["x", null, true, true, true, "y"]));
        let remove = Edit::Remove { target: list, first: ElementRef::There(history.name(number), 0), count: 1 };
        history.write(5, &[number], vec![remove]);
        assert_eq!(agreed(&history)["l"], json!([null, true, true, true, "y"]));
    }
}

#[test]
fn ta26_what_was_folded_bit_by_bit_and_read_in_between_is_what_is_rebuilt() {
    for salt in 0..60 {
        let mut dice = SeededRng(salt);
        let mut history = founded(salt);
        let mut kept = Document::default();
        history.fold(&mut kept, 0);
        for author in 0..10 {
            let parent = dice.throw(history.events.len());
            let number = history.write(author, &[parent], Vec::new());
            (0..2).for_each(|_| writers::honest::add_edit(&mut dice, &mut history, number));
            history.fold(&mut kept, number);
            // From the log, in another order; and by the reference, which uses no order.
            let order = history.order(|ready| dice.throw(ready));
            let (rebuilt, _) = history.folded(&order);
            let wanted = Tables::read(&history).seen(&history.all()).value();
            assert_eq!(kept.value(&Everything, &history), wanted, "{history}");
            assert_eq!(rebuilt.value(&Everything, &history), wanted, "{order:?} of\n{history}");
            assert_eq!(kept.digest(&Everything, &history), rebuilt.digest(&Everything, &history), "{history}");
        }
    }
}

/// A chain of events, each with all earlier ones in its past; counts the calls of `precedes`.
struct CountingChain(Cell<usize>);

impl CausalOrder for CountingChain {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        self.0.set(self.0.get() + 1);
        a < b
    }

    fn depth(&self, event: &EventId) -> u64 {
        u64::from_be_bytes(event.as_bytes()[..8].try_into().unwrap())
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

#[test]
fn ta27_a_hundred_thousand_writes_of_one_key_ask_few_questions_each() {
    let chain = CountingChain(Cell::new(0));
    let mut document = Document::default();
    let id = |number: u64| EventId::new([number.to_be_bytes(); 4].concat().try_into().unwrap());
    for number in 1..=100_000 {
        document.fold(id(number), 0, &[set("k", string(&number.to_string()))], &chain);
    }
    assert!(chain.0.get() <= 300_000, "{}", chain.0.get());
    chain.0.set(0);
    assert_eq!(document.value(&Everything, &chain), json!({"k": "100000"}));
    assert!(chain.0.get() < 100, "{}", chain.0.get());
}

/// Two concurrent authors with an edit of every kind, and one who saw both.
fn drawn() -> EventHistory {
    let mut history = founded(0);
    let (list, at) = (on(&history, LIST), |index| Some(first(&history, index)));
    let both = |amount, typed: &str, float: f64| {
        let values = vec![Value::from_f64(float).unwrap(), Value::New(Container::Object)];
        vec![
            splice(&history, |splice| splice.insert(at(7), at(8), typed)),
            splice(&history, |splice| splice.remove(first(&history, 8), 2)),
            Edit::Move { target: list, element: first(&history, 4), left: at(6), right: None },
            Edit::Insert { target: list, left: at(4), right: at(5), values },
            Edit::Add { target: on(&history, COUNTER), amount },
            Edit::Assign { target: on(&history, REGISTER), value: string(typed) },
            set("k", string(typed)),
        ]
    };
    let edits = [both(i64::MAX, "one", 0.1), both(i64::MIN, "two", -1.5e300)];
    for (author, edits) in (2..).zip(edits) {
        history.write(author, &[0], edits);
    }
    let remove = Edit::Remove { target: list, first: first(&history, 5), count: 1 };
    history.write(4, &[1, 2], vec![remove, Edit::Delete { target: Target::Root, key: "k".to_owned() }]);
    history
}

#[test]
fn ta29_a_digest_is_the_same_in_every_process() {
    let history = drawn();
    let text = r#"{"l":[0.1,{},-1.5e+300,{},true,true],"n":-1,"r":"two","t":"aonetwo"}"#;
    assert_eq!(canonical_json(&agreed(&history)), text);
    let digest = history.document().digest(&Everything, &history);
    assert_eq!(*digest.as_bytes(), keccak256(&[text.as_bytes()]));
}
