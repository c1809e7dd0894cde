//! The workspace's own chores: `cargo xtask check | test | tidy | plants | house`.
//!
//! `tidy` checks the house rules that a program can check and that neither rustc nor clippy checks.

mod house;
mod plants;
mod tidy;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
cargo xtask check   formatting, lints, tidy, docs: all that must pass before a commit
cargo xtask test    every test of the workspace
cargo xtask tidy    the house rules alone, in a second or two
cargo xtask plants [NAME...] [--slice K/N]
                    each planted bug, or some of them, in a copy of the code: the simulator must find it
cargo xtask house [DIR...]
                    the figures of the tree, or of several checkouts side by side";

fn main() -> ExitCode {
    match run(env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: Vec<String>) -> Result<bool> {
    let root = root()?;
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check(&root),
        ["test"] => cargo(&root, "test --workspace"),
        ["tidy"] => tidy::run(&root),
        ["house", ref folders @ ..] => house::run(&root, folders),
        ["plants", ref words @ ..] => plants::run(&root, words),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => bail!("unknown verb `{}`\n{USAGE}", args.join(" ")),
    }
}

/// The root of the checkout from which cargo runs this program. Cargo gives the manifest directory at run time, so it is
/// right even for a binary in a target directory that several checkouts share.
fn root() -> Result<PathBuf> {
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR").context("run me as `cargo xtask`")?;
    let parent = Path::new(&manifest_dir).parent();
    Ok(parent.context("xtask has no parent folder")?.to_owned())
}

/// All steps run even if an earlier one fails: one run shows every error.
fn check(root: &Path) -> Result<bool> {
    let fmt = cargo(root, "fmt --all --check")?;
    let tidy = tidy::run(root)?;
    let clippy = cargo(root, "clippy --workspace --all-targets -- -D warnings")?;
    let docs = docs(root)?;
    Ok(fmt && tidy && clippy && docs)
}

fn docs(root: &Path) -> Result<bool> {
    let mut command = command(root, "doc --workspace --no-deps");
    succeeds(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn cargo(root: &Path, arguments: &str) -> Result<bool> {
    succeeds(&mut command(root, arguments))
}

fn command(root: &Path, arguments: &str) -> Command {
    eprintln!("xtask: cargo {arguments}");
    let mut command = cargo_command();
    command.args(arguments.split(' ')).current_dir(root);
    command
}

/// The cargo that runs this program.
fn cargo_command() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command.status().context("cargo does not start")?;
    if !status.success() {
        eprintln!("xtask: failed: {command:?}");
    }
    Ok(status.success())
}
