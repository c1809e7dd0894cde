//! Homes, and what others can do to them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use tempfile::TempDir;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

fn key() -> Secret {
    Secret::from_hex(KEY.as_bytes()).unwrap()
}

fn home() -> (TempDir, Home) {
    let root = tempfile::tempdir().unwrap();
    let home = Home::open(&root.path().join("quorate"), "n1").unwrap();
    (root, home)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn created_files_are_for_the_owner_alone() {
    let (_root, home) = home();
    home.create_key(&key()).unwrap();
    home.token_or_create().unwrap();
    home.create_genesis(b"{}").unwrap();
    assert_eq!(mode(home.directory()), 0o700);
    assert_eq!(mode(home.directory().parent().unwrap()), 0o700);
    for entry in fs::read_dir(home.directory()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    let mut names: Vec<_> = fs::read_dir(home.directory()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["genesis.json", "key", "node.lock", "token"]);
}

#[test]
fn created_files_are_read_again() {
    let (root, home) = home();
    home.create_key(&key()).unwrap();
    let token = home.token_or_create().unwrap().to_hex();
    home.create_genesis(b"{}").unwrap();
    assert_eq!(fs::read_to_string(home.key_file()).unwrap(), format!("{}\n", KEY.to_lowercase()));
    drop(home);
    let home = Home::open(&root.path().join("quorate"), "n1").unwrap();
    assert_eq!(home.key().unwrap().expose(), key().expose());
    assert_eq!(home.token_or_create().unwrap().to_hex(), token);
    assert_eq!(home.genesis().unwrap(), b"{}");
}

#[test]
fn existing_files_are_never_replaced() {
    let (_root, home) = home();
    home.create_key(&key()).unwrap();
    let error = home.create_key(&Secret::random().unwrap()).unwrap_err();
    assert!(matches!(error, HomeError::Exists { .. }), "{error}");
    assert_eq!(home.key().unwrap().expose(), key().expose());
    home.create_genesis(b"{}").unwrap();
    let error = home.create_genesis(b"[]").unwrap_err();
    assert!(matches!(error, HomeError::Exists { .. }), "{error}");
    assert_eq!(home.genesis().unwrap(), b"{}");
}

#[test]
fn a_secret_that_others_can_use_is_refused() {
    let (_root, home) = home();
    home.create_key(&key()).unwrap();
    home.token_or_create().unwrap();
    for loose in [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o666, 0o777] {
        chmod(&home.key_file(), loose);
        chmod(&home.token_file(), loose);
        let said = home.key().unwrap_err().to_string();
        let file = home.key_file();
        let expected = format!("{0} can be used by others (mode {loose:04o}): run chmod 600 {0}", file.display());
        assert_eq!(said, expected);
        let error = home.token_or_create().unwrap_err();
        assert!(matches!(error, HomeError::LooseFile { .. }), "{error}");
    }
    for tight in [0o600, 0o400] {
        chmod(&home.key_file(), tight);
        home.key().unwrap();
    }
}

#[test]
fn a_genesis_may_be_read_by_others_and_not_written() {
    let (_root, home) = home();
    home.create_genesis(b"{}").unwrap();
    chmod(&home.genesis_file(), 0o644);
    home.genesis().unwrap();
    chmod(&home.genesis_file(), 0o664);
    assert!(matches!(home.genesis().unwrap_err(), HomeError::LooseFile { .. }));
}

#[test]
fn a_directory_that_others_can_write_is_refused() {
    let (root, home) = home();
    let directory = home.directory().to_path_buf();
    drop(home);
    chmod(&directory, 0o777);
    let said = Home::open(&root.path().join("quorate"), "n1").unwrap_err().to_string();
    assert!(said.contains("(mode 0777): run chmod 700"), "{said}");
}

#[test]
fn a_link_or_a_directory_is_no_key() {
    let (root, home) = home();
    let elsewhere = root.path().join("elsewhere");
    fs::write(&elsewhere, KEY).unwrap();
    chmod(&elsewhere, 0o600);
    symlink(&elsewhere, home.key_file()).unwrap();
    assert!(matches!(home.key().unwrap_err(), HomeError::NotAFile { .. }));
    assert!(matches!(home.create_key(&key()).unwrap_err(), HomeError::Exists { .. }));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), KEY);
    fs::create_dir(home.token_file()).unwrap();
    assert!(matches!(home.token().unwrap_err(), HomeError::NotAFile { .. }));
}

#[test]
fn the_error_for_a_file_that_is_no_key_shows_its_name_and_not_its_content() {
    let (_root, home) = home();
    assert!(matches!(home.key().unwrap_err(), HomeError::Missing { .. }));
    let short = &KEY[..63];
    let long = format!("{KEY}0\n");
    let other = KEY.replace('c', "g");
    for text in ["", "\n", short, &long, &other] {
        fs::write(home.key_file(), text).unwrap();
        chmod(&home.key_file(), 0o600);
        let error = home.key().unwrap_err();
        assert!(matches!(error, HomeError::Malformed { .. }), "{error}");
        assert!(!format!("{error:?}").contains("0011"), "{error:?}");
    }
    fs::write(home.key_file(), "0".repeat(2_000)).unwrap();
    assert!(matches!(home.key().unwrap_err(), HomeError::TooLarge { .. }));
}

#[test]
fn a_second_node_in_one_home_is_refused() {
    let (root, home) = home();
    let root = root.path().join("quorate");
    let said = Home::open(&root, "n1").unwrap_err().to_string();
    assert!(said.starts_with("a node already runs in "), "{said}");
    Home::open(&root, "n2").unwrap();
    drop(home);
    Home::open(&root, "n1").unwrap();
}

#[test]
fn a_name_stays_one_directory() {
    let root = Path::new("/nowhere");
    for name in ["", ".", "..", "a/b", "../a", "a\0", "-a", "_a", "A", "é", &"a".repeat(65)] {
        assert!(matches!(Layout::new(root, name), Err(HomeError::Name { .. })), "{name:?}");
    }
    for name in ["n1", "a-b_c", "0", &"a".repeat(64)] {
        assert_eq!(Layout::new(root, name).unwrap().directory(), root.join(name));
    }
}

#[test]
fn a_secret_prints_as_nothing() {
    let token = Token::new(key());
    assert_eq!(format!("{:?} {token:?} {:#?}", key(), key()), "… Token(…) …");
}

#[test]
fn taking_a_secret_wipes_the_source() {
    let mut bytes = *key().expose();
    assert_eq!(Secret::take(&mut bytes).expose(), key().expose());
    assert_eq!(bytes, [0; 32]);
}

#[test]
fn a_token_matches_itself_and_nothing_else() {
    let token = Token::new(key());
    let text = token.to_hex();
    assert!(token.matches(&text));
    for at in 0..64 {
        let mut other = text.as_bytes().to_vec();
        other[at] ^= 1;
        assert!(!token.matches(std::str::from_utf8(&other).unwrap()), "digit {at}");
    }
    for other in ["", &text[..63], &format!("{}0", *text)] {
        assert!(!token.matches(other));
    }
    assert_ne!(*Token::new(Secret::random().unwrap()).to_hex(), *text);
}
