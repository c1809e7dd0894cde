//! `quorate keys` and `quorate init`: keys on disk. A key is never printed, and never an argument.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use quorate_disk::durable_file::PRIVATE_FILE;
use quorate_disk::home::{Home, Layout, Secret};
use quorate_event::SecretKey;
use quorate_node::run::peer_id;
use quorate_scenario::{DemoSeed, demo_key};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::{InitArgs, KeysCommand, KeysExportArgs, KeysImportArgs};
use super::error::{CliError, file_error};
use super::output::Printer;
use super::token::ClientOptions;
use crate::exit::Exit;

/// Bytes that are read of a key file: more than a key and its newline, so that a longer file is refused.
const KEY_FILE_BYTES: u64 = 1_024;

/// `keys`.
pub(crate) fn keys(command: KeysCommand, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    match command {
        KeysCommand::New(args) => {
            let home = Home::open(access.home(), &args.name)?;
            home.create_key(&fresh()?)?;
            show(&home, output)
        }
        KeysCommand::Show(args) => show(&Layout::new(access.home(), &args.name)?, output),
        KeysCommand::Import(args) => import(&args, access, output),
        KeysCommand::Export(args) => export(&args, access, output),
    }
}

/// `init`.
pub(crate) fn init(args: &InitArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let home = Home::open(access.home(), &args.name)?;
    let key = match args.seed {
        Some(seed) => secret(&demo_key(DemoSeed(seed))?),
        None => fresh()?,
    };
    home.create_key(&key)?;
    home.token_or_create()?;
    show(&home, output)?;
    output.say(&format!("run it: {}", run_line(&args.name, access)))?;
    Ok(Exit::Done)
}

/// The command that runs this node.
fn run_line(name: &str, access: &ClientOptions) -> String {
    if access.home_is_named() {
        return format!("quorate run {name} --home {}", access.home().display());
    }
    format!("quorate run {name}")
}

/// A demo key, or a key that was read, in the form of a key file.
pub(crate) fn secret(key: &SecretKey) -> Secret {
    let mut bytes = *key.expose();
    Secret::take(&mut bytes)
}

fn fresh() -> Result<Secret, CliError> {
    let secret = Secret::random()?;
    // A random number is not a valid key with probability 2^-128. The command fails then.
    SecretKey::from_bytes(*secret.expose())?;
    Ok(secret)
}

fn show(layout: &Layout, output: &Printer) -> Result<Exit, CliError> {
    let key = SecretKey::from_bytes(*layout.key()?.expose())?;
    let address = key.address().to_string();
    let peer = peer_id(key.expose()).map(|peer| peer.to_string());
    let directory = layout.directory();
    let report = json!({ "address": address, "peer_id": peer, "home": directory });
    output.answer(&report, || {
        let peer = peer.clone().unwrap_or_default();
        format!("address {address}\npeer id {peer}\nhome    {}", directory.display())
    })?;
    Ok(Exit::Done)
}

fn import(args: &KeysImportArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let mut text = Zeroizing::new(Vec::new());
    let path = &args.file;
    let read = |from: &mut dyn Read, text: &mut Vec<u8>| from.take(KEY_FILE_BYTES).read_to_end(text);
    let read = if path == Path::new("-") {
        read(&mut io::stdin().lock(), &mut text)
    } else {
        File::open(path).and_then(|mut file| read(&mut file, &mut text))
    };
    read.map_err(file_error(path))?;
    let digits = text.strip_prefix(b"0x").unwrap_or(&text);
    let secret = Secret::from_hex(digits).ok_or_else(|| CliError::KeyFile { path: path.clone() })?;
    SecretKey::from_bytes(*secret.expose())?;
    let home = Home::open(access.home(), &args.name)?;
    home.create_key(&secret)?;
    show(&home, output)
}

fn export(args: &KeysExportArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let key = Layout::new(access.home(), &args.name)?.key()?;
    let path = &args.file;
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(PRIVATE_FILE).open(path)?;
        file.write_all(key.to_hex().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(file_error(path))?;
    let report = json!({ "file": path });
    let text = || format!("written to {}; whoever reads it can sign as this node", path.display());
    output.answer(&report, text)?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Global;

    #[test]
    fn a_node_runs_where_it_was_made() {
        assert_eq!(run_line("z", &ClientOptions::of_home("zz".as_ref())), "quorate run z --home zz");
        let usual = ClientOptions::new(&Global::default()).unwrap();
        assert_eq!(run_line("z", &usual), "quorate run z");
    }
}
