//! Whether a command printed what a page shows, but for what differs from run to run.

use std::collections::BTreeMap;

/// The ids of a run, by those of its page.
pub(crate) type Ids = BTreeMap<String, String>;

/// The ids that the lines have in common, or the first line of the page that has no counterpart. If the command goes on, it
/// may print more than the page shows.
pub(crate) fn compare(shown: &[String], printed: &[&str], goes_on: bool, ids: &Ids) -> Result<Ids, usize> {
    let Some((line, rest)) = shown.split_first() else {
        return if goes_on || printed.is_empty() { Ok(ids.clone()) } else { Err(0) };
    };
    if line == "…" {
        let skipped = (0..=printed.len()).map(|skip| compare(rest, &printed[skip..], goes_on, ids));
        return skipped
            .reduce(|best, next| best.or_else(|at| next.map_err(|other| at.max(other))))
            .unwrap()
            .map_err(|at| at + 1);
    }
    let (first, others) = printed.split_first().ok_or(0_usize)?;
    let ids = alike(line, first, ids).ok_or(0_usize)?;
    compare(rest, others, goes_on, &ids).map_err(|at| at + 1)
}

fn alike(shown: &str, printed: &str, ids: &Ids) -> Option<Ids> {
    alike_from((&tokens(shown), 0), (&tokens(printed), 0), ids.clone())
}

/// Compares token by token, each list from its index on.
fn alike_from((shown, from): (&[&str], usize), (printed, to): (&[&str], usize), mut ids: Ids) -> Option<Ids> {
    let Some(word) = shown.get(from) else { return (to == printed.len()).then_some(ids) };
    if *word == "…" {
        return (to..=printed.len()).find_map(|to| alike_from((shown, from + 1), (printed, to), ids.clone()));
    }
    let other = printed.get(to)?;
    if is_id(shown, from) && is_id(printed, to) {
        let known = ids.get(*word).cloned();
        if known.as_ref().map_or_else(|| ids.values().any(|id| id == other), |known| known != other) {
            return None;
        }
        ids.insert((*word).to_owned(), (*other).to_owned());
    } else if word != other && !begins(word, other) && !(varies(shown, from) && varies(printed, to)) {
        return None;
    }
    alike_from((shown, from + 1), (printed, to + 1), ids)
}

/// The words of a text and what stands between them, character by character.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |character: char| character.is_alphanumeric() || "_.…".contains(character);
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, others) = rest.split_at(end);
        rest = others;
        Some(word)
    })
}

/// The words of a line without its spaces, of several nodes in a row only the first word: their order varies.
fn tokens(line: &str) -> Vec<&str> {
    let is_node = |word: &str| word.strip_prefix('n').is_some_and(|number| number.parse::<u8>().is_ok());
    let mut tokens: Vec<&str> = Vec::new();
    for word in words(line).filter(|word| !word.trim().is_empty()) {
        match tokens.last_mut() {
            Some(last) if is_node(word) && (is_node(last) || *last == "nodes") => *last = "nodes",
            _ => tokens.push(word),
        }
    }
    tokens
}

/// A hash, whole or shortened, and no address: the demo keys have the same ones in every run.
fn is_id(tokens: &[&str], at: usize) -> bool {
    let hex = |text: &str| text.chars().all(|digit| digit.is_ascii_hexdigit() || digit == '…');
    match tokens[at].strip_prefix("0x") {
        Some(digits) => digits.chars().count() > 8 && digits.len() != 40 && hex(digits),
        None => at > 1 && tokens[at - 1] == ":" && ["e", "p"].contains(&tokens[at - 2]) && hex(tokens[at]),
    }
}

/// A word that the page cuts short.
fn begins(shown: &str, printed: &str) -> bool {
    shown.strip_suffix('…').is_some_and(|start| printed.starts_with(start))
}

/// Times, decimals, and long numbers that are no port of the page.
fn varies(tokens: &[&str], at: usize) -> bool {
    let (word, next) = (tokens[at], tokens.get(at + 1));
    let is_port = word.len() == 4 && at > 0 && [":", "/"].contains(&tokens[at - 1]);
    let is_time = next.is_some_and(|unit| ["s", "ms"].contains(unit));
    word.parse::<f64>().is_ok() && !is_port && (word.len() > 3 || word.contains('.') || is_time)
}
