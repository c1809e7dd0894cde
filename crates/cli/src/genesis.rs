//! `quorate genesis`.

use quorate_event::{Address, Committee, Genesis, Pace, Parameters, SecretKeyError, Stake, Timestamp, Writers};
use quorate_node::genesis_file::{self, GenesisFileError};
use quorate_scenario::{DemoSeed, demo_addresses, demo_key};
use serde_json::json;

use super::args::{GenesisNewArgs, GenesisShowArgs, PaceArg, WritersArg};
use super::error::CliError;
use super::network_file::GENESIS_FILE;
use super::output::Printer;
use super::token::ClientOptions;
use crate::exit::Exit;

const STAKE: u128 = 100;

/// `genesis new`.
pub(crate) fn create(args: GenesisNewArgs, output: &Printer) -> Result<Exit, CliError> {
    let out = args.out.clone();
    let genesis = genesis(args)?;
    let Some(path) = out else {
        output.raw(&text(&genesis)?)?;
        return Ok(Exit::Done);
    };
    genesis_file::save(&genesis, &path)?;
    let network = genesis.network().to_string();
    let report = json!({ "network": network, "file": path });
    output.answer(&report, || format!("network {network}\nwritten to {}", path.display()))?;
    Ok(Exit::Done)
}

/// `genesis show`.
pub(crate) fn show(args: &GenesisShowArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let path = args.file.clone();
    let path = path.unwrap_or_else(|| access.home().join(GENESIS_FILE));
    output.raw(&text(&genesis_file::load(&path, &demo_addresses())?)?)?;
    Ok(Exit::Done)
}

fn text(genesis: &Genesis) -> Result<String, CliError> {
    let text = genesis_file::to_json(genesis);
    Ok(text.map_err(|source| GenesisFileError::Syntax { path: GENESIS_FILE.into(), source })?)
}

/// The genesis for the options; the same options give the same genesis.
pub(crate) fn genesis(args: GenesisNewArgs) -> Result<Genesis, CliError> {
    let usual = Parameters::default();
    let stakes = stakes(&args.stake, args.seeds.len())?;
    let seeds = args.seeds.iter().zip(stakes).map(|(seed, stake)| {
        let key = demo_key(DemoSeed(*seed))?;
        Ok((key.address(), stake))
    });
    let mut members: Vec<(Address, Stake)> = seeds.collect::<Result<_, SecretKeyError>>()?;
    let named = args.member.iter();
    members.extend(named.map(|(address, stake)| (*address, Stake(*stake))));
    let genesis = Genesis {
        name: args.name,
        time: Timestamp(args.time_ms),
        committee: Committee::new(members)?,
        writers: match args.writers {
            WritersArg::Members => Writers::Members,
            WritersArg::Open => Writers::Open,
        },
        parameters: Parameters {
            pace: match args.pace {
                PaceArg::Automatic => Pace::Automatic,
                PaceArg::Manual => Pace::Manual,
            },
            min_events: args.min_events.unwrap_or(usual.min_events),
            max_wait_ms: args.max_wait_ms.unwrap_or(usual.max_wait_ms),
            view_timer_ms: args.view_timer_ms.unwrap_or(usual.view_timer_ms),
            cut_events: args.cut_events.unwrap_or(usual.cut_events),
            cut_bytes: args.cut_bytes.unwrap_or(usual.cut_bytes),
        },
        demo: !args.seeds.is_empty(),
    };
    genesis.check(&demo_addresses())?;
    Ok(genesis)
}

/// One stake for each of `members`: the given ones, the given one for all, or the default.
pub(crate) fn stakes(given: &[u128], members: usize) -> Result<Vec<Stake>, CliError> {
    let stakes = match given {
        [] => vec![STAKE; members],
        [one] => vec![*one; members],
        all if all.len() == members => all.to_vec(),
        all => {
            let stakes = all.len();
            return Err(CliError::Stakes { stakes, members });
        }
    };
    Ok(stakes.into_iter().map(Stake).collect())
}
